"""Campaigns and their rounds: made, copied from the round before, changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from accounts.rules import Principal
from bulou.i18n import _
from bulou.ids import new_code, new_id
from registry.models import Building
from scheduling.errors import BuildingNotFound, SlotLengthIsPublished, WindowEmpty
from scheduling.models import BuildingRule, Campaign, Point, Round
from scheduling.queries.setup import (
    RoundKey,
    count_residents,
    get_point,
    get_round,
    hours_of,
    list_points,
    list_rules,
    list_sampling_sessions,
    time_zone,
)
from scheduling.rules.enough import lanes_to_begin_with
from scheduling.rules.entries import PointEntry, RoundEntry, RuleEntry
from scheduling.rules.hours import Hours
from scheduling.rules.life import IN_FORCE
from scheduling.usecases.editing import (
    check_plan_holds,
    drafts_are_stale,
    flush_named,
    get_round_to_edit,
    note_change,
)
from scheduling.usecases.hours import check_hours, insert_session, move_windows, slots_of
from scheduling.usecases.points import CODE_LENGTH, entry_of, insert_point

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class RoundSetup:
    """A whole round as it is entered at once."""

    campaign: str
    entry: RoundEntry
    sessions: tuple[Hours, ...]
    points: tuple[PointEntry, ...]  # their lanes_by_session are by the place in `sessions`, see `lanes`
    lanes: tuple[tuple[int, ...] | None, ...] = ()  # for each point: lanes in each session; None = everywhere its own
    rules: tuple[tuple[UUID, RuleEntry, tuple[str, ...] | None], ...] = ()  # building, rule, names of points


def create_round(
    session: Session, community_id: str, setup: RoundSetup, *, by: Principal | None, now: datetime
) -> Round:
    """The campaign's next round; a campaign of a new name begins. Raises what is wrong before anything is kept."""
    check_hours(setup.sessions, setup.entry.slot_minutes, time_zone(session, community_id))
    round_ = insert_round(session, community_id, setup.campaign, setup.entry, now=now)
    kept = [insert_session(session, round_, hours) for hours in setup.sessions]
    session.flush()
    points: dict[str, Point] = {}
    for point, lanes in zip(setup.points, setup.lanes or (None,) * len(setup.points), strict=True):
        by_session = {row.id: count for row, count in zip(kept, lanes, strict=True)} if lanes else {}
        points[point.name] = insert_point(session, round_, replace(point, lanes_by_session=by_session))
    for building_id, rule, names in setup.rules:
        point_ids = tuple(points[name].id for name in names) if names is not None else None
        _keep_rule(session, round_, building_id, replace(rule, point_ids=point_ids))
    session.flush()
    note_change(session, round_, "round.created", round_.id, by=by, now=now)
    return round_


def start_round(
    session: Session,
    community_id: str,
    campaign: str,
    slot_minutes: int,
    first_day: date,
    *,
    by: Principal | None,
    now: datetime,
) -> Round:
    """A round that can be used as it is: like the campaign's last one, or a day with one point that takes everybody."""
    last = _last_round(session, community_id, campaign)
    entry = RoundEntry(name="", slot_minutes=slot_minutes)
    if last is not None:
        setup = _setup_like(session, last, entry, first_day)
    else:
        setup = _first_setup(session, community_id, campaign, entry, first_day)
    return create_round(session, community_id, setup, by=by, now=now)


def copy_round(session: Session, key: RoundKey, first_day: date, *, by: Principal | None, now: datetime) -> Round:
    """The next round of the same campaign: hours on the days from `first_day` on, points, lanes, settings, special buildings.

    Who looks after a building belongs to no round and stays. People come from the roster as it is when the copy is planned.
    """
    last = get_round(session, key)
    campaign = session.get_one(Campaign, (last.community_id, last.campaign_id))
    newest = _last_round(session, key[0], campaign.name)
    name = name_like(last.name, newest.number + 1 if newest else 1)
    setup = _setup_like(session, last, RoundEntry(name=name, slot_minutes=last.slot_minutes), first_day)
    return create_round(session, key[0], setup, by=by, now=now)


