"""Setting up a round: hours, points, special buildings, and what a change does to plans."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from scheduling.errors import (
    BreakOutside,
    BuildingNotFound,
    NameTaken,
    PlanWouldBreak,
    PointIsInPlan,
    PointNotFound,
    PositionIncomplete,
    RoundIsOver,
    RoundNotFound,
    SessionsBeginTogether,
    SessionsOverlap,
    SessionTooLong,
    SessionTooShort,
    SlotLengthIsPublished,
    TooManySlots,
    WindowEmpty,
)
from scheduling.models import BuildingRule, Campaign, Plan, Point, PointLanes, Round
from scheduling.queries.setup import count_heads, hours_of, list_points, list_sampling_sessions
from scheduling.rules import RoundState
from scheduling.rules.enough import LongerHours, MoreLanes, lanes_to_begin_with, ways_to_enough
from scheduling.rules.entries import PointEntry, RoundEntry, RuleEntry
from scheduling.rules.grid import moved_window
from scheduling.rules.hours import Hours, PointFacts
from scheduling.rules.wishes import Wish, planner_weights
from scheduling.usecases import (
    RoundSetup,
    add_point,
    add_session,
    change_point,
    change_round,
    change_session,
    copy_point,
    create_round,
    remove_point,
    remove_session,
    set_building_rules,
    start_round,
)
from scheduling.usecases.points import entry_of
from tests.factories import (
    NOON,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_household,
    make_point,
    make_resident,
    make_round,
    make_unit,
)
from tests.scheduling.factories import make_assignment, make_cohort, make_open_hours, make_plan, make_published_round

BY = {"by": None, "now": NOON}


def key_of(round_):
    return round_.community_id, round_.id


def hours(first, last, breaks=(), **facts):
    """Hours counted from eight in the morning."""

    def at(after):
        return NOON + timedelta(hours=after)

    return Hours(at(first), at(last), tuple((at(a), at(b)) for a, b in breaks), **facts)


def make_draft(session, round_):
    return make_plan(session, round_)


def is_stale(session, plan):
    return session.exec(select(Plan.is_stale).where(Plan.id == plan.id)).one()


# What is enough.


def test_one_lane_more_or_some_time_longer_is_said_to_be_enough():
    points = {"north": PointFacts((1,)), "south": PointFacts((2,))}

    ways = ways_to_enough(900, [hours(0, 4)], 30, points)

    # 34 a lane and slot, 3 lanes and 8 slots take 816: one lane is 272 more, a slot 102.
    assert ways == (MoreLanes("north", 1), LongerHours(30))


def test_where_it_is_enough_nothing_is_suggested():
    assert ways_to_enough(816, [hours(0, 4)], 30, {"north": PointFacts((3,))}) == ()


def test_a_closed_lane_is_not_opened_by_a_suggestion():
    assert ways_to_enough(10**6, [hours(0, 4)], 30, {"north": PointFacts((0,))}) == ()


def test_the_first_point_has_as_many_lanes_as_everybody_needs():
    assert lanes_to_begin_with(0, [hours(0, 4)], 30) == 1
    assert lanes_to_begin_with(800, [hours(0, 4)], 30) == 3


def test_a_wish_moves_its_own_weight_alone():
    plain, walks = planner_weights({}, 100), planner_weights({Wish.WALK: 4.0}, 100)

    assert walks == plain | {"walk": 4 * plain["walk"]}
    assert plain["finish"] == 100


def test_a_window_means_the_same_time_after_the_hours_changed():
    old = [NOON + timedelta(minutes=30 * n) for n in range(8)]
    earlier = [NOON + timedelta(minutes=30 * n) for n in range(-2, 8)]

    assert moved_window((2, 5), old, earlier) == (4, 7)
    assert moved_window((2, None), old, old[3:]) == (0, None)
    assert moved_window((0, 1), old, old[4:]) == (0, None)


# A round from three inputs.


def test_three_inputs_make_a_round_in_which_everybody_has_room(session):
    community = make_community(session)
    building = make_building(session, make_compound(session, community), x=10.0, y=20.0)
    household = make_household(session, make_unit(session, building))
    for _n in range(700):
        make_resident(session, household)

    round_ = start_round(session, community.id, "春季演练", 30, date(2022, 4, 5), **BY)

    (row,) = list_sampling_sessions(session, key_of(round_))
    (point,) = list_points(session, key_of(round_))
    assert hours_of(row).breaks and (round_.number, round_.state) == (1, RoundState.DRAFT)
    assert (point.lanes, point.x, point.y) == (2, 10.0, 20.0)  # 18 slots of 34 a lane are 612
    assert count_heads(session, round_) == 700


def test_the_next_round_of_a_campaign_is_like_the_one_before_on_its_own_day(session):
    community = make_community(session)
    first = start_round(session, community.id, "春季演练", 30, date(2022, 4, 5), **BY)
    point = list_points(session, key_of(first))[0]
    add_session(session, key_of(first), hours(60, 64), **BY)
    rows = list_sampling_sessions(session, key_of(first))
    entry = replace(entry_of(session, key_of(first), point), lanes_by_session={rows[1].id: 0}, contact_name="王样例")
    change_point(session, key_of(first), point.id, entry, **BY)

    second = start_round(session, community.id, "春季演练", 30, date(2022, 4, 8), **BY)

    moved = list_sampling_sessions(session, key_of(second))
    (copy,) = list_points(session, key_of(second))
    assert second.number == 2 and session.exec(select(Campaign)).all() != []
    assert [row.starts_at for row in moved] == [row.starts_at + timedelta(days=3) for row in rows]
    assert (copy.contact_name, copy.code != point.code) == ("王样例", True)
    assert entry_of(session, key_of(second), copy).lanes_by_session == {moved[1].id: 0}


# Hours.


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (hours(3, 5), SessionsOverlap),
        (hours(0, 1), SessionsBeginTogether),
        (hours(6, 6), SessionTooLong),
        (hours(6, 5), SessionTooLong),
        (hours(6, 31), SessionTooLong),
        (hours(6, 6.25), SessionTooShort),
        (hours(6, 8, breaks=((5, 7),)), BreakOutside),
        (hours(6, 8, breaks=((7, 7),)), BreakOutside),
    ],
)
def test_hours_that_cannot_be_are_refused(session, wrong, refusal):
    round_ = make_open_hours(session)

    with pytest.raises(refusal):
        add_session(session, key_of(round_), wrong, **BY)


def test_too_many_slots_are_refused(session):
    round_ = make_open_hours(session, slot_minutes=5)
    for day in range(1, 7):
        add_session(session, key_of(round_), hours(24 * day, 24 * day + 24), **BY)

    with pytest.raises(TooManySlots):
        add_session(session, key_of(round_), hours(24 * 7, 24 * 8), **BY)


def test_a_change_of_hours_marks_drafts_stale_and_moves_windows_along(session):
    round_ = make_open_hours(session)
    draft = make_draft(session, round_)
    building = make_building(session, make_compound(session, community_of(session, round_)))
    set_building_rules(session, key_of(round_), [building.id], RuleEntry(first_slot=2, last_slot=3), **BY)

    add_session(session, key_of(round_), hours(-1, 0), **BY)

    rule = session.exec(select(BuildingRule)).one()
    assert (rule.first_slot, rule.last_slot) == (4, 5)
    assert is_stale(session, draft)


def test_hours_into_which_residents_are_called_cannot_be_cut_away(session):
    round_, *_ = make_published_round(session)
    (row,) = list_sampling_sessions(session, key_of(round_))

    with pytest.raises(PlanWouldBreak) as cut:
        change_session(session, key_of(round_), row.id, hours(1, 4), **BY)
    with pytest.raises(PlanWouldBreak):
        remove_session(session, key_of(round_), row.id, **BY)

    assert cut.value.facts == {"heads": 60}


def test_a_published_round_may_stay_open_longer_and_have_a_make_up_session(session):
    round_, *_ = make_published_round(session)
    (row,) = list_sampling_sessions(session, key_of(round_))

    change_session(session, key_of(round_), row.id, hours(0, 5), **BY)
    add_session(session, key_of(round_), hours(10, 11, is_makeup=True), **BY)

    assert len(list_sampling_sessions(session, key_of(round_))) == 2


# Points.


def test_lanes_of_a_session_are_kept_only_where_they_differ(session):
    round_ = make_open_hours(session)
    (row,) = list_sampling_sessions(session, key_of(round_))

    point = add_point(session, key_of(round_), PointEntry("北门", lanes=3, lanes_by_session={row.id: 1}), **BY)
    assert [kept.lanes for kept in session.exec(select(PointLanes))] == [1]

    change_point(session, key_of(round_), point.id, PointEntry("北门", lanes=3, lanes_by_session={row.id: 3}), **BY)
    assert session.exec(select(PointLanes)).all() == []


def test_a_new_address_leaves_drafts_alone_and_a_lane_more_does_not(session):
    round_ = make_open_hours(session)
    point = add_point(session, key_of(round_), PointEntry("北门"), **BY)
    draft = make_draft(session, round_)

    assert not change_point(session, key_of(round_), point.id, PointEntry("北门", address="球场"), **BY)
    assert not is_stale(session, draft)
    assert change_point(session, key_of(round_), point.id, PointEntry("北门", lanes=2), **BY)
    assert is_stale(session, draft)


def test_two_points_of_one_name_are_refused(session):
    round_ = make_open_hours(session)
    add_point(session, key_of(round_), PointEntry("北门"), **BY)

    with pytest.raises(NameTaken) as refusal:
        add_point(session, key_of(round_), PointEntry("北门"), **BY)

    assert "北门" in refusal.value.sentence


def test_half_a_position_is_refused(session):
    round_ = make_open_hours(session)

    with pytest.raises(PositionIncomplete):
        add_point(session, key_of(round_), PointEntry("北门", x=3.0), **BY)


def test_a_copy_has_a_name_and_a_poster_of_its_own(session):
    round_ = make_open_hours(session)
    point = add_point(session, key_of(round_), PointEntry("北门", lanes=4, contact_name="王样例"), **BY)

    copies = [copy_point(session, key_of(round_), point.id, **BY) for _n in range(2)]

    assert [copy.name for copy in copies] == ["北门 2", "北门 3"]
    assert {copy.lanes for copy in copies} == {4}
    assert len({point.code, *(copy.code for copy in copies)}) == 3


def test_removing_a_point_takes_the_drafts_that_use_it_and_frees_its_buildings(session):
    round_ = make_open_hours(session)
    unit = make_unit(session, make_building(session, make_compound(session, community_of(session, round_))))
    point = make_point(session, round_)
    set_building_rules(session, key_of(round_), [unit.building_id], RuleEntry(point_ids=(point.id,)), **BY)
    make_assignment(session, make_draft(session, round_), make_cohort(session, round_, unit), point)

    remove_point(session, key_of(round_), point.id, **BY)

    assert session.exec(select(Plan)).all() == session.exec(select(Point)).all() == []
    assert session.exec(select(BuildingRule)).one().point_ids is None


def test_a_point_that_residents_were_told_of_stays(session):
    round_, point, *_ = make_published_round(session)

    with pytest.raises(PointIsInPlan):
        remove_point(session, key_of(round_), point.id, **BY)


# Special buildings, the round itself, other communities.


def test_a_building_with_nothing_special_has_no_rule(session):
    round_ = make_open_hours(session)
    building = make_building(session, make_compound(session, community_of(session, round_)))

    set_building_rules(session, key_of(round_), [building.id], RuleEntry(tier="strict"), **BY)
    assert session.exec(select(BuildingRule)).one().tier == "strict"

    set_building_rules(session, key_of(round_), [building.id], RuleEntry(), **BY)
    assert session.exec(select(BuildingRule)).all() == []


def test_a_window_that_ends_before_it_begins_is_refused(session):
    round_ = make_open_hours(session)
    building = make_building(session, make_compound(session, community_of(session, round_)))

    with pytest.raises(WindowEmpty):
        set_building_rules(session, key_of(round_), [building.id], RuleEntry(first_slot=3, last_slot=2), **BY)


def test_the_length_of_a_slot_is_fixed_once_residents_know_their_times(session):
    round_, *_ = make_published_round(session)

    change_round(session, key_of(round_), RoundEntry("新名", 30, bring="身份证"), **BY)
    with pytest.raises(SlotLengthIsPublished):
        change_round(session, key_of(round_), RoundEntry("新名", 15), **BY)

    assert (round_.name, round_.bring, round_.changed_at) == ("新名", "身份证", NOON)


@pytest.mark.parametrize("state", [RoundState.CLOSED, RoundState.ARCHIVED, RoundState.CANCELLED])
def test_a_round_that_is_over_never_changes(session, state):
    round_ = make_open_hours(session, state=state)

    with pytest.raises(RoundIsOver):
        add_point(session, key_of(round_), PointEntry("北门"), **BY)


def test_another_communitys_round_point_and_building_are_not_there(session):
    mine, theirs = make_open_hours(session), make_open_hours(session)
    point = make_point(session, theirs)
    building = make_building(session, make_compound(session, community_of(session, theirs)))

    with pytest.raises(RoundNotFound):
        add_point(session, (mine.community_id, theirs.id), PointEntry("北门"), **BY)
    with pytest.raises(PointNotFound):
        change_point(session, key_of(mine), point.id, PointEntry("北门"), **BY)
    with pytest.raises(BuildingNotFound):
        set_building_rules(session, key_of(mine), [building.id], RuleEntry(tier="strict"), **BY)


def test_a_whole_round_is_made_at_once_or_not_at_all(session):
    community = make_community(session)
    points = (PointEntry("北门", lanes=2), PointEntry("北门"))
    setup = RoundSetup("演练", RoundEntry("第一轮", 30), (hours(0, 4),), points)

    with pytest.raises(NameTaken):
        create_round(session, community.id, setup, **BY)
    session.rollback()

    assert session.exec(select(Round)).all() == []


def community_of(session, round_):
    from registry.models import Community

    return session.get_one(Community, round_.community_id)


def test_rounds_of_a_campaign_are_numbered(session):
    community = make_community(session)
    make_round(session, make_campaign(session, community, "别的"), number=7)

    numbers = [start_round(session, community.id, "演练", 30, date(2022, 4, 5), **BY).number for _n in range(2)]

    assert numbers == [1, 2]
