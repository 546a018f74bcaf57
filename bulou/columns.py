"""Kinds of columns that several tables share."""

from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint


def words(enum: type[Enum]) -> Any:
    """A column of an enum's values, kept as text: a new word needs no change of the tables."""
    return sa.Enum(enum, native_enum=False, create_constraint=False, length=32, values_callable=_values)


def _values(enum: type[Enum]) -> list[str]:
    return [member.value for member in enum]


def belongs_to(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a row of the same community: another community's row cannot be named."""
    return ForeignKeyConstraint(["community_id", column], [f"{table}.community_id", f"{table}.id"])
