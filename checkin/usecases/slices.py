"""What the phones of a point are told: all of it once, then the households that changed.

The rows of the point are read, compared with the reading before, and what differs is marked in `slice_mark` with the number
of the change. A phone's cursor is the last number it was told, so that every process can say what it has not heard of yet.
What holds at every moment: a phone has exactly the state that the marks up to its cursor stand for.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlmodel import Session

from bulou.database import Database, StoreBusy, database, reading, transaction, upsert_all
from bulou.i18n import language
from checkin.errors import SliceGone
from checkin.models import SliceMark
from checkin.queries.points import PointKey, get_point
from checkin.queries.slice_words import household_json
from checkin.queries.slices import HomeRow, PointRows, id_of, read_point_rows
from checkin.rules.slices import Cursor, next_mark, read_cursor
from registry.models import Community
from scheduling.models import Point

_mark, _point = SliceMark.__table__, Point.__table__  # type: ignore[attr-defined]
REST = 20  # a point is read again after so many times as long as reading it took: a twentieth of a processor for each
MOST_POINTS = 64  # kept in the memory of one process

Marks = dict[str, tuple[bytes | None, int]]  # household → hash of its state (None = gone), number of the change


@dataclass(frozen=True, slots=True)
class Slice:
    """Households as JSON. Complete: whatever else the phone holds is not of this point any more, either."""

    cursor: str
    is_complete: bool
    households: tuple[str, ...]
    gone: tuple[str, ...]
    cut: int  # people for whom there was no room


@dataclass(slots=True)
class Held:
    """One reading of a point in the memory of this process, and the marks that stand for it."""

    rows: PointRows
    hashes: dict[str, bytes]
    marks: Marks
    zone: str
    state: object  # of the database when it was read
    read_at: float  # monotonic
    cost: float  # seconds
    told: int = 0
    words: dict[tuple[str, str], tuple[HomeRow, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.told = max((told for _hash, told in self.marks.values()), default=0)


class Slices:
    """The points that phones of this process ask about."""

    def __init__(self, rest: float = REST) -> None:
        self.rest = rest
        self.held: dict[PointKey, Held] = {}
        self.locks: dict[PointKey, threading.Lock] = {}
        self.making = threading.Lock()

    def slice_of(self, key: PointKey, since: str | None, *, now: datetime) -> Slice:
        """What a phone that was told up to `since` has not heard of; None = it has nothing. Raises SliceGone, PointNotFound."""
        cursor = read_cursor(since) if since is not None else None
        if since is not None and (cursor is None or cursor.language != language()):
            raise SliceGone()
        held = self._read(key, cursor.told if cursor else 0, now)
        if cursor is not None and cursor.told > held.told:
            raise SliceGone()
        return _say(key, held, cursor)

    def _read(self, key: PointKey, told: int, now: datetime) -> Held:
        with self.making:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:  # twenty phones that ask at once wait for one reading
            held = self.held.get(key)
            if held is None or told > held.told:
                held = self._keep(key, _read_anew(key, held, now))
            elif not self._is_current(held):
                held = self._keep(key, _read_anew_or_later(key, held, now))
            return held

    def _is_current(self, held: Held) -> bool:
        """Read a moment ago, or nothing at all was changed since. Who is cut off depends on the hour as well."""
        if time.monotonic() - held.read_at < self.rest * held.cost:
            return True
        return held.rows.cut == 0 and database().state() == held.state

    def _keep(self, key: PointKey, held: Held) -> Held:
        with self.making:
            self.held[key] = held
            if len(self.held) > MOST_POINTS:
                self.held.pop(min(self.held, key=lambda each: self.held[each].read_at))
        return held


_slices: "WeakKeyDictionary[Database, Slices]" = WeakKeyDictionary()
_making = threading.Lock()


def slices() -> Slices:
    """Those of the running program's database."""
    with _making:
        return _slices.setdefault(database(), Slices())


def _read_anew_or_later(key: PointKey, before: Held, now: datetime) -> Held:
    """Where nothing can be marked at the moment, the reading before: a phone hears of changes a little later."""
    try:
        return _read_anew(key, before, now)
    except StoreBusy:
        before.read_at = time.monotonic()  # phones that waited meanwhile do not each wait as long again
        return before