def name_like(name: str, number: int) -> str:
    """第二轮 after 第一轮, where rounds are counted in such numerals; empty = as new rounds are called."""
    is_counted = len(name) == 3 and name[0] == "第" and name[1] in NUMERALS and name[2] == "轮"
    return f"第{NUMERALS[number - 1]}轮" if is_counted and number <= len(NUMERALS) else ""


def _first_setup(session: Session, community_id: str, campaign: str, entry: RoundEntry, first_day: date) -> RoundSetup:
    zone = ZoneInfo(time_zone(session, community_id))

    def at(hour: int) -> datetime:
        return datetime.combine(first_day, time(hour), zone)

    # Staff skip meals rather than upset the queue (reports from Wuhan), so a break is there from the start.
    sessions = (Hours(at(8), at(18), ((at(12), at(13)),)),)
    lanes = lanes_to_begin_with(count_residents(session, community_id), sessions, entry.slot_minutes)
    x, y = _middle(session, community_id)
    point = PointEntry(name=_("Point 1"), lanes=lanes, x=x, y=y)
    return RoundSetup(campaign, entry, sessions, (point,))


def _middle(session: Session, community_id: str) -> tuple[float | None, float | None]:
    """The middle of all buildings whose position is known."""
    middle = select(func.avg(col(Building.x)), func.avg(col(Building.y)))
    x, y = session.exec(
        middle.where(Building.community_id == community_id, col(Building.x).is_not(None), col(Building.y).is_not(None))
    ).one()
    return (round(x, 1), round(y, 1)) if x is not None else (None, None)


def _setup_like(session: Session, last: Round, entry: RoundEntry, first_day: date) -> RoundSetup:
    """Hours and points of the round before, on the days that follow `first_day`."""
    key = (last.community_id, last.id)
    rows = list_sampling_sessions(session, key)
    zone = ZoneInfo(time_zone(session, last.community_id))
    days = timedelta(days=(first_day - rows[0].starts_at.astimezone(zone).date()).days) if rows else timedelta(0)
    sessions = tuple(_moved(hours_of(row), days, zone) for row in rows)
    points = [entry_of(session, key, point) for point in list_points(session, key)]
    lanes = tuple(tuple(point.lanes_by_session.get(row.id, point.lanes) for row in rows) for point in points)
    kept = replace(entry, max_walk_metres=last.max_walk_metres, bring=last.bring, weights=last.weights)
    campaign = session.get_one(Campaign, (last.community_id, last.campaign_id))
    return RoundSetup(campaign.name, kept, sessions, tuple(points), lanes, _rules_of(session, key))


def _rules_of(session: Session, key: RoundKey) -> tuple[tuple[UUID, RuleEntry, tuple[str, ...] | None], ...]:
    """What is special about buildings, with points by their names: the copy's have other ids."""
    names = {str(point.id): point.name for point in list_points(session, key)}
    rules = []
    for rule in list_rules(session, key):
        named = tuple(names[of] for of in rule.point_ids or () if of in names) or None
        rules.append((rule.building_id, RuleEntry(rule.tier, rule.first_slot, rule.last_slot), named))
    return tuple(rules)


def _moved(hours: Hours, days: timedelta, zone: ZoneInfo) -> Hours:
    """The same time by the clock on another day."""

    def moved(at: datetime) -> datetime:
        return at.astimezone(zone) + days

    breaks = tuple((moved(since), moved(until)) for since, until in hours.breaks)
    return Hours(moved(hours.starts_at), moved(hours.ends_at), breaks, hours.is_makeup)


