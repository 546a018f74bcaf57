"""Excuses: one reason for many, proposals and their review, and sums that always add up."""

import random
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import col, select

from accounts.rules import Principal, Role
from bulou.database import reading, transaction
from bulou.forms import BadInput, check
from bulou.ids import new_id
from bulou.jobs import do_request, take_request
from bulou.models import JobRequest
from followup import jobs
from followup.forms import MOST_TOGETHER, ListForm, ManyExcusesForm, ReviewForm
from followup.queries.coverage import get_coverage
from followup.queries.excuses import PAGE, by_door, count_proposals, excuses_page
from followup.queries.report import day_report
from followup.sheets import coverage_line
from registry.errors import ExcuseReviewed, RejectedWithoutReason, ResidentNotFound
from registry.models import Excuse, Household
from registry.rules import ExcuseKind, ExcuseState
from registry.usecases import ExcuseGiven, excuse_residents, review_excuse, review_excuses, set_sampled_excuses
from registry.words import end_words
from tests.factories import NOON, make_community, make_resident
from tests.followup.factories import Place, make_excuse

HOUR = timedelta(hours=1)
GIVEN = ExcuseGiven(ExcuseKind.AWAY, NOON, NOON + 2 * HOUR, note="出差", proof="看过车票")


def missing_of(session, place, at=NOON):
    return get_coverage(session, place.round, now=at).total.missing


def page_at(session, place, at=NOON + 4 * HOUR, building_id=None, start=0):
    facts = {"building_id": building_id, "waiting_from": start, "in_force_from": 0}
    return excuses_page(session, place.community.id, **facts, at=at)


def test_one_reason_excuses_many_once_and_ends_by_itself(session):
    place = Place(session, people=4)
    people = [person.id for person in place.people[:3]]

    for _again in range(2):
        assert excuse_residents(session, place.community.id, people, GIVEN, by=None, now=NOON) == 3

    rows = session.exec(select(Excuse).where(Excuse.community_id == place.community.id)).all()
    assert [row.proof for row in rows] == ["看过车票"] * 3
    assert [missing_of(session, place, NOON + hours * HOUR) for hours in (1, 2)] == [1, 4]
    assert page_at(session, place, NOON + 2 * HOUR).over.total == 3


def test_of_many_with_a_stranger_nobody_is_excused(session):
    place, stranger = Place(session, people=2), Place(session, people=1).people[0]

    with pytest.raises(ResidentNotFound), session.begin_nested():
        excuse_residents(session, place.community.id, [place.people[0].id, stranger.id], GIVEN, by=None, now=NOON)

    assert missing_of(session, place) == 2


def test_many_proposals_are_reviewed_at_once_and_what_was_decided_stays(session):
    place = Place(session, people=3)
    rows = [make_excuse(session, person, state=ExcuseState.PROPOSED) for person in place.people]
    ids, here = [row.id for row in rows], {"by": None, "now": NOON}
    review_excuse(session, (place.community.id, ids[0]), is_accepted=False, answer="在家见到本人", **here)

    reviewed = review_excuses(session, place.community.id, ids, is_accepted=True, **here)

    assert (reviewed.decided, reviewed.too_late) == (2, 1)
    assert rows[0].answer == "在家见到本人"
    assert missing_of(session, place) == 1


def test_a_rejection_says_why_and_a_decision_is_not_turned_round(session):
    place = Place(session, people=1)
    row = make_excuse(session, place.people[0], state=ExcuseState.PROPOSED)
    key, here = (row.community_id, row.id), {"by": None, "now": NOON}

    with pytest.raises(RejectedWithoutReason):
        review_excuse(session, key, is_accepted=False, **here)
    review_excuse(session, key, is_accepted=False, answer="没有证明", **here)
    review_excuse(session, key, is_accepted=False, answer="没有证明", **here)
    with pytest.raises(ExcuseReviewed):
        review_excuse(session, key, is_accepted=True, **here)


def test_the_queue_begins_with_the_door_that_waits_longest(session):
    place = Place(session, people=2)
    second = make_resident(session, session.get_one(Household, (place.community.id, place.people[1].household_id)))
    for person, hours in ((place.people[1], 1), (place.people[0], 2), (second, 3)):
        make_excuse(session, person, state=ExcuseState.PROPOSED, created_at=NOON + hours * HOUR)

    doors = by_door(page_at(session, place).waiting.lines)

    assert [[line.resident_id for line in door.lines] for door in doors] == [
        [place.people[1].id, second.id],
        [place.people[0].id],
    ]


