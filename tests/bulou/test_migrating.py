"""Tables with rows in them are brought to the state that this program needs, and keep their rows."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from bulou.database import Database
from bulou.migrating import alembic_config, is_up_to_date, migrate

VALUES: list[tuple[type[Any], Any]] = [
    (sa.Boolean, True),
    (sa.Integer, 1),
    (sa.Float, 1.0),
    (sa.DateTime, datetime(2022, 4, 3, tzinfo=UTC)),
    (sa.LargeBinary, b"x"),
    (sa.JSON, {}),
    (sa.Uuid, UUID(int=1)),
    (sa.CHAR, UUID(int=1).hex),  # what SQLite keeps of one
    (sa.String, "x"),
]


@pytest.fixture
def database(database_kind, request, tmp_path):
    if database_kind == "sqlite":
        yield Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
        return
    server = request.getfixturevalue("postgres")
    url = server.new_database()
    database = Database(url)
    yield database
    database.engine.dispose()
    server.drop_database(url)


def fill(connection: sa.Connection) -> list[str]:
    """A row in every table, with a value in every column that needs one; the names of the tables."""
    old = sa.MetaData()
    old.reflect(connection)
    made: dict[tuple[str, str], Any] = {}
    for table in old.sorted_tables:
        row = {}
        for column in table.columns:
            if column.nullable or table.name == "alembic_version":
                continue
            parents = [key.column for key in column.foreign_keys]
            known = [made[parent.table.name, parent.name] for parent in parents]
            row[column.name] = known[0] if known else value_of(column)
        if row:
            connection.execute(sa.insert(table).values(row))
        made |= {(table.name, name): value for name, value in row.items()}
    return [table.name for table in old.sorted_tables if table.name != "alembic_version"]


def value_of(column: sa.Column[Any]) -> Any:
    return next(value for kind, value in VALUES if isinstance(column.type, kind))


def test_a_filled_database_of_the_first_version_keeps_its_rows(database):
    command.upgrade(alembic_config(database), "0001")
    with database.engine.execution_options(writes=True).begin() as connection:
        names = fill(connection)

    migrate(database)

    assert len(names) > 30
    assert is_up_to_date(database)
    with database.engine.connect() as connection:
        for name in names:
            assert connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) == 1, name


def test_a_round_that_was_cancelled_before_its_end_was_kept_ended_when_it_was_last_changed(database):
    """Scans are judged by when the round ended: without an end, those made afterwards would count."""
    command.upgrade(alembic_config(database), "0007")
    changed = datetime(2022, 4, 5, tzinfo=UTC)
    with database.engine.execution_options(writes=True).begin() as connection:
        fill(connection)
        rounds = sa.Table("round", sa.MetaData(), autoload_with=connection)
        row = dict(connection.execute(sa.select(rounds)).mappings().one())
        made = row["created_at"]
        ends = [("cancelled", None, changed), ("cancelled", None, None), ("open", None, changed)]
        for number, (state, closed, at) in enumerate([*ends, ("cancelled", made, changed)], start=2):
            id_ = UUID(int=number).hex if isinstance(row["id"], str) else UUID(int=number)  # as value_of gives it
            own = {"id": id_, "number": number, "code": str(number)}
            ended = {"state": state, "closed_at": closed, "changed_at": at}
            connection.execute(sa.insert(rounds).values(row | own | ended))

    migrate(database)

    with database.engine.connect() as connection:
        found = connection.execute(sa.select(rounds.c.number, rounds.c.closed_at)).all()
    days = {number: closed and closed.day for number, closed in found}
    assert days == {1: None, 2: changed.day, 3: made.day, 4: None, 5: made.day}


def test_the_steps_end_at_the_tables_of_the_program(database):
    migrate(database)

    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []
