"""Recording scans against a database."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import col, select

from checkin.errors import NotOfHousehold, PointNotFound, PointNotYours, ScanIdReused
from checkin.models import Scan, Visitor
from checkin.rules import Outcome
from checkin.usecases import record_scan
from followup.queries.missing import list_missing
from registry.models import Community
from registry.rules import NeedKind
from scheduling.models import RosterEntry
from scheduling.rules import EntryCause, PlanState
from scheduling.usecases import cancel_round
from tests.checkin.factories import (
    make_entry,
    make_excuse,
    make_need,
    make_open_round,
    make_plan,
    make_ticket,
    registrar,
    scan_of,
)
from tests.factories import NOON, count_rows, make_campaign, make_household, make_point, make_resident, make_round

AT = NOON + timedelta(minutes=10)  # when factories scan
NOW = NOON + timedelta(hours=1)


def entry_of(session, resident):
    session.expire_all()
    statement = select(RosterEntry).where(col(RosterEntry.resident_id) == resident.id)
    return session.exec(statement).one_or_none()


def test_whoever_is_known_only_as_a_head_is_one_of_how_many_on_the_screen_and_among_the_missing(session):
    place = make_open_round(session, members=3)
    for resident in place.residents[:3]:
        resident.name = None

    scan = scan_of(place, make_ticket(session, place, place.residents[1]))
    answer = record_scan(session, scan, by=registrar(place), now=NOW)
    missing = [person for door in list_missing(session, place.round, now=NOW) for person in door.people]

    assert answer.resident.name == "Resident 2 of 3"
    assert (missing[0].number, missing[0].heads) == (1, 3)


def test_a_scan_at_the_right_point_counts(session):
    place = make_open_round(session)
    resident = place.residents[0]

    answer = record_scan(session, scan_of(place, make_ticket(session, place, resident)), by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.ACCEPTED
    assert (answer.resident.id, answer.resident.name, answer.resident.door) == (resident.id, "张*样", "3栋2单元501")
    assert answer.sampled_at == AT == entry_of(session, resident).sampled_at
    assert (answer.place.point, answer.place.from_at) == (place.point.id, NOON)


def test_a_scan_sent_twice_counts_once_and_gets_the_same_answer(session):
    place = make_open_round(session)
    scan = scan_of(place, make_ticket(session, place, place.residents[0]))

    first = record_scan(session, scan, by=registrar(place), now=NOW)
    again = record_scan(session, scan, by=registrar(place), now=NOW + timedelta(days=3))

    assert first == again
    assert count_rows(session, Scan) == 1


def test_other_content_under_the_same_id_is_refused_and_not_kept(session):
    place = make_open_round(session)
    first, second = (make_ticket(session, place, resident) for resident in place.residents)
    scan = scan_of(place, first)
    record_scan(session, scan, by=registrar(place), now=NOW)

    with pytest.raises(ScanIdReused):
        record_scan(session, scan_of(place, second, scan_id=str(scan.scan_id)), by=registrar(place), now=NOW)

    assert entry_of(session, place.residents[1]).sampled_at is None


def test_a_second_scan_is_answered_with_the_time_of_the_first(session):
    place = make_open_round(session)
    ticket = make_ticket(session, place, place.residents[0])
    record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)

    later = scan_of(place, ticket, scanned_at=(AT + timedelta(minutes=5)).isoformat())
    answer = record_scan(session, later, by=registrar(place), now=NOW)

    assert (answer.outcome, answer.sampled_at) == (Outcome.ALREADY_SAMPLED, AT)


def test_an_earlier_scan_that_arrives_later_is_the_winner(session):
    place = make_open_round(session)
    ticket = make_ticket(session, place, place.residents[0])
    record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)

    earlier = scan_of(place, ticket, scanned_at=(AT - timedelta(minutes=5)).isoformat())
    answer = record_scan(session, earlier, by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.ALREADY_SAMPLED
    assert entry_of(session, place.residents[0]).sampled_scan_id == earlier.scan_id


def test_the_clock_of_the_phone_is_set_right(session):
    place = make_open_round(session)
    ticket = make_ticket(session, place, place.residents[0])

    fast = scan_of(place, ticket, scanned_at=(AT + timedelta(days=1)).isoformat(), clock_offset_ms=86_400_000)
    answer = record_scan(session, fast, by=registrar(place), now=NOW)

    assert (answer.outcome, answer.sampled_at) == (Outcome.ACCEPTED, AT)


@pytest.mark.parametrize("is_first", [False, True])
def test_an_undo_takes_the_scan_back_though_it_may_arrive_first(session, is_first):
    place = make_open_round(session)
    scan = scan_of(place, make_ticket(session, place, place.residents[0]))
    undo = scan_of(place, kind="undo", undoes=str(scan.scan_id))

    answers = [
        record_scan(session, one, by=registrar(place), now=NOW) for one in ((undo, scan) if is_first else (scan, undo))
    ]

    assert answers[-1].outcome is Outcome.UNDONE
    assert entry_of(session, place.residents[0]).sampled_at is None
    assert record_scan(session, undo, by=registrar(place), now=NOW).outcome is Outcome.UNDONE


def test_somebody_who_is_not_on_the_roster_comes_onto_it_and_goes_with_the_undo(session):
    place = make_open_round(session)
    newcomer = make_resident(session, make_household(session, place.unit, "601"))
    scan = scan_of(place, make_ticket(session, place, newcomer))

    answer = record_scan(session, scan, by=registrar(place), now=NOW)
    added = entry_of(session, newcomer)
    record_scan(session, scan_of(place, kind="undo", undoes=str(scan.scan_id)), by=registrar(place), now=NOW)

    assert (answer.outcome, answer.place) == (Outcome.ACCEPTED, None)
    assert (added.cause, added.building_id, added.sampled_at) == (EntryCause.WALK_IN, place.building.id, AT)
    assert entry_of(session, newcomer) is None


def test_a_households_ticket_asks_who_is_there_and_names_those_still_due(session):
    place = make_open_round(session, members=4)
    household = make_ticket(session, place)
    sampled, excused, *due = place.residents
    record_scan(session, scan_of(place, household, resident=str(sampled.id)), by=registrar(place), now=NOW)
    make_excuse(session, excused)

    answer = record_scan(session, scan_of(place, household), by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.CHOOSE_MEMBER
    assert [member.id for member in answer.members] == [resident.id for resident in due]
    assert entry_of(session, sampled).sampled_at == AT


def test_a_members_fact_by_the_households_code_counts_and_keeps_its_group(session):
    place = make_open_round(session)
    group = str(uuid4())
    scan = scan_of(place, make_ticket(session, place), resident=str(place.residents[1].id), group_id=group)

    answer = record_scan(session, scan, by=registrar(place), now=NOW)

    assert (answer.outcome, answer.resident.id) == (Outcome.ACCEPTED, place.residents[1].id)
    assert str(session.get_one(Scan, (place.community_id, scan.scan_id)).group_id) == group


def test_a_stranger_is_no_member_of_a_household(session):
    place = make_open_round(session, households=2)
    stranger, ticket = place.residents[-1], make_ticket(session, place)

    for who in (stranger.id, uuid4()):
        with pytest.raises(NotOfHousehold):
            record_scan(session, scan_of(place, ticket, resident=str(who)), by=registrar(place), now=NOW)

    assert count_rows(session, Scan) == 0


def test_the_plan_in_force_when_the_scan_was_made_decides_not_the_one_of_now(session):
    place = make_open_round(session)
    place.plan.state = PlanState.REPLACED
    moved_at = AT + timedelta(minutes=5)
    where = {place.cohort.id: (place.other_point.id, NOON)}
    make_plan(session, place.round, where, version=2, published_at=moved_at)
    tickets = [make_ticket(session, place, resident) for resident in place.residents]

    before = record_scan(session, scan_of(place, tickets[0]), by=registrar(place), now=NOW)
    late = scan_of(place, tickets[1], scanned_at=moved_at.isoformat())
    after = record_scan(session, late, by=registrar(place), now=NOW)

    assert (before.outcome, after.outcome) == (Outcome.ACCEPTED, Outcome.WRONG_POINT)
    assert after.place.point == place.other_point.id


def test_who_had_arrived_is_right_there_in_the_new_version_too(session):
    place = make_open_round(session)
    make_plan(session, place.round, {place.cohort.id: (place.other_point.id, NOON)}, version=2, published_at=AT)
    ticket = make_ticket(session, place, place.residents[0])
    came = scan_of(place, ticket, kind="arrived", scanned_at=(AT - timedelta(minutes=5)).isoformat())

    record_scan(session, came, by=registrar(place), now=NOW)
    answer = record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.ACCEPTED


def test_arrivals_are_numbered_in_order_and_repeated_they_keep_their_number(session):
    place = make_open_round(session)
    tickets = [make_ticket(session, place, resident) for resident in place.residents]

    for ticket in (*tickets, tickets[0]):
        answer = record_scan(session, scan_of(place, ticket, kind="arrived"), by=registrar(place), now=NOW)
        assert answer.outcome is Outcome.ACCEPTED

    assert [entry_of(session, resident).arrived_number for resident in place.residents] == [1, 2]
    assert all(entry_of(session, resident).sampled_at is None for resident in place.residents)


def test_another_communitys_ticket_is_unknown_and_a_visitor(session):
    place = make_open_round(session)

    answer = record_scan(session, scan_of(place, code="ZZZZ" + "0" * 12), by=registrar(place), now=NOW)
    record_scan(session, scan_of(place, code="hello"), by=registrar(place), now=NOW)
    record_scan(session, scan_of(place, code=place.community_id + "0" * 12), by=registrar(place), now=NOW)

    assert (answer.outcome, answer.resident) == (Outcome.UNKNOWN_TICKET, None)
    assert [visitor.code for visitor in session.exec(select(Visitor))] == ["ZZZZ" + "0" * 12]


def test_a_ticket_of_another_campaign_is_revoked_here(session):
    place = make_open_round(session)
    campaign = make_campaign(session, session.get_one(Community, place.community_id))
    ticket = make_ticket(session, place, place.residents[0], campaign_id=campaign.id)

    answer = record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.REVOKED


def test_an_excuse_does_not_reach_back_to_scans_made_before_it_was_entered(session):
    place = make_open_round(session)
    make_excuse(session, place.residents[0], created_at=AT + timedelta(minutes=1))
    make_excuse(session, place.residents[1], created_at=AT)
    tickets = [make_ticket(session, place, resident) for resident in place.residents]

    answers = [record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW) for ticket in tickets]

    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED, Outcome.EXCUSED]


def test_who_must_stay_at_home_is_answered_in_neutral_words_with_a_number_to_call(session):
    place = make_open_round(session)
    make_need(session, place.residents[0], NeedKind.HOME_ISOLATION)

    answer = record_scan(
        session, scan_of(place, make_ticket(session, place, place.residents[0])), by=registrar(place), now=NOW
    )

    assert answer.outcome is Outcome.WRONG_POINT
    assert answer.message == "Please call the person in charge: 李样例 13800000000."


def test_a_reason_accepts_somebody_at_the_wrong_point_and_is_kept(session):
    place = make_open_round(session)
    ticket = make_ticket(session, place, place.residents[0])
    scan = scan_of(place, ticket, point=str(place.other_point.id), override="came with the family")

    answer = record_scan(session, scan, by=registrar(place), now=NOW)

    assert answer.outcome is Outcome.ACCEPTED
    assert session.get_one(Scan, (place.community_id, scan.scan_id)).override == "came with the family"


def test_what_was_decided_without_the_server_counts_and_what_speaks_against_it_is_kept(session):
    place = make_open_round(session, closed_at=AT)
    scan = scan_of(place, make_ticket(session, place, place.residents[0]), taken=True)

    answer = record_scan(session, scan, by=registrar(place), now=NOW)

    row = session.get_one(Scan, (place.community_id, scan.scan_id))
    assert (answer.outcome, row.counts, row.is_taken, row.against) == (Outcome.ACCEPTED, True, True, Outcome.CLOSED)


def test_a_cancelled_round_takes_no_scan_made_from_then_on(session):
    place = make_open_round(session)
    one, two = (make_ticket(session, place, resident) for resident in place.residents)
    cancel_round(session, (place.community_id, place.round.id), now=AT)

    before = record_scan(
        session, scan_of(place, one, scanned_at=(AT - timedelta(minutes=1)).isoformat()), by=registrar(place), now=NOW
    )
    after = record_scan(session, scan_of(place, two), by=registrar(place), now=NOW)

    assert (before.outcome, after.outcome) == (Outcome.ACCEPTED, Outcome.CLOSED)
    assert entry_of(session, place.residents[1]).sampled_at is None


def test_a_scan_belongs_to_the_round_its_point_is_of(session):
    place = make_open_round(session)
    second = make_round(session, place.campaign, opened_at=NOON)
    point = make_point(session, second)
    ticket = make_ticket(session, place, place.residents[0])

    first = record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)
    again = record_scan(session, scan_of(place, ticket, point=str(point.id)), by=registrar(place), now=NOW)

    assert (first.outcome, again.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)


def test_a_token_scans_only_at_its_own_point(session):
    place = make_open_round(session)
    ticket = make_ticket(session, place, place.residents[0])
    by = registrar(place, round_id=place.round.id, point_id=place.point.id)

    with pytest.raises(PointNotYours):
        record_scan(session, scan_of(place, ticket, point=str(place.other_point.id)), by=by, now=NOW)
    with pytest.raises(PointNotFound):
        record_scan(session, scan_of(place, ticket, point=str(uuid4())), by=by, now=NOW)

    assert record_scan(session, scan_of(place, ticket), by=by, now=NOW).outcome is Outcome.ACCEPTED


def test_a_scan_of_somebody_who_was_merged_counts_for_whom_they_turned_out_to_be(session):
    place = make_open_round(session)
    double, real = place.residents
    ticket = make_ticket(session, place, double)
    double.merged_into = real.id
    session.flush()

    answer = record_scan(session, scan_of(place, ticket), by=registrar(place), now=NOW)

    assert answer.resident.id == real.id
    assert entry_of(session, real).sampled_at == AT


def test_a_visitor_at_a_neighbours_door_is_listed_where_they_live(session):
    place = make_open_round(session)
    moved = make_resident(session, make_household(session, place.unit, "701"))
    make_entry(session, place, moved, household_id=place.households[0].id)  # listed at the old door

    answer = record_scan(
        session, scan_of(place, make_ticket(session, place), resident=str(moved.id)), by=registrar(place), now=NOW
    )

    assert (answer.outcome, answer.resident.door) == (Outcome.ACCEPTED, "3栋2单元701")