def insert_round(session: Session, community_id: str, campaign_name: str, entry: RoundEntry, *, now: datetime) -> Round:
    campaign = _find_campaign(session, community_id, campaign_name)
    if campaign is None:
        campaign = Campaign(community_id=community_id, id=new_id(), name=campaign_name, created_at=now)
        session.add(campaign)
        session.flush()
    last = _last_round(session, community_id, campaign_name)
    number = last.number + 1 if last else 1
    round_ = Round(
        community_id=community_id,
        id=new_id(),
        campaign_id=campaign.id,
        number=number,
        name=entry.name or _("Round %(number)d", number=number),
        code=new_code(CODE_LENGTH),
        created_at=now,
        **_columns(entry),
    )
    session.add(round_)
    flush_named(session, round_.name)  # two managers who make the same round at the same moment
    return round_


def _columns(entry: RoundEntry) -> dict[str, Any]:
    return {
        "slot_minutes": entry.slot_minutes,
        "max_walk_metres": entry.max_walk_metres,
        "bring": entry.bring,
        "weights": dict(entry.weights),
    }


def _find_campaign(session: Session, community_id: str, name: str) -> Campaign | None:
    return session.exec(select(Campaign).where(Campaign.community_id == community_id, Campaign.name == name)).first()


def _last_round(session: Session, community_id: str, campaign_name: str) -> Round | None:
    campaign = _find_campaign(session, community_id, campaign_name)
    if campaign is None:
        return None
    of_campaign = (Round.community_id == community_id, Round.campaign_id == campaign.id)
    return session.exec(select(Round).where(*of_campaign).order_by(col(Round.number).desc())).first()


def change_round(session: Session, key: RoundKey, entry: RoundEntry, *, by: Principal | None, now: datetime) -> None:
    """Raises SlotLengthIsPublished where residents already know their times."""
    round_ = get_round_to_edit(session, key)
    old = slots_of(session, round_)
    before = (round_.slot_minutes, round_.max_walk_metres, dict(round_.weights))
    if round_.state in IN_FORCE and entry.slot_minutes != round_.slot_minutes:
        raise SlotLengthIsPublished()
    round_.name = entry.name or round_.name
    round_.sqlmodel_update(_columns(entry))
    session.add(round_)
    if before != (round_.slot_minutes, round_.max_walk_metres, dict(round_.weights)):
        _settle_slots(session, round_, old)
    note_change(session, round_, "round.changed", round_.id, by=by, now=now)


def _settle_slots(session: Session, round_: Round, old: Sequence[datetime]) -> None:
    rows = list_sampling_sessions(session, (round_.community_id, round_.id))
    check_hours([hours_of(row) for row in rows], round_.slot_minutes, time_zone(session, round_.community_id))
    check_plan_holds(session, round_)
    move_windows(session, round_, old)
    drafts_are_stale(session, round_)


def set_building_rules(
    session: Session,
    key: RoundKey,
    building_ids: Sequence[UUID],
    rule: RuleEntry,
    *,
    by: Principal | None,
    now: datetime,
) -> None:
    """The same tier, window and points for all these buildings. Raises BuildingNotFound, PointNotFound, WindowEmpty."""
    round_ = get_round_to_edit(session, key)
    for point_id in rule.point_ids or ():
        get_point(session, key, point_id)
    for building_id in building_ids:
        _keep_rule(session, round_, building_id, rule)
    session.flush()
    drafts_are_stale(session, round_)
    note_change(session, round_, "buildings.ruled", round_.id, by=by, now=now)


def _keep_rule(session: Session, round_: Round, building_id: UUID, rule: RuleEntry) -> None:
    if rule.first_slot is not None and rule.last_slot is not None and rule.last_slot < rule.first_slot:
        raise WindowEmpty()
    if session.get(Building, (round_.community_id, building_id)) is None:
        raise BuildingNotFound()
    key = (round_.community_id, round_.id, building_id)
    kept = session.get(BuildingRule, key)
    if rule == RuleEntry():
        if kept is not None:
            session.delete(kept)
        return
    kept = kept or BuildingRule(community_id=key[0], round_id=key[1], building_id=key[2])
    kept.tier, kept.first_slot, kept.last_slot = rule.tier, rule.first_slot, rule.last_slot
    kept.point_ids = None if rule.point_ids is None else [str(point_id) for point_id in rule.point_ids]
    session.add(kept)
