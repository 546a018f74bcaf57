"""Merges that meet scans, other merges and changes at the same rows of PostgreSQL. On SQLite there is one writer."""

import threading
import time

import pytest
from sqlmodel import col, select

from app import connect
from bulou.database import transaction
from checkin.rules import Outcome
from checkin.usecases import Sent, merged, record_scans
from registry import usecases
from registry.errors import MergeContradicted
from registry.models import RegistryMerge, Resident
from registry.usecases import Details, separating
from tests.checkin.factories import OPENED, make_open_round, make_ticket, registrar, scan_of
from tests.factories import NOON
from tests.registry.hands import key

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def place(database):
    connect()
    with transaction() as session:
        place = make_open_round(session, households=2, members=2, roster_taken_at=OPENED)
        place.residents.sort(key=lambda person: person.id)
        place.tickets = [make_ticket(session, place, person) for person in place.residents]
    return place


def at_once(*works):
    """What each gave, or was refused with."""
    given = {}

    def run(number, work):
        try:
            given[number] = work()
        except Exception as wrong:
            given[number] = wrong

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [given[number] for number in range(len(works))]


def pause_after(monkeypatch, room, name):
    """The first to come back from there waits, long enough for the others to run into whatever it holds."""
    real, reached = getattr(room, name), threading.Event()

    def paused(*args, **facts):
        result = real(*args, **facts)
        if not reached.is_set():
            reached.set()
            time.sleep(1)
        return result

    monkeypatch.setattr(room, name, paused)
    return reached


@pytest.mark.parametrize("is_separating", [False, True])
def test_scans_of_both_and_their_merge_never_wait_in_a_circle(place, clock, monkeypatch, is_separating):
    kept, gone = place.residents[:2]

    def merge():
        with transaction() as session:
            usecases.merge_residents(session, key(gone), key(kept), now=clock.now())
        return "merged"

    def separate():
        with transaction() as session:
            row = session.exec(select(RegistryMerge)).one()
            usecases.separate(session, key(row), now=clock.now())
        return "separated"

    if is_separating:
        merge()
    reached = pause_after(monkeypatch, merged, "lock_entries")

    def scans():
        reached.wait(10)
        sent = [Sent(scan_of(place, ticket), registrar(place)) for ticket in place.tickets[:2]]
        with transaction() as session:
            return {answer.outcome for answer in record_scans(session, sent, now=NOON)}

    done, outcomes = at_once(separate if is_separating else merge, scans)

    assert done in ("merged", "separated")
    assert Outcome.ACCEPTED in outcomes


def test_two_merges_at_one_moment_never_wait_in_a_circle(place, clock):
    pairs = [place.residents[:2], place.residents[2:4]]
    both = threading.Barrier(2)

    def merge(gone, kept):
        with transaction() as session:
            person = session.get_one(Resident, key(gone))
            usecases.merge_residents(session, key(person), key(kept), now=clock.now())

    real = merged.insert_all

    def meet(*args):
        real(*args)
        both.wait(10)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(merged, "insert_all", meet)
        assert at_once(*(lambda pair=pair: merge(*pair) for pair in pairs)) == [None, None]


def test_what_is_changed_while_two_are_separated_is_not_lost(place, clock, monkeypatch):
    kept, gone = place.residents[:2]
    with transaction() as session:
        usecases.change_resident(session, key(gone), Details(phone="13800000001"), now=clock.now())
        usecases.merge_residents(session, key(gone), key(kept), now=clock.now())
    reached = pause_after(monkeypatch, separating, "_check")

    def separate():
        with transaction() as session:
            usecases.separate(session, key(session.exec(select(RegistryMerge)).one()), now=clock.now())

    def change():
        reached.wait(10)
        with transaction() as session:
            usecases.change_resident(session, key(kept), Details(phone="13800000002"), now=clock.now())

    separated, changed = at_once(separate, change)

    with transaction() as session:
        [row] = session.exec(select(Resident).where(col(Resident.id) == kept.id))
        assert changed is None and row.phone is not None
        assert separated is None or isinstance(separated, MergeContradicted)
