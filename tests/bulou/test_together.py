"""Several writes, one commit: each has its own answer, and one that fails spoils no other."""

import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from bulou.database import StoreBusy
from bulou.models import JobRun
from bulou.together import Together
from tests.factories import NOON


def note_runs(session, names):
    for name in names:
        session.add(JobRun(job=name, planned_at=NOON, started_at=NOON))
    session.flush()
    bad = [name for name in names if name.startswith("bad")]
    if bad:
        raise ZeroDivisionError(bad[0])
    return list(names)


def kept(database):
    with Session(database.engine) as session:
        return set(session.exec(select(JobRun.job)))


def write_at_once(together, names, before=None):
    """What each of as many threads is answered, or the failure's words."""
    answers = {}

    def one(name):
        try:
            answers[name] = together.write(name)
        except (ZeroDivisionError, StoreBusy) as failure:
            answers[name] = type(failure), failure.args

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    if before:
        before()
    for thread in threads:
        thread.join(60)
    return answers


def test_each_of_many_threads_gets_its_own_answer_and_a_failure_spoils_no_other(database):
    names = [f"good{number}" for number in range(30)] + [f"bad{number}" for number in range(10)]

    answers = write_at_once(Together(note_runs), names)

    assert answers == {name: name if name.startswith("good") else (ZeroDivisionError, (name,)) for name in names}
    assert kept(database) == {name for name in names if name.startswith("good")}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # on PostgreSQL nothing else holds the writers up
def test_what_waited_is_stored_with_one_commit(database):
    commits = []
    event.listen(database.engine, "commit", lambda _connection: commits.append(1))
    names = [f"good{number}" for number in range(12)]
    together = Together(note_runs)
    database.writer.acquire()  # somebody else is writing: all of them queue up

    def let_them_queue():
        while len(together._queue) < 12:
            threading.Event().wait(0.01)
        database.writer.release()

    assert write_at_once(together, names, let_them_queue) == {name: name for name in names}

    assert kept(database) == set(names)
    assert len(commits) == 1


def test_where_the_store_cannot_be_written_nobody_is_told_otherwise(database):
    is_full = [True]

    def note_while_there_is_room(session, names):
        if is_full:
            raise OperationalError("insert", {}, Exception("disk full"))
        return note_runs(session, names)

    together = Together(note_while_there_is_room)
    answers = write_at_once(together, [f"good{number}" for number in range(8)])
    assert {answer[0] for answer in answers.values()} == {StoreBusy}

    is_full.clear()
    assert together.write("good") == "good"
    assert kept(database) == {"good"}


def test_whoever_ends_in_the_middle_leaves_nothing_and_holds_nobody_up(database):
    ends = [True]

    def end_once(session, names):
        if ends.pop() if ends else False:
            raise SystemExit
        return note_runs(session, names)

    together = Together(end_once)
    with pytest.raises(SystemExit):
        together.write("good1")

    assert together.write("good2") == "good2"
    assert kept(database) == {"good2"}
