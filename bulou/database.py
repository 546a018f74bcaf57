"""One engine, and the two ways to use it: `transaction()` to write, `reading()` to look."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from sqlmodel import Session, SQLModel

from bulou.errors import Busy
from bulou.i18n import _l

BUSY_SECONDS = 10  # a writer of another process is waited for this long
TURN_SECONDS = 0.01  # enough for a thread that waits to wake up and take the lock
CHUNK = 500  # rows of one INSERT, within SQLite's limit of bound values


class StoreBusy(Busy):
    """The database cannot be written to at the moment."""

    text = _l("This cannot be stored at the moment. Nothing is lost; please try again.")


class LockTaken(StoreBusy):
    """Somebody else holds a row for longer than was to be waited, or each waited for the other (PostgreSQL)."""


LOCK_TAKEN = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected


class Database:
    """The engine of this process, and the queue of those who want to write on SQLite."""

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer; its own busy handler sleeps and is unfair, so threads queue here first.
        self.writer = threading.Lock()
        self._watching = threading.Lock()
        self._watch: Any = None

    def state(self) -> object:
        """Stays equal as long as nothing at all is committed, by this process or another. One cheap question."""
        if not self.is_sqlite:
            with self.engine.connect() as connection:
                return connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one()
        with self._watching:
            # The number says what *other* connections have committed, so this one is kept and never writes.
            self._watch = self._watch or self.engine.raw_connection()
            return self._watch.cursor().execute("PRAGMA data_version").fetchone()[0]


_database: Database | None = None


def set_database(database: Database | None) -> None:
    global _database
    _database = database


def database() -> Database:
    if _database is None:
        raise RuntimeError("no database: call set_database() first")
    return _database


@contextmanager
def transaction(*, patience: float = BUSY_SECONDS) -> Iterator[Session]:
    """A session that may write. It commits at the end, or nothing of it happened. Raises StoreBusy.

    `patience`: seconds that a row which somebody else holds is waited for, each; then it raises LockTaken (PostgreSQL).
    """
    here = database()
    if here.is_sqlite and not here.writer.acquire(timeout=BUSY_SECONDS):
        raise StoreBusy()
    try:
        with Session(here.engine.execution_options(writes=True), expire_on_commit=False) as session:
            if patience != BUSY_SECONDS and not here.is_sqlite:
                session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = {1000 * patience:.0f}")
            yield session
            session.commit()
    except (OperationalError, InternalError, PoolEmpty) as wrong:  # InternalError: PostgreSQL has become read-only
        is_taken = getattr(getattr(wrong, "orig", None), "sqlstate", None) in LOCK_TAKEN
        raise (LockTaken() if is_taken else StoreBusy()) from wrong
    finally:
        if here.is_sqlite:
            here.writer.release()


def let_others_write() -> None:
    """Between two parts of long work: whoever waits takes their turn. The lock is not fair: a loop would have it again at once."""
    time.sleep(TURN_SECONDS)


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one state of things and writes nothing."""
    with Session(database().engine, expire_on_commit=False, autoflush=False) as session:
        try:
            yield session
        except (OperationalError, PoolEmpty) as wrong:
            raise StoreBusy() from wrong
        # Closing ends the transaction; a rollback would also empty the rows that a page still shows.


def insert_once(session: Session, row: SQLModel) -> bool:
    """Insert the row unless one with an equal unique key is there. True if it was ours.

    The database, not a look beforehand, says which came first.
    """
    return insert_missing(session, type(row), [row.model_dump()]) == 1


def insert_missing(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert those rows whose unique keys are still free; how many that were."""
    inserted = 0
    for chunk in chunks(rows):
        statement = _insert(session, table).values(chunk).on_conflict_do_nothing()
        # Without being asked for it, SQLAlchemy 2 answers -1 for an INSERT on PostgreSQL.
        statement = statement.execution_options(preserve_rowcount=True)
        inserted += session.connection().execute(statement).rowcount
    return inserted


def insert_all(session: Session, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert many rows quickly; they may be made while they are written. A unique key that is taken raises IntegrityError."""
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        session.connection().execute(_insert(session, table), chunk)


def upsert_all(connection: Connection, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose primary key is there take the new values."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table.__table__)  # type: ignore[attr-defined]
    key = [column.name for column in table.__table__.primary_key]  # type: ignore[attr-defined]
    for chunk in chunks(rows):
        values = {name: insert.excluded[name] for name in chunk[0] if name not in key}
        connection.execute(insert.on_conflict_do_update(index_elements=key, set_=values), chunk)


def insert_again(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert many rows quickly, of which some may be there: those stay as they are. For work that is taken up again."""
    for chunk in chunks(rows):
        session.connection().execute(_insert(session, table).on_conflict_do_nothing(), chunk)


def learn_sizes(session: Session, *tables: type[SQLModel]) -> None:
    """After many rows came at once: let PostgreSQL count anew, or it joins them as if the tables were still empty.

    Its own count comes a minute later, and until then a join of 50,000 rows may take minutes instead of a second.
    """
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(f'"{table.__tablename__}"' for table in tables)
        session.connection().execute(text(f"ANALYZE {names}"))


def chunks(rows: list[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _insert(session: Session, table: type[SQLModel]) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table.__table__)  # type: ignore[attr-defined]


def can_write() -> bool:
    """Whether a fact could be stored now. Writes nothing that stays."""
    here = database()
    try:
        with here.engine.execution_options(writes=True).connect() as connection:
            # The row is never there: what counts is that the store takes the write.
            connection.execute(text("UPDATE job_run SET planned_at = planned_at WHERE job = ''"))
            connection.rollback()
        return True
    except DBAPIError:
        return False


def _make_engine(url: str) -> Engine:
    # hide_parameters: SQLAlchemy would put names and numbers into the texts of errors.
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}, pool_size=32)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, hide_parameters=True, pool_size=12, max_overflow=20, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late (pysqlite, all versions)
    cursor = connection.cursor()
    # FULL: NORMAL lost acknowledged rows at a power cut (docs/decisions/database.md).
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred BEGIN that reads and then writes fails at once with "database is locked", whatever the timeout.
    raw = connection.connection.dbapi_connection
    if raw.in_transaction:  # a commit that failed left it open, and SQLAlchemy (2.0) takes it for ended
        raw.rollback()
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
