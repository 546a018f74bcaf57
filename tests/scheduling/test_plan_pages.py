"""Pages and calls of plans, as a manager, a viewer and a program use them."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from accounts.rules import Role
from app import make_worker
from bulou.database import reading, transaction
from registry.models import Household
from scheduling.models import Assignment, Pin, Plan, Point, Round
from scheduling.queries.plans import find_latest_plan, plan_page
from scheduling.rules import RoundState
from tests.factories import make_resident, make_token
from tests.scheduling.estates import Estate, make_estate
from tests.scheduling.test_publishing import CRAMPED


@pytest.fixture
def estate(app) -> Estate:
    with transaction() as session:
        return make_estate(session)


@pytest.fixture
def manager(estate, signed_in):
    return with_token(signed_in(Role.MANAGER, estate.community.id))


def with_token(client):
    """A browser that sends along what the forms of its pages hold."""
    page = client.get("/account").text
    client.environ_base["HTTP_X_CSRFTOKEN"] = re.search(r'csrf_token" value="([^"]+)', page)[1]
    return client


def make_plan(manager, estate: Estate) -> str:
    manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "0.2"})
    make_worker().run_requests()
    with reading() as session:
        return str(find_latest_plan(session, estate.key))


def page_of(estate: Estate, plan_id):
    with reading() as session:
        return plan_page(session, (estate.community.id, UUID(str(plan_id))))


def test_a_round_without_a_plan_offers_to_make_one(manager, estate):
    page = manager.get(f"/rounds/{estate.round.id}/plan").text

    assert "There is no plan yet." in page
    assert "Make the plan" in page


def test_asking_for_a_plan_shows_how_far_it_is_and_then_the_plan(manager, estate):
    answer = manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "0.2"})
    waiting = manager.get(answer.location).text
    make_worker().run_requests()
    done = manager.get(answer.location).text

    assert "The plan is being made" in waiting and "Make the plan" not in waiting
    assert "1栋" in done and "Why?" in done and "08:00" in done
    assert "The plan is being made" not in done
    assert 'role="img"' in done


def test_asking_twice_makes_one_plan(manager, estate):
    for _ in range(2):
        manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "0.2"})

    assert make_worker().run_requests() == 1


def test_a_plan_that_cannot_be_made_says_why(manager, estate):
    from scheduling.models import SamplingSession

    with transaction() as session:
        session.delete(session.exec(select(SamplingSession)).one())

    answer = manager.post(f"/rounds/{estate.round.id}/plan")

    assert answer.status_code == 409
    assert "no opening hours yet" in answer.text


def test_stopping_early_is_asked_of_the_running_plan(manager, estate):
    manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "60"})

    manager.post(f"/rounds/{estate.round.id}/plan/stop")

    assert "Stopping" in manager.get(f"/rounds/{estate.round.id}/plan").text


def test_every_building_says_why_it_is_sent_there(manager, estate):
    plan_id = make_plan(manager, estate)
    building = page_of(estate, plan_id).blocks[0]

    page = manager.get(f"/plans/{plan_id}/buildings/{building.id}").text

    assert "It is the nearest point" in page
    assert "further for everybody" in page
    assert "Send the building there" in page


def test_the_reasons_are_said_in_chinese_too(manager, estate):
    plan_id = make_plan(manager, estate)
    building = page_of(estate, plan_id).blocks[0]
    manager.set_cookie("lang", "zh")

    page = manager.get(f"/plans/{plan_id}/buildings/{building.id}").text

    said = re.sub(r"<[^>]*>", "", page.split("<main")[1].split("</main")[0])
    assert "这是最近的采样点" in said
    assert not re.search(r"[a-z]{3,}", said.partition(">")[2])


def test_a_whole_building_is_moved_by_hand_into_a_new_draft(manager, estate):
    plan_id = make_plan(manager, estate)
    before = page_of(estate, plan_id).blocks[0]
    other = next(point for point in estate.points if point.id != before.point_id)

    answer = manager.post(f"/plans/{plan_id}/buildings/{before.id}", data={"point": str(other.id)})

    after = page_of(estate, answer.location.rsplit("/", 1)[1]).blocks[0]
    assert after.point_id == other.id
    assert all(group.is_pinned for group in after.groups)
    assert "by hand" in manager.get(answer.location).text


def test_a_place_that_breaks_a_rule_is_answered_in_words(manager, estate):
    plan_id = make_plan(manager, estate)
    group = page_of(estate, plan_id).blocks[0].groups[0]
    other = next(point for point in estate.points if point.id != group.point_id)

    answer = manager.post(f"/plans/{plan_id}/cohorts/{group.cohort_id}", data={"point": str(other.id), "slot": "0"})

    assert answer.status_code == 409
    assert "1栋 would be divided between" in answer.text
    assert "Move the whole building instead" in answer.text
    with reading() as session:
        assert session.exec(select(Pin)).all() == []


def test_a_place_chosen_by_hand_is_kept_and_released(manager, estate):
    plan_id = make_plan(manager, estate)
    group = page_of(estate, plan_id).blocks[0].groups[0]

    kept = manager.post(f"/plans/{plan_id}/cohorts/{group.cohort_id}", data={"point": str(group.point_id), "slot": "7"})
    draft = kept.location.rsplit("/", 1)[1]
    form = manager.get(f"/plans/{draft}/cohorts/{group.cohort_id}").text
    manager.post(f"/plans/{draft}/unpin", data={"cohort": str(group.cohort_id)})

    assert page_of(estate, draft).groups[group.cohort_id].slot == 7
    assert "Release this place" in form
    assert not page_of(estate, draft).is_pinned


def test_publishing_is_confirmed_and_then_in_force(manager, estate):
    plan_id = make_plan(manager, estate)

    confirm = manager.get(f"/plans/{plan_id}/publish").text
    manager.post(f"/plans/{plan_id}/publish")
    shown = manager.get(f"/rounds/{estate.round.id}/plan").text

    assert "Publish version 1?" in confirm and f"{len(estate.residents)} people of 3 buildings" in confirm
    assert "version 1, in force" in shown
    with reading() as session:
        assert session.get(Round, estate.key).state is RoundState.PUBLISHED


def test_who_moves_is_listed_before_the_next_version_is_published(manager, estate):
    first = make_plan(manager, estate)
    manager.post(f"/plans/{first}/publish")
    group = page_of(estate, first).blocks[0].groups[0]
    moved = manager.post(f"/plans/{first}/cohorts/{group.cohort_id}", data={"point": str(group.point_id), "slot": "7"})
    second = moved.location.rsplit("/", 1)[1]

    confirm = manager.get(f"/plans/{second}/publish").text

    assert "1 group is told another place or time." in confirm
    assert "11:30" in confirm


def test_publishing_with_people_left_out_is_asked_for_twice(app, signed_in):
    with transaction() as session:
        estate = make_estate(session, points=CRAMPED, hours=1)
    manager = with_token(signed_in(Role.MANAGER, estate.community.id))
    plan_id = make_plan(manager, estate)

    page = manager.get(f"/plans/{plan_id}").text
    refused = manager.post(f"/plans/{plan_id}/publish")
    accepted = manager.post(f"/plans/{plan_id}/publish", data={"accept_unplaced": "1"})

    assert "120 people have no place" in page and "add a lane" in page
    assert (refused.status_code, accepted.status_code) == (409, 302)
    assert "Publish version 1?" in refused.text
    above, below = refused.text.split("What residents will see")
    assert "120 residents have no place yet." in above
    assert "Please tick this first" in below.split('name="accept_unplaced"')[1]


def test_publishing_a_stale_draft_is_refused_on_top_of_its_page(manager, estate):
    plan_id = make_plan(manager, estate)
    with transaction() as session:
        session.exec(sa.update(Plan).values(is_stale=True))

    refused = manager.post(f"/plans/{plan_id}/publish")

    assert refused.status_code == 409
    assert refused.text.split("What residents will see")[0].count("Please plan again.") == 1


def test_an_old_draft_folds_away_who_had_no_place_and_offers_no_way_out_of_it(app, signed_in):
    with transaction() as session:
        estate = make_estate(session, points=[{"lanes": 1}], hours=1)
    manager = with_token(signed_in(Role.MANAGER, estate.community.id))
    plan_id = make_plan(manager, estate)
    new = manager.get(f"/plans/{plan_id}").text
    with transaction() as session:
        session.get(Plan, (estate.community.id, UUID(plan_id))).is_stale = True

    old = manager.get(f"/plans/{plan_id}").text

    assert "What would help, tried out" in new
    assert "What would help, tried out" not in old
    heads = re.search(r"(\d+) people have no place", new)[1]
    assert f"<summary>In this older plan {heads} people had no place</summary>" in old


def test_a_point_that_was_closed_is_offered_to_be_opened_with_the_lanes_it_had(app, signed_in):
    with transaction() as session:
        estate = make_estate(session, hours=1)
    manager = with_token(signed_in(Role.MANAGER, estate.community.id))
    make_plan(manager, estate)
    with transaction() as session:
        session.get(Point, (estate.community.id, estate.points[0].id)).lanes = 0

    page = manager.get(f"/plans/{make_plan(manager, estate)}").text

    ways = page.split('<ul class="ways">')[1].split("</ul>")[0]
    assert "open again (lanes: 2)" in ways


def test_where_all_hours_have_begun_nothing_is_planned_or_published_and_hours_are_offered(manager, estate, clock):
    first = make_plan(manager, estate)
    manager.post(f"/plans/{first}/publish")
    clock.advance(hours=5)

    asked = manager.post(f"/rounds/{estate.round.id}/plan", data={"seconds": "0.2"})
    page = manager.get(asked.location).text

    assert make_worker().run_requests() == 0
    assert "everybody who has a place has been called. Nobody moves." in page
    assert f'href="/rounds/{estate.round.id}/points"' in page
    assert "Plan again" not in page and "/publish" not in page


def test_on_the_day_only_those_newly_called_too_late_are_warned_of(manager, estate, clock):
    first = make_plan(manager, estate)
    manager.post(f"/plans/{first}/publish")
    clock.advance(hours=1)

    second = make_plan(manager, estate)

    assert second != first
    assert "at a time that has already begun" not in manager.get(f"/plans/{second}").text


def test_a_draft_of_an_older_roster_says_so(manager, estate):
    from app import connect
    from bulou.announcements import announce
    from registry.rules import RosterChanged

    plan_id = make_plan(manager, estate)
    connect()
    with transaction() as session:
        make_resident(session, session.get(Household, (estate.community.id, estate.households[0])))
        announce(session, RosterChanged(estate.community.id, ()))

    page = manager.get(f"/plans/{plan_id}").text

    assert "Plan again before you publish" in page
    assert f"/plans/{plan_id}/publish" not in page


def test_a_viewer_looks_and_changes_nothing(manager, estate, signed_in):
    plan_id = make_plan(manager, estate)
    viewer = with_token(signed_in(Role.VIEWER, estate.community.id))
    group = page_of(estate, plan_id).blocks[0].groups[0]

    page = viewer.get(f"/plans/{plan_id}")

    assert page.status_code == 200
    assert "Plan again" not in page.text and "publish" not in page.text.lower().replace("published", "")
    assert viewer.post(f"/rounds/{estate.round.id}/plan").status_code == 403
    assert viewer.get(f"/plans/{plan_id}/cohorts/{group.cohort_id}").status_code == 403
    assert viewer.post(f"/plans/{plan_id}/publish").status_code == 403


def test_another_communitys_plan_is_not_found(manager, estate, signed_in):
    plan_id = make_plan(manager, estate)
    with transaction() as session:
        other = make_estate(session)
    stranger = signed_in(Role.MANAGER, other.community.id)

    for path in (f"/plans/{plan_id}", f"/plans/{plan_id}/publish", f"/rounds/{estate.round.id}/plan"):
        assert stranger.get(path).status_code == 404


def test_no_page_of_a_plan_holds_a_name(manager, estate):
    with transaction() as session:
        make_resident(session, session.get(Household, (estate.community.id, estate.households[0])), name="赵不该见")
    plan_id = make_plan(manager, estate)
    building = page_of(estate, plan_id).blocks[0].id

    for path in (f"/plans/{plan_id}", f"/plans/{plan_id}/publish", f"/plans/{plan_id}/buildings/{building}"):
        assert "赵不该见" not in manager.get(path).text


# The same by program.


@pytest.fixture
def program(app, estate):
    with transaction() as session:
        token = make_token(session, estate.community.id, Role.MANAGER)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_a_program_asks_for_a_plan_watches_it_and_publishes_it(program, estate):
    asked = program.post(f"/api/v1/rounds/{estate.round.id}/plans", json={"seconds": 0.2})
    waiting = program.get(asked.location).json
    make_worker().run_requests()
    done = program.get(asked.location).json
    published = program.post(f"{asked.location}/publish")
    again = program.post(f"{asked.location}/publish")

    assert asked.status_code == 202 and asked.location.endswith(f"/api/v1/plans/{asked.json['id']}")
    assert (waiting["state"], waiting["assignments"]) == ("waiting", None)
    assert (done["state"], done["progress"], done["unplaced"]) == ("draft", 1.0, [])
    assert sum(one["heads"] for one in done["assignments"]) == len(estate.residents)
    assert {"cohort", "point", "slot", "from", "to", "heads"} == set(done["assignments"][0])
    assert published.json == again.json == {"plan": asked.json["id"], "version": 1, "state": "published"}


def test_a_program_is_told_why_somebody_has_no_place(app, program):
    with transaction() as session:
        estate = make_estate(session, points=CRAMPED, hours=1)
        token = make_token(session, estate.community.id, Role.MANAGER)
    headers = {"Authorization": f"Bearer {token}"}
    asked = program.post(f"/api/v1/rounds/{estate.round.id}/plans", json={"seconds": 0.2}, headers=headers)
    make_worker().run_requests()

    done = program.get(asked.location, headers=headers).json
    refused = program.post(f"{asked.location}/publish", headers=headers)

    assert done["unplaced_heads"] == 120
    assert all("栋" in one["reason"] and one["heads"] for one in done["unplaced"])
    assert (refused.status_code, refused.json["code"], refused.json["heads"]) == (409, "plan.has_unplaced", 120)
    assert program.post(f"{asked.location}/publish", headers=headers, json={"accept_unplaced": True}).status_code == 200


def test_a_request_that_failed_says_so(program, estate):
    asked = program.post(f"/api/v1/rounds/{estate.round.id}/plans", json={"seconds": 0.2})
    with transaction() as session:
        session.get(Round, estate.key).state = RoundState.CLOSED
    make_worker().run_requests()

    answer = program.get(asked.location).json

    assert (answer["state"], answer["failure"]) == ("failed", "round.is_over")


@pytest.mark.parametrize(("body", "status"), [({"seconds": -1}, 422), ({"seconds": "soon"}, 422), ([], 400)])
def test_a_request_that_makes_no_sense_is_refused_with_problem_details(program, estate, body, status):
    answer = program.post(f"/api/v1/rounds/{estate.round.id}/plans", json=body)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_an_unknown_plan_is_a_404(program, estate):
    assert program.get(f"/api/v1/plans/{estate.round.id}").json["code"] == "plan.not_found"


def test_the_command_line_plans_and_publishes(app, estate, monkeypatch):
    from click.testing import CliRunner

    from scheduling.plan_commands import plan_round, publish_round

    monkeypatch.setattr("bulou.commands._open_application", app.app_context)
    runner = CliRunner()

    planned = runner.invoke(plan_round, [str(estate.round.id), "--seconds", "0.2", "--json"])
    published = runner.invoke(publish_round, [str(estate.round.id), "--json"])

    assert planned.exit_code == 0 and '"unplaced": 0' in planned.output
    assert published.exit_code == 0 and '"version": 1' in published.output
    with reading() as session:
        plan = session.exec(select(Plan)).one()
        rows = session.exec(select(Assignment)).all()
    assert plan.version == 1
    assert all(row.ends_at - row.starts_at == timedelta(minutes=30) for row in rows)


def test_the_command_line_refuses_an_unknown_round_in_one_sentence(app, estate, monkeypatch):
    from click.testing import CliRunner

    from scheduling.plan_commands import plan_round

    monkeypatch.setattr("bulou.commands._open_application", app.app_context)

    answer = CliRunner().invoke(plan_round, [str(estate.community.id), "--json"])
    unknown = CliRunner().invoke(plan_round, [str(estate.points[0].id)])

    assert answer.exit_code == 2
    assert unknown.exit_code == 1
