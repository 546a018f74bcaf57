"""Whatever order facts arrive in, doubled and in batches of any size, they end in the same state."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from checkin.forms import IncomingScan
from checkin.models import Scan
from checkin.rules import Outcome
from checkin.usecases import Answer, Sent, record_scans
from registry.rules import NeedKind
from scheduling.models import RosterEntry
from scheduling.rules import PlanState
from tests.checkin.factories import make_excuse, make_need, make_open_round, make_plan, make_ticket, registrar
from tests.factories import NOON, make_household, make_resident

NOW = NOON + timedelta(hours=5)


def make_history(rng, place, tickets, household):
    """Facts of a busy day: several phones, both points, two versions of the plan, things taken back."""
    facts = []
    for _number in range(rng.randint(4, 14)):
        kind = rng.choices(["sampled", "arrived", "undo"], [6, 3, 3])[0]
        fact = {
            "scan_id": UUID(int=rng.getrandbits(128)),
            "point": rng.choice([place.point, place.other_point]).id,
            "scanned_at": NOON + timedelta(minutes=rng.choice([-90, -10, 0, 1, 10, 10, 25, 40, 200])),
            "kind": kind,
            "clock_offset_ms": rng.choice([0, 0, -60_000, 90_000]),
            "taken": rng.random() < 0.2,
            "override": rng.choice([None, None, "came with the family"]),
        }
        if kind == "undo":
            fact["undoes"] = (
                rng.choice(facts)["scan_id"] if facts and rng.random() < 0.9 else UUID(int=rng.getrandbits(128))
            )
        elif rng.random() < 0.3:
            fact |= {"code": household.code, "resident": rng.choice([None, *place.residents[:2]])}
            fact["resident"] = fact["resident"] and fact["resident"].id
        else:
            fact["code"] = rng.choice(tickets).code
        facts.append(fact)
    return [IncomingScan.model_validate(fact) for fact in facts]


def shuffled(rng, scans):
    """The facts in another order, some of them twice, cut into batches."""
    order = scans + rng.sample(scans, rng.randint(0, len(scans)))
    rng.shuffle(order)
    while order:
        size = rng.randint(1, 6)
        yield order[:size]
        order = order[size:]


def record(session, place, scans):
    return record_scans(session, [Sent(scan, registrar(place)) for scan in scans], now=NOW)


def state(session, place):
    entries = select(RosterEntry).where(RosterEntry.community_id == place.community_id)
    kept = select(Scan.id, Scan.resident_id).where(Scan.community_id == place.community_id)
    session.expire_all()
    return (
        {
            row.resident_id: (row.cause, row.sampled_at, row.sampled_scan_id, row.arrived_at, row.arrived_point_id)
            for row in session.exec(entries)
        },
        {id_ for id_, _resident in session.exec(kept)},
    )


def make_day(session):
    place = make_open_round(session, households=2, closed_at=NOON + timedelta(hours=3))
    place.plan.state = PlanState.REPLACED
    where = {place.cohort.id: (place.other_point.id, NOON + timedelta(minutes=30))}
    make_plan(session, place.round, where, version=2, published_at=NOON + timedelta(minutes=5))
    newcomer = make_resident(session, make_household(session, place.unit, "901"))
    make_excuse(session, place.residents[2], created_at=NOON + timedelta(minutes=5))
    make_need(session, place.residents[3], NeedKind.HOME_ISOLATION)
    tickets = [make_ticket(session, place, resident) for resident in (*place.residents, newcomer)]
    return place, tickets, make_ticket(session, place)


@pytest.mark.parametrize("seed", range(12))
def test_every_order_ends_in_the_same_state(session, seed):
    rng = random.Random(seed)
    place, tickets, household = make_day(session)
    scans = make_history(rng, place, tickets, household)
    states = []

    for _order in range(4):
        day = session.begin_nested()
        for batch in shuffled(rng, scans):
            assert all(isinstance(answer, Answer) for answer in record(session, place, batch))
        states.append(state(session, place))
        day.rollback()

    assert all(other == states[0] for other in states)
    assert states[0][1] == {scan.scan_id for scan in scans}


@pytest.mark.parametrize("seed", range(5))
def test_who_is_sampled_stands_there_with_the_earliest_fact_that_stands(session, seed):
    rng = random.Random(1000 + seed)
    place, tickets, household = make_day(session)
    for batch in shuffled(rng, make_history(rng, place, tickets, household)):
        record(session, place, batch)

    undone = set(session.exec(select(Scan.undoes).where(col(Scan.undoes).is_not(None))))
    for entry in session.exec(select(RosterEntry).where(RosterEntry.community_id == place.community_id)):
        rows = select(Scan).where(Scan.resident_id == entry.resident_id, col(Scan.counts).is_(True))
        standing = sorted((row.corrected_at, row.id) for row in session.exec(rows) if row.id not in undone)
        if standing:
            assert (entry.sampled_at, entry.sampled_scan_id) <= standing[0]


@pytest.mark.parametrize("seed", range(3))
def test_at_most_one_of_several_phones_is_told_that_it_was_first(session, seed):
    rng = random.Random(seed)
    place, tickets, _household = make_day(session)
    at = NOON + timedelta(minutes=1)
    facts = [
        {"scan_id": UUID(int=rng.getrandbits(128)), "code": tickets[0].code, "point": place.point.id, "scanned_at": at}
        for _phone in range(6)
    ]
    scans = [IncomingScan.model_validate(fact) for fact in facts]

    answers = [answer for batch in shuffled(rng, scans) for answer in record(session, place, batch)]

    assert {answer.scan_id for answer in answers} == {scan.scan_id for scan in scans}
    assert len({answer.scan_id for answer in answers if answer.outcome is Outcome.ACCEPTED}) == 1