def _read_anew(key: PointKey, before: Held | None, now: datetime) -> Held:
    began, state = time.monotonic(), database().state()  # before the rows: what changes meanwhile is read once more
    with reading() as session:
        connection = _one_state(session)
        point, round_ = get_point(session, key)
        zone = session.get_one(Community, key[0]).timezone
        rows = read_point_rows(connection, point, round_, now)
        marks = _read_marks(connection, key)
    hashes = _hashes(rows.homes, before)
    if _differing(hashes, marks):
        with transaction() as session:
            marks = _mark_changes(session.connection(), key, hashes, now)
    held = Held(rows, hashes, marks, zone, state, time.monotonic(), time.monotonic() - began)
    if before is not None:
        held.words = before.words
    return held


def _one_state(session: Session) -> Connection:
    """All statements of the session see the database at one moment; SQLite does so by itself."""
    options = {} if database().is_sqlite else {"isolation_level": "REPEATABLE READ"}
    return session.connection(execution_options=options)


def _hashes(homes: dict[str, HomeRow], before: Held | None) -> dict[str, bytes]:
    """Equal in every process for equal rows. A household that is as before keeps its row, by which its words are known."""
    hashes = {}
    for id_, home in homes.items():
        if before is not None and before.rows.homes.get(id_) == home:
            homes[id_], hashes[id_] = before.rows.homes[id_], before.hashes[id_]
        else:
            hashes[id_] = hashlib.blake2b(repr(home).encode(), digest_size=16).digest()
    return hashes


_MARKS = sa.select(sa.cast(_mark.c.household_id, sa.String), _mark.c.state_hash, _mark.c.told_as).where(
    _mark.c.community_id == sa.bindparam("community"),
    _mark.c.point_id == sa.bindparam("point", type_=_mark.c.point_id.type),
)
_HOLD_POINT = (
    sa.select(_point.c.id)
    .where(
        _point.c.community_id == sa.bindparam("community"),
        _point.c.id == sa.bindparam("point", type_=_point.c.id.type),
    )
    .with_for_update(key_share=True)  # scans that name the point need not wait
)


def _read_marks(connection: Connection, key: PointKey) -> Marks:
    rows = connection.execute(_MARKS, {"community": key[0], "point": key[1]})
    return {household_id: (state_hash, told_as) for household_id, state_hash, told_as in rows}


def _differing(hashes: Mapping[str, bytes], marks: Marks) -> dict[str, bytes | None]:
    """Households whose mark stands for another state, or which are no longer of the point."""
    changed: dict[str, bytes | None] = {
        id_: hash_ for id_, hash_ in hashes.items() if id_ not in marks or marks[id_][0] != hash_
    }
    gone = {id_: None for id_, (hash_, _told) in marks.items() if hash_ is not None and id_ not in hashes}
    return changed | gone


def _mark_changes(connection: Connection, key: PointKey, hashes: Mapping[str, bytes], now: datetime) -> Marks:
    """Let the marks stand for this reading, even where another process marked a later one meanwhile: the next one says so."""
    connection.execute(_HOLD_POINT, {"community": key[0], "point": key[1]})
    marks = _read_marks(connection, key)
    number = next_mark(max((told for _hash, told in marks.values()), default=0), now)
    changed = _differing(hashes, marks)
    rows: list[dict[str, Any]] = [
        {"community_id": key[0], "point_id": key[1], "household_id": UUID(id_), "state_hash": hash_, "told_as": number}
        for id_, hash_ in changed.items()
    ]
    upsert_all(connection, SliceMark, rows)
    return marks | {id_: (hash_, number) for id_, hash_ in changed.items()}


def _say(key: PointKey, held: Held, cursor: Cursor | None) -> Slice:
    told = cursor.told if cursor else -1
    new = [id_ for id_ in held.rows.homes if held.marks[id_][1] > told]
    gone = [id_ for id_, (hash_, number) in held.marks.items() if hash_ is None and number > told] if cursor else []
    return Slice(
        cursor=str(Cursor(language(), held.told)),
        is_complete=cursor is None,
        households=tuple(_words(key[0], held, id_) for id_ in new),
        gone=tuple(map(id_of, gone)),
        cut=held.rows.cut,
    )


def _words(community_id: str, held: Held, id_: str) -> str:
    """Put into words once for each language, as long as the household stays as it is."""
    home, kept = held.rows.homes[id_], held.words.get((language(), id_))
    if kept is None or kept[0] is not home:
        kept = (home, household_json(community_id, held.zone, id_, home))
        held.words[language(), id_] = kept
    return kept[1]
