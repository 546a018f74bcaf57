"""Points of a round that are closed, and what they would take open again."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import median_high

from sqlmodel import Session, col, select

from scheduling.models import Plan, Round
from scheduling.planner import ClosedPoint
from scheduling.queries.setup import hours_of, lanes_by_point, list_points, list_sampling_sessions, point_facts
from scheduling.rules.enough import MOST_LANES
from scheduling.rules.hours import Hours, PointFacts, capacity_per_slot

MOST_PLANS = 10  # looked back through for what a closed point took before


def read_closed(session: Session, round_: Round) -> dict[str, ClosedPoint]:
    """Every point with slots that has no lane in any session: with the lanes it had in the latest plan in which it was
    open, else with as many as the round's other points usually have."""
    key = (round_.community_id, round_.id)
    sessions, points = list_sampling_sessions(session, key), list_points(session, key)
    hours = [hours_of(row) for row in sessions]
    facts = {str(of): fact for of, fact in point_facts(points, sessions, lanes_by_point(session, key)).items()}
    closed = {id_: fact for id_, fact in facts.items() if not any(fact.lanes)}
    if not closed or not sessions:
        return {}
    former = _former_capacities(session, round_)
    usual = _usual_lanes(facts)
    again = {}
    for id_, fact in closed.items():
        lanes = _lanes_for(former[id_], hours, round_.slot_minutes, fact) if id_ in former else usual
        again[id_] = ClosedPoint(lanes, capacity_per_slot(hours, round_.slot_minutes, _open(fact, lanes)))
    return again


def _open(fact: PointFacts, lanes: int) -> PointFacts:
    return replace(fact, lanes=(lanes,) * len(fact.lanes))


def _former_capacities(session: Session, round_: Round) -> dict[str, float]:
    """The most that each point took in a slot, in the latest plan of the round in which it was open."""
    of_round = (Plan.community_id == round_.community_id, Plan.round_id == round_.id)
    problems = session.exec(
        select(Plan.problem).where(*of_round).order_by(col(Plan.created_at).desc()).limit(MOST_PLANS)
    )
    former: dict[str, float] = {}
    for problem in problems:
        for point in problem["points"]:
            capacity = point["capacity"]
            most = max(capacity, default=0) if isinstance(capacity, list) else capacity
            if most > 0:
                former.setdefault(point["id"], most)
    return former


def _lanes_for(most: float, hours: list[Hours], slot_minutes: int, fact: PointFacts) -> int:
    """The fewest lanes with which a slot takes as many as before."""
    for lanes in range(1, MOST_LANES):
        if max(capacity_per_slot(hours, slot_minutes, _open(fact, lanes)), default=0) >= most:
            return lanes
    return MOST_LANES


def _usual_lanes(facts: Mapping[str, PointFacts]) -> int:
    opened = [max(fact.lanes) for fact in facts.values() if any(fact.lanes)]
    return median_high(opened) if opened else 1
