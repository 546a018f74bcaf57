"""How much a round needs: asked on its page, answered by a worker, used for its points."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, select

from accounts.models import AuditEntry
from accounts.rules import Role
from app import make_worker
from bulou.database import insert_all, reading, transaction
from bulou.ids import new_code, new_id
from bulou.models import RequestState
from registry.models import Building, Household, Resident, Unit
from registry.rules import DoorState, Origin
from scheduling.errors import RoundIsPublished, SizingIsOutdated, SizingIsRunning, SizingNotFound
from scheduling.models import Point, Round
from scheduling.planner import Problem
from scheduling.planner.sizing import size
from scheduling.queries.setup import list_points
from scheduling.queries.sizing import sizing_page
from scheduling.rules import RoundState
from scheduling.rules.cohorts import HouseholdFacts
from scheduling.rules.hours import Hours, PointFacts
from scheduling.rules.problems import PlannedBuilding, RoundFacts
from scheduling.rules.sizing import (
    SIZING_VERSION,
    Home,
    SizingWish,
    basis_of,
    cut_home,
    make_ask,
    rooms_of_points,
    usual_seconds,
)
from scheduling.usecases.sizing import ask_for_sizing, use_option
from tests.factories import NOON, make_campaign, make_community, make_compound, make_point, make_round
from tests.factories import make_sampling_session as make_hours
from tests.scheduling.estates import Estate, make_estate
from tests.scheduling.planner.communities import make_community as invent
from tests.scheduling.test_plan_pages import with_token


def settle(session: Session, problem: Problem, *, days: int, hours: float) -> Round:
    """A community whose houses, flats and places for points are those of an invented problem."""
    community = make_community(session)
    round_ = make_round(session, make_campaign(session, community))
    for day in range(days):
        starts_at = NOON + timedelta(days=day)
        make_hours(session, round_, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours))
    for point in problem.points:
        make_point(session, round_, name=point.id, x=point.x, y=point.y)
    rows: dict[Any, list[dict[str, Any]]] = {Building: [], Unit: [], Household: [], Resident: []}
    compounds = {
        name: make_compound(session, community, name=name) for name in sorted({b.id[0] for b in problem.buildings})
    }
    own = {"community_id": community.id}
    for building in problem.buildings:
        place = {"compound_id": compounds[building.id[0]].id, "code": new_code(8), "x": building.x, "y": building.y}
        house = {**own, "id": new_id(), "name": building.id, "grid": "", **place}
        rows[Building].append(house)
        for cohort in building.cohorts:
            unit = {**own, "id": new_id(), "building_id": house["id"], "name": cohort.id.split("-")[-1]}
            rows[Unit].append(unit)
            _fill(rows, unit, cohort.heads)
    for table, found in rows.items():
        insert_all(session, table, found)
    return round_


def _fill(rows: dict[Any, list[dict[str, Any]]], unit: dict[str, Any], heads: int) -> None:
    """Two people a flat, two flats a floor."""
    own = {"community_id": unit["community_id"]}
    for flat, left in enumerate(range(heads, 0, -2)):
        where = {"building_id": unit["building_id"], "unit_id": unit["id"], "floor": flat // 2 + 1}
        door = {"door": f"{flat // 2 + 1}0{flat % 2 + 1}", "state": DoorState.SELF_OCCUPIED}
        household = {**own, "id": new_id(), **where, **door}
        rows[Household].append(household)
        for number in range(1, min(2, left) + 1):
            person = {"household_id": household["id"], "number": number, "name": None, "origin": Origin.IMPORT}
            rows[Resident].append({**own, "id": new_id(), **person, "created_at": NOON, "changed_at": NOON})


@pytest.fixture
def estate(app) -> Estate:
    with transaction() as session:
        return make_estate(session, points=[{"x": 100.0, "y": 50.0}, {"x": 200.0, "y": 50.0}, {"x": 300.0, "y": 50.0}])


@pytest.fixture
def manager(estate, signed_in):
    return with_token(signed_in(Role.MANAGER, estate.community.id))


@pytest.fixture(autouse=True)
def steps_instead_of_seconds(monkeypatch):
    """So that a busy machine finds the same options."""
    monkeypatch.setattr("scheduling.jobs.size", partial(size, steps=300))


def page_of(estate: Estate):
    with reading() as session:
        return sizing_page(session, estate.key)


def test_asking_shows_how_far_it_is_and_then_the_options(manager, estate):
    answer = manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "9", "per_lane": "2", "per_point": "1"})
    waiting = manager.get(answer.location).text
    make_worker().run_requests()
    done = manager.get(answer.location).text

    assert "It is being worked out" in waiting and "Work it out" not in waiting
    assert "fewest points" in done and "Use this option" in done and "Ask again" in done
    assert "It is being worked out" not in done
    options = page_of(estate).answer.options
    assert options and all(option.staff <= 9 and not option.unplaced_heads for option in options)


def test_the_question_stands_in_the_form_again(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "9", "walk_metres": "250", "last_slot": "5"})
    make_worker().run_requests()

    page = manager.get(f"/rounds/{estate.round.id}/size").text

    assert 'name="staff" type="number" value="9"' in page and 'name="walk_metres" type="number" value="250"' in page
    assert re.search(r'<option value="5" selected>', page)


def test_targets_that_cannot_be_kept_are_said_with_what_would_do(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "3", "last_slot": "0"})
    make_worker().run_requests()

    page = manager.get(f"/rounds/{estate.round.id}/size").text

    assert "3 staff sample at most 30 of 144 people in 0.5 h" in page
    assert "It can be done with" in page and "more staff" in page


def test_the_sentences_are_said_in_chinese_too(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "3", "last_slot": "0"})
    make_worker().run_requests()

    assert (
        "3名工作人员在0.5小时内最多只能采144人中的30人" in manager.get(f"/rounds/{estate.round.id}/size?lang=zh").text
    )


def test_what_is_wrong_in_the_form_is_said_beside_the_field(manager, estate):
    answer = manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "-4"})

    assert answer.status_code == 422
    assert 'value="-4"' in answer.text and 'class="problem"' in answer.text


def test_using_an_option_says_first_what_changes_and_then_sets_the_points_up(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "5"})
    make_worker().run_requests()
    option = page_of(estate).answer.options[0]
    with reading() as session:
        before = [(point.id, point.lanes) for point in list_points(session, estate.key)]

    said = manager.get(f"/rounds/{estate.round.id}/size/1").text
    with reading() as session:
        untouched = [(point.id, point.lanes) for point in list_points(session, estate.key)]
    answer = manager.post(f"/rounds/{estate.round.id}/size/1")

    assert "have no lanes any more" in said or ("has no lanes any more" in said and before == untouched)
    assert answer.location.endswith(f"/rounds/{estate.round.id}/plan")
    wanted = {point.id: point.lanes for point in option.points}
    with reading() as session:
        assert {str(p.id): p.lanes for p in list_points(session, estate.key)} == {
            str(point.id): wanted.get(str(point.id), 0) for point in estate.points
        }
        assert [e.action for e in session.exec(select(AuditEntry)) if e.action == "round.sized"] == ["round.sized"]
    assert "Nothing: the points are set up like this already." in manager.get(f"/rounds/{estate.round.id}/size/1").text


def test_a_plan_for_everybody_can_be_made_of_an_option(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "5"})
    make_worker().run_requests()
    ends_at = page_of(estate).answer.options[0].ends_at
    manager.post(f"/rounds/{estate.round.id}/size/1")

    manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "0.5"})
    make_worker().run_requests()
    page = manager.get(f"/rounds/{estate.round.id}/plan").text

    assert "Without a place</dt>" not in page
    assert f"{ends_at + timedelta(hours=8):%H:%M}" in page


def test_options_of_another_roster_or_other_hours_are_not_used(estate, clock):
    with transaction() as session:
        ask_for_sizing(session, estate.key, SizingWish(staff=9), by=None, now=clock.now())
    make_worker().run_requests()
    with transaction() as session:
        point = session.get_one(Point, (estate.community.id, estate.points[0].id))
        point.heads_per_lane_hour = 10
        session.add(point)

    with pytest.raises(SizingIsOutdated), transaction() as session:
        use_option(session, estate.key, 1, by=None, now=clock.now())

    assert page_of(estate).answer.is_outdated


def test_one_question_of_a_round_is_answered_at_a_time(manager, estate, clock):
    with transaction() as session:
        first = ask_for_sizing(session, estate.key, SizingWish(staff=9), by=None, now=clock.now()).id
    with transaction() as session:
        again = ask_for_sizing(session, estate.key, SizingWish(staff=9), by=None, now=clock.now()).id

    with pytest.raises(SizingIsRunning), transaction() as session:
        ask_for_sizing(session, estate.key, SizingWish(staff=8), by=None, now=clock.now())

    assert again == first
    answer = manager.post(f"/rounds/{estate.round.id}/size", data={"staff": "8"})
    assert answer.status_code == 409 and "is still being answered" in answer.text


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"answer": {"options": [], "lacks": [], "ways": [], "heads": 1, "starts": [], "slot_minutes": 5, "basis": ""}},
        {"answer": {"version": SIZING_VERSION, "options": [{"points": []}]}},
        {"answer": {"version": SIZING_VERSION + 1}},
        {"answer": "soon"},
    ],
)
def test_an_answer_that_another_version_kept_has_expired_and_may_be_asked_for_again(manager, estate, clock, kept):
    with transaction() as session:
        asked = ask_for_sizing(session, estate.key, SizingWish(staff=9), by=None, now=clock.now())
        asked.state, asked.news, asked.facts = RequestState.DONE, kept, {**asked.facts, "wish": {"crew": 9}}

    page = manager.get(f"/rounds/{estate.round.id}/size")

    assert page.status_code == 200 and "Please ask again." in page.text and "Work it out" in page.text
    assert manager.get(f"/rounds/{estate.round.id}/size/1").status_code == 404
    assert manager.post(f"/rounds/{estate.round.id}/size/1").status_code == 404


def test_a_question_that_another_version_kept_is_not_guessed_at(manager, estate, clock):
    with transaction() as session:
        asked = ask_for_sizing(session, estate.key, SizingWish(staff=9), by=None, now=clock.now())
        asked.facts = {**asked.facts, "wish": {"staff": 9}}

    make_worker().run_requests()

    page = manager.get(f"/rounds/{estate.round.id}/size").text
    assert "cannot be shown. Please ask again." in page and "Work it out" in page


def test_there_is_no_option_beyond_those_found(estate, clock):
    with pytest.raises(SizingNotFound), transaction() as session:
        use_option(session, estate.key, 1, by=None, now=clock.now())


def test_a_published_round_is_not_sized_and_says_why(manager, estate, clock):
    with transaction() as session:
        round_ = session.get_one(Round, estate.key)
        round_.state = RoundState.PUBLISHED
        session.add(round_)

    with pytest.raises(RoundIsPublished), transaction() as session:
        ask_for_sizing(session, estate.key, SizingWish(), by=None, now=clock.now())

    page = manager.get(f"/rounds/{estate.round.id}/size").text
    assert "Residents have been told their points and times" in page and "Work it out" not in page
    assert manager.post(f"/rounds/{estate.round.id}/size").status_code == 409


def test_without_hours_nothing_is_worked_out(manager, estate):
    from scheduling.models import SamplingSession

    with transaction() as session:
        session.delete(session.exec(select(SamplingSession)).one())

    answer = manager.post(f"/rounds/{estate.round.id}/size")

    assert answer.status_code == 409 and "no opening hours yet" in answer.text


def test_without_points_the_page_says_what_is_missing(manager, estate):
    with transaction() as session:
        for point in list_points(session, estate.key):
            session.delete(point)
    manager.post(f"/rounds/{estate.round.id}/size")
    make_worker().run_requests()

    assert "There is no point to choose from" in manager.get(f"/rounds/{estate.round.id}/size").text


def test_points_without_a_position_are_told(manager, estate):
    with transaction() as session:
        point = session.get_one(Point, (estate.community.id, estate.points[0].id))
        point.x = point.y = None
        session.add(point)

    assert "walking counts 0 there" in manager.get(f"/rounds/{estate.round.id}/size").text


def test_viewers_see_the_options_and_may_not_ask_or_use_them(estate, signed_in):
    viewer = with_token(signed_in(Role.VIEWER, estate.community.id))

    assert "Work it out" not in viewer.get(f"/rounds/{estate.round.id}/size").text
    assert viewer.post(f"/rounds/{estate.round.id}/size").status_code == 403
    assert viewer.post(f"/rounds/{estate.round.id}/size/1").status_code == 403


def test_another_communitys_round_is_not_there(manager):
    with transaction() as session:
        other = make_round(session, make_campaign(session, make_community(session)))

    assert manager.get(f"/rounds/{other.id}/size").status_code == 404
    assert manager.post(f"/rounds/{other.id}/size").status_code == 404


def test_a_settled_community_of_two_compounds_is_sized_as_its_problem(app, clock):
    problem = invent(5, compounds=2, heads=1_500, candidates=3, days=1)
    with transaction() as session:
        round_ = settle(session, problem, days=1, hours=12)
    key = (round_.community_id, round_.id)
    with transaction() as session:
        ask_for_sizing(session, key, SizingWish(staff=14), by=None, now=clock.now())
    make_worker().run_requests()

    with reading() as session:
        page = sizing_page(session, key)

    assert page.answer and page.answer.heads == 1_500
    assert page.answer.options and all(option.staff <= 14 for option in page.answer.options)


# The pure part.


def test_a_point_closed_in_a_session_stays_closed_there_unless_it_is_closed_in_all():
    sessions = [Hours(NOON + timedelta(hours=k), NOON + timedelta(hours=k + 1)) for k in (0, 2)]
    points = {"part": PointFacts((2, 0), 60, 1.0), "shut": PointFacts((0, 0), 60, 1.0)}

    rooms = rooms_of_points(points, sessions, 60, 2)

    assert rooms == {"part": ((60, 0), (120, 0)), "shut": ((60, 60), (120, 120))}


def test_standing_room_limits_what_more_lanes_help():
    sessions = [Hours(NOON, NOON + timedelta(hours=1))]

    rooms = rooms_of_points({"P": PointFacts((1,), 60, 1.0, 80)}, sessions, 60, 3)

    assert rooms["P"] == ((60,), (80,), (80,))


def test_cohorts_are_cut_for_the_slot_that_is_asked_for():
    doors = tuple(HouseholdFacts(new_id(), f"{floor}01", floor, 4) for floor in range(1, 7))
    home = Home(PlannedBuilding("B", ()), (("U", doors),))
    facts = RoundFacts(60, 2, (), ())

    ask = make_ask(facts, [home], {}, SizingWish())

    assert [heads for _, heads in cut_home(home, 12).cohorts] == [12, 12]
    assert ask.cut is not None and [c.heads for b in ask.cut(8) for c in b.cohorts] == [8, 8, 8]


def test_a_community_is_thought_about_for_some_seconds_and_none_for_more_than_a_minute():
    assert usual_seconds(0) == 8
    assert usual_seconds(12_000) == 18
    assert usual_seconds(10**7) == 60


def test_a_basis_differs_where_a_fact_does():
    assert basis_of(1, ["a"]) == basis_of(1, ["a"]) != basis_of(2, ["a"])
