"""A whole community is planned while somebody waits at the screen."""

import time

import pytest
from sqlmodel import select

from bulou.database import insert_all
from bulou.ids import new_id
from registry.models import Resident
from registry.rules import Origin, RosterChanged
from scheduling.models import Plan
from scheduling.queries.plans import plan_page
from scheduling.usecases.planning import keep_draft, prepare, search
from scheduling.usecases.roster import follow_registry
from tests.factories import NOON
from tests.scheduling.estates import Estate, make_estate

SECONDS = 5.0  # of search
LANES = (4, 8, 6, 4, 8, 6, 4, 8)


def make_large_estate(session) -> Estate:
    """32 towers, 20,160 households, 48,384 people: the size of a real estate (../shared/data/real)."""
    points = [
        {"x": 400.0 * number, "y": 80.0, "lanes": lanes, "heads_per_lane_hour": 138}
        for number, lanes in enumerate(LANES)
    ]
    estate = make_estate(session, buildings=32, units=1, floors=35, doors=18, heads=2, points=points, hours=12)
    third = {"number": 3, "name": None, "origin": Origin.IMPORT, "created_at": NOON, "changed_at": NOON}
    rows = [
        {"community_id": estate.community.id, "id": new_id(), "household_id": household, **third}
        for number, household in enumerate(estate.households)
        if number % 5 < 2
    ]
    insert_all(session, Resident, rows)
    estate.residents += [row["id"] for row in rows]
    return estate


@pytest.mark.slow
def test_48000_people_are_taken_cut_planned_stored_and_shown_in_seconds(session, clock):
    estate = make_large_estate(session)
    search(prepare(session, make_estate(session).key, now=clock.now()), seconds=0.2)  # what is loaded once

    started = time.perf_counter()
    prepared = prepare(session, estate.key, now=clock.now())
    found, plan_id = search(prepared, seconds=SECONDS), new_id()
    keep_draft(session, estate.key, plan_id, prepared, found, author_id=None, now=clock.now())
    planned = time.perf_counter()
    page = plan_page(session, (estate.community.id, plan_id))
    shown = time.perf_counter()
    follow_registry(session, RosterChanged(estate.community.id, (estate.buildings[0],)), now=clock.now())
    followed = time.perf_counter()

    assert page.heads - page.unplaced_heads == len(estate.residents) == 48_384
    assert not session.exec(select(Plan.is_stale)).one()
    print(
        f"planned {planned - started:.1f} s ({SECONDS} s search), page {shown - planned:.2f} s, change {followed - shown:.2f} s"
    )
    # 10 s are promised (issue 2), and 7 are taken by a machine that does nothing else; minutes are what must not come back.
    assert planned - started < 40
    assert shown - planned < 4
    assert followed - shown < 4