def test_a_long_queue_is_counted_whole_and_shown_by_pages(session):
    place = Place(session, people=3)
    for second in range(PAGE + 2):
        make_excuse(session, place.people[0], state=ExcuseState.PROPOSED, created_at=NOON + timedelta(seconds=second))

    first, beyond = page_at(session, place), page_at(session, place, start=9 * PAGE)
    elsewhere = page_at(session, place, building_id=uuid4())

    assert count_proposals(session, place.community.id) == first.count == first.waiting.total == PAGE + 2
    assert (len(first.waiting.lines), first.waiting.later, len(beyond.waiting.lines)) == (PAGE, PAGE, 2)
    assert (elsewhere.count, elsewhere.waiting.total) == (PAGE + 2, 0)


def test_the_forms_line_counts_chosen_excuses_as_sampled_and_says_so(session):
    place = Place(session, people=4)
    place.sample(0)
    make_excuse(session, place.people[1], kind=ExcuseKind.SAMPLED_ELSEWHERE)
    make_excuse(session, place.people[2], kind=ExcuseKind.AWAY)

    plain = coverage_line(day_report(session, place.round, viewer="", now=NOON))
    set_sampled_excuses(session, place.community.id, [ExcuseKind.SAMPLED_ELSEWHERE], by=None, now=NOON)
    counted = coverage_line(day_report(session, place.round, viewer="", now=NOON))

    assert "2 expected, 1 sampled, 1 missing" in plain
    assert "3 expected, 2 sampled, 1 missing" in counted
    assert "sampled includes 1 excused" in counted


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("seed", range(12))
def test_the_sums_always_add_up(session, seed):
    """Whatever is proposed, accepted, over, withdrawn, sampled, or counted on the form."""
    chance = random.Random(seed)
    place = Place(session, people=chance.randrange(1, 9))
    set_sampled_excuses(session, place.community.id, chance.sample(list(ExcuseKind), k=3), by=None, now=NOON)
    for number, person in enumerate(place.people):
        for _each in range(chance.randrange(3)):
            make_excuse(session, person, **_any_excuse(chance))
        if chance.random() < 0.4:
            place.sample(number, NOON + chance.randrange(4) * HOUR)

    for at in (NOON + hours * HOUR for hours in range(5)):
        ledger = get_coverage(session, place.round, now=at, as_of=at)
        for count in [row.count for row in ledger.buildings] + [ledger.total]:
            assert count.roster == count.sampled + count.excused + count.missing == len(place.people)
            assert count.expected == count.sampled + count.missing and count.missing >= 0
            assert count.form_expected == count.form_sampled + count.missing
            assert 0 <= count.as_sampled <= count.excused
        assert sum(ledger.excused_by_reason.values()) == ledger.total.excused


def _any_excuse(chance):
    from_at = NOON + chance.randrange(-2, 4) * HOUR
    return {
        "kind": chance.choice(list(ExcuseKind)),
        "state": chance.choice(list(ExcuseState)),
        "from_at": from_at,
        "until_at": chance.choice([None, from_at + chance.randrange(1, 5) * HOUR]),
        "created_at": NOON + chance.randrange(-2, 3) * HOUR,
        "withdrawn_at": chance.choice([None, None, NOON + chance.randrange(4) * HOUR]),
    }


def test_an_excuse_says_when_it_ends(app):
    hours = (-1, 3, 5 * 24 + 10, 400 * 24)

    with app.test_request_context(headers={"Accept-Language": "en"}):
        said = [end_words(NOON + each * HOUR, now=NOON, zone="Asia/Shanghai") for each in hours]
        open_end = end_words(None, now=NOON, zone="Asia/Shanghai")

    assert said == [
        "over since 2022-04-03 07:00",
        "ends today at 11:00",
        "ends Fri 8 Apr at 18:00",
        "ends 2023-05-08 08:00",
    ]
    assert open_end == "until it is withdrawn"


# Pages.


@pytest.fixture
def open_place(app, clock):
    with transaction() as session:
        place = Place(session, people=3)
        place.proposals = [make_excuse(session, person, state=ExcuseState.PROPOSED) for person in place.people]
    return place


def csrf(client, url):
    return re.search(r'csrf_token" value="([^"]+)', client.get(url).text)[1]


def states_of(place):
    with reading() as session:
        rows = session.exec(
            select(Excuse).where(Excuse.community_id == place.community.id).order_by(col(Excuse.resident_id))
        )
        return [row.state.value for row in rows]


