"""A round's life: which step may follow which, and the two jobs that take the step when it is time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from app import make_worker
from bulou.announcements import _listeners, on
from bulou.database import reading, transaction
from bulou.jobs import run_job
from scheduling.errors import RoundCannotBecome
from scheduling.jobs import JOBS
from scheduling.models import Round
from scheduling.rules import RoundClosed, RoundState
from scheduling.rules.life import next_states
from scheduling.usecases import cancel_round, close_due_rounds, close_round, open_due_rounds, open_round
from tests.factories import NOON, make_sampling_session
from tests.scheduling.factories import make_open_hours, make_published_round


@pytest.fixture
def closed_rounds():
    """Rounds whose closing was announced."""
    heard: list[RoundClosed] = []

    def listen(session, event):
        heard.append(event)

    on(RoundClosed, listen)
    yield heard
    _listeners[RoundClosed].remove(listen)


def key_of(round_):
    return round_.community_id, round_.id


def states():
    with reading() as session:
        return [(round_.state, round_.opened_at, round_.closed_at) for round_ in session.exec(select(Round))]


def test_what_is_over_stays_so():
    assert next_states(RoundState.ARCHIVED) == next_states(RoundState.CANCELLED) == frozenset()
    assert next_states(RoundState.CLOSED) == {RoundState.ARCHIVED}


def test_every_round_before_closing_can_be_cancelled():
    early = {RoundState.DRAFT, RoundState.PLANNED, RoundState.PUBLISHED, RoundState.OPEN}

    assert {state for state in RoundState if RoundState.CANCELLED in next_states(state)} == early


def test_opening_twice_opens_once(session, clock):
    round_, *_ = make_published_round(session)

    assert open_round(session, key_of(round_), now=clock.now())
    clock.advance(minutes=5)
    assert not open_round(session, key_of(round_), now=clock.now())

    assert (round_.state, round_.opened_at) == (RoundState.OPEN, NOON)


def test_a_round_opened_late_counts_whoever_came_since_its_hours_began(session, clock):
    round_, *_ = make_published_round(session)

    open_round(session, key_of(round_), now=NOON + timedelta(hours=1))

    assert round_.opened_at == NOON


def test_a_round_opened_early_counts_from_that_moment(session, clock):
    round_, *_ = make_published_round(session)

    open_round(session, key_of(round_), now=NOON - timedelta(hours=1))

    assert round_.opened_at == NOON - timedelta(hours=1)


def test_a_round_without_a_published_plan_cannot_open(session, clock):
    round_ = make_open_hours(session)

    with pytest.raises(RoundCannotBecome) as refusal:
        open_round(session, key_of(round_), now=clock.now())

    assert refusal.value.facts["state"] in ("draft", "草稿")


def test_closing_is_announced_once(session, clock, closed_rounds):
    round_, *_ = make_published_round(session)
    open_round(session, key_of(round_), now=clock.now())

    close_round(session, key_of(round_), now=clock.now())
    close_round(session, key_of(round_), now=clock.now())

    assert closed_rounds == [RoundClosed(*key_of(round_))]


def test_a_closed_round_cannot_be_cancelled(session, clock):
    round_, *_ = make_published_round(session)
    open_round(session, key_of(round_), now=clock.now())
    close_round(session, key_of(round_), now=clock.now())

    with pytest.raises(RoundCannotBecome):
        cancel_round(session, key_of(round_), now=clock.now())


def test_a_cancelled_round_is_closed_from_then_on_and_no_tally_is_announced(session, clock, closed_rounds):
    round_, *_ = make_published_round(session)
    open_round(session, key_of(round_), now=clock.now())

    cancel_round(session, key_of(round_), because="大雨", now=clock.now())

    assert (round_.closed_at, round_.cancelled_because, closed_rounds) == (clock.now(), "大雨", [])


def test_a_round_opens_with_its_first_session_and_not_before(session):
    round_, *_ = make_published_round(session)

    assert open_due_rounds(session, now=NOON - timedelta(seconds=1)) == 0
    assert open_due_rounds(session, now=NOON) == 1
    assert open_due_rounds(session, now=NOON) == 0

    assert round_.opened_at == NOON


def test_a_round_closes_with_its_last_session_make_up_included(session):
    round_, *_ = make_published_round(session)
    evening = NOON + timedelta(hours=10)
    make_sampling_session(session, round_, starts_at=evening, ends_at=evening + timedelta(hours=1), is_makeup=True)
    open_due_rounds(session, now=NOON)

    assert close_due_rounds(session, now=NOON + timedelta(hours=4)) == 0
    assert close_due_rounds(session, now=evening + timedelta(hours=1)) == 1

    assert round_.state is RoundState.CLOSED


def test_drafts_neither_open_nor_close_by_themselves(session):
    round_ = make_open_hours(session)

    assert open_due_rounds(session, now=NOON + timedelta(days=9)) == 0
    assert close_due_rounds(session, now=NOON + timedelta(days=9)) == 0

    assert round_.state is RoundState.DRAFT


def test_after_a_stop_of_a_day_a_round_has_opened_and_closed_in_order_at_the_times_it_was_due(session, closed_rounds):
    round_, *_ = make_published_round(session)

    close_due_rounds(session, now=NOON + timedelta(days=1))

    assert (round_.state, round_.opened_at, round_.closed_at) == (
        RoundState.CLOSED,
        NOON,
        NOON + timedelta(hours=4),
    )
    assert len(closed_rounds) == 1


def test_a_round_that_cannot_be_closed_holds_up_no_other(session):
    rounds = [make_published_round(session)[0] for _n in range(3)]

    def fail(session, event):
        assert event.round_id != rounds[1].id

    on(RoundClosed, fail)
    try:
        closed = close_due_rounds(session, now=NOON + timedelta(days=1))
    finally:
        _listeners[RoundClosed].remove(fail)

    assert closed == 2
    session.expire_all()
    assert [round_.state for round_ in rounds] == [RoundState.CLOSED, RoundState.OPEN, RoundState.CLOSED]


def test_four_workers_at_once_act_once(database, clock, closed_rounds):
    with transaction() as session:
        make_published_round(session)

    def run_both(at):
        return [run_job(job, now=NOON + timedelta(hours=at)) for job in JOBS]

    with ThreadPoolExecutor(4) as workers:
        ran = [list(workers.map(run_both, [at] * 4)) for at in (0, 4)]

    assert [[sum(job) for job in zip(*each, strict=True)] for each in ran] == [[1, 1], [1, 1]]
    assert states() == [(RoundState.CLOSED, NOON, NOON + timedelta(hours=4))]
    assert len(closed_rounds) == 1


def test_the_worker_of_the_program_has_both_jobs():
    names = {job.name: job.every for job in make_worker().jobs}

    assert names["scheduling.open_rounds"] == names["scheduling.close_rounds"] == timedelta(seconds=15)
