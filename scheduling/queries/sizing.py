"""What the page shows that says how much a round needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from bulou.models import JobRequest, RequestState
from scheduling.errors import SizingNotFound
from scheduling.models import Point, Round
from scheduling.planner.sizing import Goal, Lack, LackKind, Target, Way
from scheduling.queries.facts import read_grid
from scheduling.queries.plans import building_names
from scheduling.queries.setup import RoundKey, count_heads, get_round, list_points
from scheduling.rules import PointKind
from scheduling.rules.sizing import SIZING_VERSION, SizingWish, basis_of, wish_from_json

KIND = "scheduling.size"  # of the job request; its answer is kept in the request's news


@dataclass(frozen=True, slots=True)
class SizedPoint:
    """A point of an option. Instants are when the first and the last are called and done; bars are parts of the whole."""

    id: str
    name: str
    lanes: int
    heads: int
    starts_at: datetime
    ends_at: datetime
    bar_from: float
    bar_width: float


@dataclass(frozen=True, slots=True)
class SizedOption:
    """One way to set the round up. `hours` are those that something is open."""

    number: int
    goals: tuple[Goal, ...]
    proved: tuple[Goal, ...]
    misses: tuple[Target, ...]
    points: tuple[SizedPoint, ...]
    staff: int
    lanes: int
    ends_at: datetime
    hours: float
    mean_walk: float
    walk_95: float
    max_walk: float
    unplaced_heads: int


@dataclass(frozen=True)
class SizingAnswer:
    """What was found. `names` are of buildings and points, by id."""

    options: tuple[SizedOption, ...]
    lacks: tuple[Lack, ...]
    ways: tuple[Way, ...]
    names: Mapping[str, str]
    heads: int
    is_outdated: bool  # people, points or hours are others now


@dataclass(frozen=True)
class SizingPage:
    """`request` None = nobody has asked; `answer` None = it waits, runs, failed or is expired."""

    round: Round
    request: JobRequest | None
    wish: SizingWish
    answer: SizingAnswer | None
    is_expired: bool  # answered by another version of the program, which cannot be read
    points: tuple[Point, ...]  # that may be opened
    starts: tuple[datetime, ...]
    ends: tuple[tuple[int, datetime], ...]  # slots that end a full hour or a session, and when they end
    lacks_positions: bool

    @property
    def is_running(self) -> bool:
        states = (RequestState.WAITING, RequestState.RUNNING)
        return self.request is not None and self.request.state in states


def sizing_page(session: Session, key: RoundKey) -> SizingPage:
    """The latest question about the round. Raises RoundNotFound."""
    round_ = get_round(session, key)
    request = find_sizing(session, key)
    points = tuple(point for point in list_points(session, key) if point.kind is PointKind.LANES)
    grid = read_grid(session, round_)
    length = timedelta(minutes=round_.slot_minutes)
    wish = wish_from_json(request.facts.get("wish")) if request else None
    is_done = request is not None and request.state is RequestState.DONE
    answer = _answer(session, round_, request, points) if is_done and request else None
    return SizingPage(
        round=round_,
        request=request,
        wish=wish or SizingWish(walk_metres=round_.max_walk_metres),
        answer=answer,
        is_expired=is_done and answer is None,
        points=points,
        starts=grid.starts,
        ends=tuple(_ends(grid.starts, length)),
        lacks_positions=any(point.x is None for point in points),
    )


def get_option(session: Session, key: RoundKey, number: int) -> tuple[SizingAnswer, SizedOption]:
    """An option of the latest answer, counted from 1. Raises SizingNotFound."""
    page = sizing_page(session, key)
    for option in page.answer.options if page.answer else ():
        if page.answer and option.number == number:
            return page.answer, option
    raise SizingNotFound()


def find_sizing(session: Session, key: RoundKey) -> JobRequest | None:
    """The latest question about the round."""
    asked = select(JobRequest).where(JobRequest.community_id == key[0], JobRequest.kind == KIND)
    requests = session.exec(asked.order_by(col(JobRequest.asked_at).desc(), col(JobRequest.id).desc()).limit(50)).all()
    return next((request for request in requests if request.facts.get("round") == str(key[1])), None)


def read_basis(session: Session, round_: Round) -> str:
    """What an answer rests on, but for the lanes, which are what it is about."""
    points = [
        (str(p.id), p.x, p.y, p.heads_per_lane_hour, p.utilisation, p.standing_room, tuple(p.tiers))
        for p in list_points(session, (round_.community_id, round_.id))
        if p.kind is PointKind.LANES
    ]
    starts = read_grid(session, round_).starts
    heads = count_heads(session, round_)
    return basis_of(heads, points, [at.isoformat() for at in starts], round_.slot_minutes, round_.max_walk_metres)


def _ends(starts: tuple[datetime, ...], length: timedelta) -> list[tuple[int, datetime]]:
    last = len(starts) - 1
    return [
        (slot, at + length)
        for slot, at in enumerate(starts)
        if (at + length).minute == 0 or slot == last or starts[slot + 1] != at + length
    ]


def _answer(session: Session, round_: Round, request: JobRequest, points: tuple[Point, ...]) -> SizingAnswer | None:
    """None = it is none that this version of the program can read."""
    said = request.news.get("answer")
    if not isinstance(said, dict) or said.get("version") != SIZING_VERSION:
        return None
    try:
        return _read_answer(session, round_, said, points)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _read_answer(session: Session, round_: Round, said: dict[str, Any], points: tuple[Point, ...]) -> SizingAnswer:
    names = {str(point.id): point.name for point in points}
    names |= {str(building): name for building, name in building_names(session, round_.community_id).items()}
    starts = [datetime.fromisoformat(text) for text in said["starts"]]
    length = timedelta(minutes=said["slot_minutes"])
    return SizingAnswer(
        options=tuple(
            _option(number, option, names, starts, length) for number, option in enumerate(said["options"], start=1)
        ),
        lacks=tuple(Lack(LackKind(lack["kind"]), dict(lack["facts"])) for lack in said["lacks"]),
        ways=tuple(Way(Target(way["target"]), dict(way["facts"])) for way in said["ways"]),
        names=names,
        heads=said["heads"],
        is_outdated=said["basis"] != read_basis(session, round_),
    )


def _option(
    number: int, said: dict[str, Any], names: Mapping[str, str], starts: list[datetime], length: timedelta
) -> SizedOption:
    slots = 1 + said["end_slot"]
    points = tuple(
        SizedPoint(
            id=point["point"],
            name=names.get(point["point"], "–"),
            lanes=point["lanes"],
            heads=point["heads"],
            starts_at=starts[point["first_slot"]],
            ends_at=starts[point["last_slot"]] + length,
            bar_from=round(100 * point["first_slot"] / slots, 1),
            bar_width=round(100 * (point["last_slot"] - point["first_slot"] + 1) / slots, 1),
        )
        for point in said["points"]
    )
    return SizedOption(
        number=number,
        goals=tuple(Goal(goal) for goal in said["goals"]),
        proved=tuple(Goal(goal) for goal in said["proved"]),
        misses=tuple(Target(target) for target in said["misses"]),
        points=points,
        staff=said["staff"],
        lanes=said["lanes"],
        ends_at=max(point.ends_at for point in points),
        hours=round(said["minutes"] / 60, 1),
        mean_walk=said["mean_walk"],
        walk_95=said["walk_95"],
        max_walk=said["max_walk"],
        unplaced_heads=said["unplaced_heads"],
    )


def closed_by(option: SizedOption, points: tuple[Point, ...]) -> list[Point]:
    """Points that have lanes now and none in the option."""
    opened = {UUID(point.id) for point in option.points}
    return [point for point in points if point.id not in opened and point.lanes]
