"""Phones of several servers that meet at the same rows of PostgreSQL. On SQLite there is one writer."""

import threading
import time
from contextlib import suppress

import pytest
from sqlmodel import select

from app import connect
from bulou.database import transaction
from bulou.together import Together
from checkin.models import Scan
from checkin.rules import Outcome
from checkin.usecases import Sent, evidence, record_scans, standing
from registry.usecases import merge_residents
from scheduling.models import RosterEntry
from tests.checkin.factories import OPENED, make_open_round, make_ticket, registrar, scan_of
from tests.factories import NOON

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def place(database):
    with transaction() as session:
        place = make_open_round(session, households=2, members=2, roster_taken_at=OPENED)
        place.tickets = [make_ticket(session, place, resident) for resident in place.residents]
    return place


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_one_person_who_is_held_holds_up_nobody_else(place):
    together = Together(lambda session, sent: record_scans(session, sent, now=NOON))
    held, done = threading.Event(), {}

    def hold():
        with transaction() as session:
            key = evidence.EntryKey(place.community_id, place.round.id, place.residents[0].id)
            evidence.lock_entry(session.connection(), key)
            held.set()
            time.sleep(2)

    def scan(number):
        held.wait(10)
        answer = together.write(Sent(scan_of(place, place.tickets[number]), registrar(place)))
        done[number] = answer.outcome, time.monotonic()

    at_once(hold, lambda: scan(0), lambda: scan(2))

    assert {outcome for outcome, _at in done.values()} == {Outcome.ACCEPTED}
    assert done[2][1] < done[0][1] - 0.5  # the other person did not wait for the one who was held


def test_two_servers_that_number_arrivals_at_the_same_points_do_not_wait_in_a_circle(place, monkeypatch):
    points = [place.point, place.other_point]
    both = threading.Barrier(2)
    give = standing.Numbers.next

    def give_slowly(numbers, point_id):
        number = give(numbers, point_id)
        with suppress(threading.BrokenBarrierError):  # the other one waits for this one's points, as it should
            both.wait(0.3)
        return number

    monkeypatch.setattr(standing.Numbers, "next", give_slowly)
    outcomes = []

    def record(tickets, points):
        sent = [
            Sent(scan_of(place, ticket, kind="arrived", override="came", point=str(point.id)), registrar(place))
            for ticket, point in zip(tickets, points, strict=True)
        ]
        with transaction() as session:
            outcomes.extend(answer.outcome for answer in record_scans(session, sent, now=NOON))

    at_once(lambda: record(place.tickets[:2], points), lambda: record(place.tickets[2:], points[::-1]))

    assert outcomes == [Outcome.ACCEPTED] * 4


def test_a_scan_that_meets_a_merge_counts_for_the_one_they_are(place, clock, monkeypatch):
    connect()
    kept, gone = sorted(place.residents[:2], key=lambda resident: resident.id)
    ticket = next(one for one in place.tickets if one.resident_id == gone.id)
    was_read, is_merged = threading.Event(), threading.Event()
    lock = evidence.lock_entries

    def lock_after_the_merge(*given):
        if not was_read.is_set() and threading.current_thread() is not threading.main_thread():
            was_read.set()
            is_merged.wait(10)
        return lock(*given)

    monkeypatch.setattr(evidence, "lock_entries", lock_after_the_merge)

    def scan():
        with transaction() as session:
            record_scans(session, [Sent(scan_of(place, ticket), registrar(place))], now=NOON)

    thread = threading.Thread(target=scan)
    thread.start()
    was_read.wait(10)
    with transaction() as session:
        merge_residents(session, (place.community_id, gone.id), (place.community_id, kept.id), now=clock.now())
    is_merged.set()
    thread.join(30)

    with transaction() as session:
        entries = {entry.resident_id: entry for entry in session.exec(select(RosterEntry))}
        assert gone.id not in entries
        assert entries[kept.id].sampled_at is not None
        assert [scan.resident_id for scan in session.exec(select(Scan))] == [kept.id]
