"""The next round as a copy of the last one; a round that is called off."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from accounts.rules import Role
from bulou.database import reading, transaction
from scheduling.models import BuildingRule, Point, PointLanes, Round
from scheduling.queries.setup import list_points, list_sampling_sessions
from scheduling.rules import RoundState
from scheduling.rules.entries import RuleEntry
from scheduling.usecases import copy_round, set_building_rules
from tests.accounts.pages import submit
from tests.factories import (
    NOON,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_point,
    make_round,
    make_sampling_session,
)


def make_last(session):
    """A closed round with a point that is shut on its second day, and a building that may go nowhere else."""
    community = make_community(session)
    round_ = make_round(session, make_campaign(session, community), number=1, slot_minutes=20, bring="口罩")
    make_sampling_session(session, round_)
    second = make_sampling_session(
        session, round_, starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=1, hours=2), is_makeup=True
    )
    point = make_point(session, round_, lanes=3, contact_name="李样例", x=1.0, y=2.0)
    session.add(PointLanes(community_id=community.id, point_id=point.id, session_id=second.id, lanes=0))
    building = make_building(session, make_compound(session, community))
    key = (community.id, round_.id)
    set_building_rules(session, key, [building.id], RuleEntry("strict", 1, 2, (point.id,)), by=None, now=NOON)
    round_.state = RoundState.CLOSED
    session.add(round_)
    session.flush()
    return key


def test_a_copy_has_the_hours_lanes_and_special_buildings_of_the_last_on_other_days(session):
    key = make_last(session)

    made = copy_round(session, key, date(2022, 4, 10), by=None, now=NOON)

    copy = (made.community_id, made.id)
    hours = list_sampling_sessions(session, copy)
    (point,) = list_points(session, copy)
    rule = session.exec(select(BuildingRule).where(BuildingRule.round_id == made.id)).one()
    lanes = session.exec(select(PointLanes).where(PointLanes.point_id == point.id)).one()
    assert [row.starts_at - NOON for row in hours] == [timedelta(days=7), timedelta(days=8)]
    assert [row.is_makeup for row in hours] == [False, True]
    assert (made.number, made.slot_minutes, made.bring, made.state) == (2, 20, "口罩", RoundState.DRAFT)
    assert made.name == "第二轮"
    assert (point.lanes, point.contact_name, point.x) == (3, "李样例", 1.0)
    assert (lanes.session_id, lanes.lanes) == (hours[1].id, 0)
    assert (rule.tier, rule.first_slot, rule.last_slot, rule.point_ids) == ("strict", 1, 2, [str(point.id)])


@pytest.fixture
def last(app):
    with transaction() as session:
        return make_last(session)


def test_the_copy_is_made_on_the_page_that_asks_for_the_day(app, signed_in, last):
    manager, page = signed_in(Role.MANAGER, last[0]), f"/rounds/{last[1]}/copy"

    wrong = submit(manager, page, first_day="2022-13-01")
    made = submit(manager, page, first_day="2030-01-05")

    assert wrong.status_code == 422 and "is not a date" in wrong.text
    assert made.status_code == 302
    with reading() as session:
        assert len(session.exec(select(Round)).all()) == 2


@pytest.mark.parametrize(("version", "is_public"), [(0, False), (1, True)])
def test_only_of_a_published_round_residents_are_told_that_it_is_cancelled(app, signed_in, last, version, is_public):
    with transaction() as session:
        session.add(session.get_one(Round, last).sqlmodel_update({"state": RoundState.DRAFT, "version": version}))

    page = signed_in(Role.MANAGER, last[0]).get(f"/rounds/{last[1]}/cancel").text

    assert ("the public pages say so" in page, "Residents then see" in page) == (is_public, is_public)
    assert ("was never published" in page) is not is_public
    assert ('name="because"' in page) is is_public


def test_a_draft_is_cancelled_without_a_reason_and_nothing_is_said_of_public_pages(app, signed_in, last):
    with transaction() as session:
        session.add(session.get_one(Round, last).sqlmodel_update({"state": RoundState.DRAFT, "version": 0}))
    manager, page = signed_in(Role.MANAGER, last[0]), f"/rounds/{last[1]}/cancel"

    unsure, done = submit(manager, page), submit(manager, page, sure="1")

    assert (unsure.status_code, done.status_code) == (422, 302)
    told = manager.get(done.location).text
    assert "The round is cancelled." in told and "public pages say so" not in told


def test_a_cancelled_round_says_why_to_residents(app, signed_in, client, last):
    with transaction() as session:
        round_ = session.get_one(Round, last)
        round_.state, round_.version = RoundState.PUBLISHED, 1
        session.add(round_)
        code = round_.code
    manager, page = signed_in(Role.MANAGER, last[0]), f"/rounds/{last[1]}/cancel"

    without_reason = submit(manager, page, sure="1")
    unsure = submit(manager, page, because="Heavy rain")
    still_there = client.get(f"/r/{code}?lang=en").text
    done = submit(manager, page, because="Heavy rain", sure="1")

    assert (without_reason.status_code, unsure.status_code, done.status_code) == (422, 422, 302)
    assert "cancelled" not in still_there
    assert "This round is cancelled" in client.get(f"/r/{code}?lang=en").text
    assert "Heavy rain" in client.get(f"/r/{code}?lang=en").text
    assert "Heavy rain" in manager.get(f"/rounds/{last[1]}").text


def test_a_round_of_another_community_cannot_be_copied_or_cancelled(app, signed_in, last):
    with transaction() as session:
        elsewhere = make_community(session).id
    stranger = signed_in(Role.MANAGER, elsewhere)

    for page in ("copy", "cancel"):
        assert stranger.get(f"/rounds/{last[1]}/{page}").status_code == 404
        answer = submit(
            stranger, "/account", f"/rounds/{last[1]}/{page}", first_day="2030-01-05", because="x", sure="1"
        )
        assert answer.status_code == 404
    with reading() as session:
        assert len(session.exec(select(Point)).all()) == 1
