"""Values of a row as JSON has them, and back: what is kept to put a row back by."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime


def plain_of(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value


def value_in(column: sa.Column[Any], plain: Any) -> Any:
    """The value that such a column had."""
    if plain is None:
        return None
    if isinstance(column.type, UTCDateTime):  # whose python_type is said to be a text (SQLModel 0.0.45)
        return datetime.fromisoformat(plain)
    kind = column.type.python_type
    return b64decode(plain) if kind is bytes else kind(plain) if issubclass(kind, StrEnum | UUID) else plain
