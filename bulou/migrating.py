"""Bringing the tables to the state this program needs."""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bulou.database import Database
from bulou.errors import Conflict
from bulou.i18n import _l
from bulou.settings import PROJECT


class TablesOutOfDate(Conflict):
    code = "database.out_of_date"
    text = _l("The tables of the database are not those of this program. Run: bulou migrate")


def alembic_config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.attributes["engine"] = database.engine
    return config


def migrate(database: Database) -> None:
    """Create the tables, or upgrade them. A repeat changes nothing. Raises TablesOutOfDate."""
    try:
        command.upgrade(alembic_config(database), "head")
    except CommandError:  # steps that this program does not have: it is older than the tables
        raise TablesOutOfDate() from None


def is_up_to_date(database: Database) -> bool:
    wanted = ScriptDirectory.from_config(alembic_config(database)).get_heads()
    with database.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(wanted)


def ready_tables(database: Database) -> None:
    """On SQLite the tables are upgraded on the spot. Raises TablesOutOfDate where a server is shared with others."""
    if is_up_to_date(database):
        return
    if not database.is_sqlite:
        raise TablesOutOfDate()
    migrate(database)


def run_migrations(context: Any, metadata: Any) -> None:
    """Called by migrations/env.py."""
    engine = context.config.attributes["engine"].execution_options(writes=True)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
