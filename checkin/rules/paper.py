"""What paper lists are, when what is written on them happened, and what their ticks change. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from bulou.ids import CROCKFORD

SHEET_CODE_LENGTH = 6  # 30 bits: of a thousand sheets of a community two would be alike once in two thousand times
_HALF_DAY = timedelta(hours=12)


class SheetKind(StrEnum):
    LANE = "lane"  # who is called to a point for one slot
    DOORS = "doors"  # everybody of a building, door by door
    DOORSTEP = "doorstep"  # of a building those who are sampled at the door


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What a sheet is, without what may change later."""

    round_id: UUID
    kind: SheetKind
    subject_id: UUID  # point of a lane list, building of a door sheet
    starts_at: datetime | None
    version: int
    residents: tuple[UUID, ...]


def sheet_id(facts: SheetFacts) -> UUID:
    """The same for the same people in the same order, so that printing again gives no second sheet."""
    residents = hashlib.sha256(b"".join(id_.bytes for id_ in facts.residents)).hexdigest()
    starts_at = facts.starts_at.timestamp() if facts.starts_at else ""
    return uuid5(facts.round_id, f"{facts.kind} {facts.subject_id} {starts_at} {facts.version} {residents}")


def sheet_code(id_: UUID, turn: int = 0) -> str:
    """What stands on each page and is typed to find the sheet; another one in each turn, where one is taken."""
    number = int.from_bytes(hashlib.sha256(id_.bytes).digest()[turn : turn + 8], "big")
    return "".join(CROCKFORD[(number >> 5 * place) & 31] for place in range(SHEET_CODE_LENGTH))


def entry_id(sheet: UUID, resident: UUID, times: int) -> UUID:
    """The scan that a tick becomes; `times`: how often this box was ticked before. The undo has an id of the same kind."""
    return uuid5(sheet, f"{resident} {times}")


def undo_id(scan: UUID) -> UUID:
    return uuid5(scan, "undo")


def written_at(day: date, wall: time, zone: str, *, starts_at: datetime | None = None) -> datetime:
    """The instant of a time written on paper. After midnight in a slot of the evening before is the next day."""
    at = datetime.combine(day, wall, ZoneInfo(zone))
    if starts_at is not None and starts_at - at > _HALF_DAY:
        at = datetime.combine(day + timedelta(days=1), wall, ZoneInfo(zone))
    return at


def fill_times(written: Sequence[time | None], first: time) -> list[time]:
    """Nothing written is as above; above the first line stands the time of the sheet."""
    filled, last = [], first
    for one in written:
        last = one or last
        filled.append(last)
    return filled


# What is known of a box, and what a save makes of it.


@dataclass(frozen=True, slots=True)
class KeptTick:
    """A tick as it stands among the scans."""

    at: datetime
    counts: bool
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """The latest tick of one box, as it was recorded."""

    scan_id: UUID
    at: datetime
    times: int  # how often it was ticked before this
    counts: bool
    is_undone: bool

    @property
    def state(self) -> int:
        """Grows with everything that is done to the box; an untouched one is 0."""
        return 2 * self.times + (2 if self.is_undone else 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A box as somebody leaves it."""

    is_ticked: bool
    seen: int  # its state when the page was made
    at: datetime
    override: str = ""  # why it is accepted anyway


@dataclass(frozen=True, slots=True)
class Change:
    """What is recorded of a box: an earlier tick taken back, a new one made, or nothing at all."""

    undoes: UUID | None = None
    times: int | None = None  # None = no new tick
    is_late: bool = False  # somebody else changed the box meanwhile, and otherwise


def judge_box(wanted: Wanted, entered: Entered | None) -> Change:
    """A page changes only what it has seen: saved twice, or after a newer page, it does nothing."""
    is_ticked = entered is not None and not entered.is_undone
    if wanted.seen != (entered.state if entered else 0):
        return Change(is_late=wanted.is_ticked != is_ticked)
    if entered is None or entered.is_undone:
        return Change(times=entered.times + 1 if entered else 0) if wanted.is_ticked else Change()
    if not wanted.is_ticked:
        return Change(undoes=entered.scan_id)
    if wanted.at != entered.at:
        return Change(undoes=entered.scan_id, times=entered.times + 1)
    return Change(times=entered.times + 1) if wanted.override and not entered.counts else Change()


def latest_entered(sheet: UUID, resident: UUID, kept: Mapping[UUID, KeptTick]) -> Entered | None:
    """The last tick of a box among the scans that were kept; None = it was never ticked."""
    latest = None
    for times in count():
        id_ = entry_id(sheet, resident, times)
        tick = kept.get(id_)
        if tick is None:
            break
        latest = Entered(id_, tick.at, times, tick.counts, tick.is_undone)
    return latest
