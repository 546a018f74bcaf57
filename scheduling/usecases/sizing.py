"""Ask how much a round needs, and set its points up as one of the answers says."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from accounts.rules import Principal
from bulou.jobs import ask_for
from bulou.models import JobRequest
from registry.models import Building
from scheduling.errors import RoundHasNoHours, RoundIsOver, RoundIsPublished, SizingIsOutdated, SizingIsRunning
from scheduling.models import Round
from scheduling.planner.sizing import Ask, Sizing, sizing_to_json
from scheduling.queries.facts import BuildingRuleFacts, read_grid, read_rules
from scheduling.queries.setup import (
    RoundKey,
    get_point,
    get_round,
    hours_of,
    lanes_by_point,
    list_points,
    list_sampling_sessions,
    point_facts,
)
from scheduling.queries.sizing import KIND, get_option, read_basis, sizing_page
from scheduling.rules.cohorts import HouseholdFacts
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.rules.problems import PlannedBuilding, RoundFacts
from scheduling.rules.sizing import SIZING_VERSION, Home, SizingWish, make_ask, rooms_of_points, wish_to_json
from scheduling.usecases.cutting import list_doors
from scheduling.usecases.editing import note_change
from scheduling.usecases.points import change_point, entry_of
from scheduling.usecases.roster import take_roster


def ask_for_sizing(
    session: Session, key: RoundKey, wish: SizingWish, *, by: Principal | None, now: datetime
) -> JobRequest:
    """Queue the question; asked while the same is being answered, it is the same question.

    Raises RoundNotFound, RoundIsOver, RoundIsPublished, RoundHasNoHours, SizingIsRunning.
    """
    round_ = get_round_to_size(session, key)
    if not read_grid(session, round_).starts:
        raise RoundHasNoHours()
    page = sizing_page(session, key)
    if page.is_running and page.request:
        if page.wish != wish:
            raise SizingIsRunning()
        return page.request
    facts = {"round": str(round_.id), "wish": wish_to_json(wish)}
    return ask_for(session, key[0], KIND, facts, by=by.account_id if by else None, now=now)


def get_round_to_size(session: Session, key: RoundKey, *, lock: bool = False) -> Round:
    """Before residents have been told of anything. Raises RoundNotFound, RoundIsOver, RoundIsPublished."""
    round_ = get_round(session, key, lock=lock)
    if round_.state in IN_FORCE:
        raise RoundIsPublished()
    if round_.state not in EDITABLE:
        raise RoundIsOver()
    return round_


def read_ask(session: Session, key: RoundKey, wish: SizingWish, *, now: datetime) -> tuple[Ask, dict[str, Any]]:
    """What the planner is asked, and what its slots and the answer rest on. Takes the roster, as planning does."""
    round_ = get_round_to_size(session, key, lock=True)
    take_roster(session, round_, now=now)
    session.flush()
    grid = read_grid(session, round_)
    sessions = list_sampling_sessions(session, key)
    points = point_facts(list_points(session, key), sessions, lanes_by_point(session, key))
    hours = [hours_of(row) for row in sessions]
    rooms = rooms_of_points({str(of): fact for of, fact in points.items()}, hours, round_.slot_minutes, wish.most_lanes)
    facts = RoundFacts(
        slot_minutes=round_.slot_minutes,
        slots=len(grid.starts),
        points=grid.points,
        buildings=(),
        max_walk_metres=round_.max_walk_metres,
        weights=round_.weights,
    )
    meaning = {
        "starts": [at.isoformat() for at in grid.starts],
        "slot_minutes": round_.slot_minutes,
        "basis": read_basis(session, round_),
    }
    return make_ask(facts, _homes(session, round_, len(grid.starts)), rooms, wish), meaning


def answer_of(found: Sizing, meaning: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an answer: no plan, as planning makes a better one."""
    return {"version": SIZING_VERSION, **sizing_to_json(found), **meaning}


def use_option(session: Session, key: RoundKey, number: int, *, by: Principal | None, now: datetime) -> None:
    """Give the option's points their lanes; points that it does not open have none, and stay. Hours stay as they are.

    A repeat changes nothing. Raises RoundNotFound, RoundIsOver, RoundIsPublished, SizingNotFound, SizingIsOutdated.
    """
    round_ = get_round_to_size(session, key, lock=True)
    answer, option = get_option(session, key, number)
    if answer.is_outdated:
        raise SizingIsOutdated()
    lanes = {UUID(point.id): point.lanes for point in option.points}
    for point in sizing_page(session, key).points:
        entry = entry_of(session, key, get_point(session, key, point.id))
        closed = {of: 0 for of, count in entry.lanes_by_session.items() if count == 0}
        wanted = replace(entry, lanes=lanes.get(point.id, 0), lanes_by_session=closed)
        if wanted != entry:
            change_point(session, key, point.id, wanted, by=by, now=now)
    note_change(session, round_, "round.sized", round_.id, by=by, now=now)


def _homes(session: Session, round_: Round, slots: int) -> list[Home]:
    """Every building with the doors that come to a point."""
    rules = read_rules(session, round_, slots)
    doors: dict[UUID, dict[UUID, list[HouseholdFacts]]] = defaultdict(lambda: defaultdict(list))
    for door in list_doors(session, round_):
        doors[door.building_id][door.unit_id].append(door.facts)
    places = select(Building.id, Building.x, Building.y).where(Building.community_id == round_.community_id)
    homes = []
    for id_, x, y in sorted(session.exec(places), key=lambda row: row[0]):
        if id_ in doors:
            rule = rules.get(id_, BuildingRuleFacts())
            building = PlannedBuilding(str(id_), (), x, y, rule.tier, rule.window, rule.point_ids)
            units = tuple((str(unit), tuple(households)) for unit, households in sorted(doors[id_].items()))
            homes.append(Home(building, units))
    return homes