def test_a_manager_reviews_one_then_those_ticked(open_place, signed_in):
    manager = signed_in(Role.MANAGER, open_place.community.id)
    ids = [str(row.id) for row in open_place.proposals]
    token = csrf(manager, "/excuses")

    def review(**facts):
        return manager.post("/excuses/review", data={"csrf_token": token, **facts}, follow_redirects=True).text

    assert "Nobody is ticked" in review(accept="1")
    assert "Say in a few words" in review(accept="0", excuse=ids[0])
    assert "Rejected: they stay" in review(accept="0", excuse=ids[0], answer="在家")
    assert "2 accepted" in review(accept="1", excuse=ids[1:])
    assert states_of(open_place) == ["rejected", "accepted", "accepted"]


def test_those_ticked_on_the_list_of_the_missing_are_excused_together(open_place, signed_in):
    manager = signed_in(Role.MANAGER, open_place.community.id)
    people = [str(person.id) for person in open_place.people]
    facts = {"round": open_place.round.id, "building": open_place.building.id}
    facts["csrf_token"] = csrf(manager, f"/rounds/{open_place.round.id}/missing?building={open_place.building.id}")

    asked = manager.post("/excuses/choose", data={**facts, "resident": people[:2]}).text
    wrong = manager.post(
        "/excuses/new", data={**facts, "resident": people[:2], "kind": "away", "until_at": "2001-01-01T08:00"}
    )
    done = manager.post("/excuses/new", data={**facts, "resident": people[:2], "kind": "away"}, follow_redirects=True)

    assert asked.count("checked") == 2
    assert wrong.status_code == 422 and wrong.text.count("checked") == 2
    assert "2 people are excused" in done.text


def test_many_are_excused_and_reviewed_by_the_worker_in_parts(open_place, signed_in, monkeypatch, clock):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(jobs, "PART", 2)
    manager = signed_in(Role.MANAGER, open_place.community.id)
    token, people = csrf(manager, "/excuses"), [str(person.id) for person in open_place.people]
    ids = [str(row.id) for row in open_place.proposals]

    asked = manager.post("/excuses/new", data={"csrf_token": token, "kind": "away", "resident": people})
    again = manager.post("/excuses/new", data={"csrf_token": token, "kind": "away", "resident": people})
    reviewed = manager.post("/excuses/review", data={"csrf_token": token, "accept": "1", "excuse": ids})
    assert "Waiting for its turn" in manager.get(asked.location).text
    for _each in range(3):
        work(clock.now())

    assert "The excuses of 3 people are written" in manager.get(asked.location, follow_redirects=True).text
    assert manager.get(again.location).status_code == manager.get(reviewed.location).status_code == 302
    assert sorted(states_of(open_place)) == ["accepted"] * 6
    with reading() as session:
        assert all(set(row.facts) == {"heads", "back"} for row in session.exec(select(JobRequest)))
    stranger = signed_in(Role.MANAGER, made_community())
    assert stranger.get(asked.location).status_code == 404


def work(now):
    works = {each.kind: each for each in jobs.WORKS}
    request = take_request(works, now=now)
    do_request(works[request.kind], request)


def made_community():
    with transaction() as session:
        return make_community(session).id


def test_a_part_taken_up_again_excuses_nobody_twice(app, clock):
    with transaction() as session:
        place = Place(session, people=4)
    people, by = sorted(person.id for person in place.people), Principal(place.community.id, ())

    jobs.excuse_all(people[:3], GIVEN, by, jobs.be_silent)  # the worker died here
    jobs.excuse_all(people, GIVEN, by, jobs.be_silent)

    assert states_of(place) == ["accepted"] * 4


def test_another_communitys_door_proposal_and_people_are_not_found(open_place, signed_in):
    with transaction() as session:
        stranger = make_community(session).id
    manager = signed_in(Role.MANAGER, stranger)
    token = csrf(manager, "/account")
    home, proposal = open_place.people[0].household_id, open_place.proposals[0].id

    answers = [
        manager.get(f"/excuses/new?household={home}"),
        manager.post("/excuses/review", data={"csrf_token": token, "accept": "1", "excuse": str(proposal)}),
        manager.post(f"/excuses/{proposal}/withdraw", data={"csrf_token": token}),
        manager.post(
            "/excuses/new", data={"csrf_token": token, "kind": "away", "resident": str(open_place.people[0].id)}
        ),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert states_of(open_place) == ["proposed"] * 3


def test_more_people_than_one_form_may_hold_are_refused_in_a_sentence():
    ids = [str(new_id()) for _each in range(MOST_TOGETHER + 1)]

    for form, field in ((ManyExcusesForm, "resident"), (ListForm, "resident"), (ReviewForm, "excuse")):
        with pytest.raises(BadInput):
            check(form, {field: ids, "kind": "away", "accept": True})
        check(form, {field: ids[1:], "kind": "away", "accept": True})
