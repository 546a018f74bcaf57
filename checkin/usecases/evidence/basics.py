"""What the statements of the hot path share.

They speak SQLAlchemy Core: rows of the few columns that are needed, and no objects to keep. Each asks for all that is wanted
at once, so that thirty scans cost as many statements as one.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

COMMUNITY: Any = sa.bindparam("community")


def table_of(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


def one_of(column: sa.ColumnElement[Any], name: str) -> Any:
    """A condition: the column holds one of the values bound by this name."""
    return column.in_(sa.bindparam(name, expanding=True, type_=column.type))


def row_of(table: sa.FromClause, community: Any, id_: Any) -> Any:
    """A condition: the row of this id in this community."""
    return sa.and_(table.c.community_id == community, table.c.id == id_)


def listed(values: Iterable[Any]) -> list[Any]:
    """Each once, in an order that is the same on every phone's server: rows are held in it, so that nobody waits in a circle."""
    return sorted(set(values))


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
