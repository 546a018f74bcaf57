"""Many rows to a statement, of one community."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from bulou.database import chunks, insert_all


class Tables:
    """The tables of one community in one transaction."""

    def __init__(self, session: Session, community_id: str) -> None:
        self.session, self.community_id = session, community_id

    def insert(self, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
        """Each row with the same columns."""
        insert_all(self.session, table, ({"community_id": self.community_id, **row} for row in rows))

    def update_each(self, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        """Rows by their `id`, each with values of its own, all with the same columns."""
        if not rows:
            return
        columns = table.__table__.c  # type: ignore[attr-defined]
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in rows[0] if name != "id"}
        statement = sa.update(table.__table__).where(  # type: ignore[attr-defined]
            columns.community_id == self.community_id, columns.id == sa.bindparam("row_id")
        )
        statement = statement.values({columns[name]: value for name, value in values.items()})
        for chunk in chunks(list(rows)):
            given = [
                {"row_id": row["id"], **{f"new_{name}": value for name, value in row.items() if name != "id"}}
                for row in chunk
            ]
            self.session.connection().execute(statement, given)

    def update_all(self, table: type[SQLModel], ids: Sequence[UUID], **values: Any) -> None:
        """The same values for all of these ids."""
        for some in chunks(list(ids)):
            self.session.connection().execute(self._where(sa.update(table.__table__), table, "id", some).values(values))  # type: ignore[attr-defined]

    def delete(self, table: type[SQLModel], ids: Iterable[UUID], *also: Any, column: str = "id") -> None:
        """Rows whose column is one of these, and for which the other conditions hold."""
        for some in chunks(list(ids)):
            statement = self._where(sa.delete(table.__table__), table, column, some)  # type: ignore[attr-defined]
            self.session.connection().execute(statement.where(*also))

    def _where(self, statement: Any, table: type[SQLModel], column: str, values: list[UUID]) -> Any:
        columns = table.__table__.c  # type: ignore[attr-defined]
        return statement.where(columns.community_id == self.community_id, columns[column].in_(values))
