"""Several writes, one commit: each has its own answer, and one that fails spoils no other."""

import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from bulou.database import StoreBusy
from bulou.models import JobRun
from bulou.together import write
from tests.factories import NOON


def note_run(name):
    def work(session: Session) -> str:
        session.add(JobRun(job=name, planned_at=NOON, started_at=NOON))
        session.flush()
        if name.startswith("bad"):
            raise ZeroDivisionError(name)
        return name

    return work


def kept(database):
    with Session(database.engine) as session:
        return set(session.exec(select(JobRun.job)))


def test_each_of_many_threads_gets_its_own_answer_and_a_failure_spoils_no_other(database):
    names = [f"good{number}" for number in range(30)] + [f"bad{number}" for number in range(10)]
    answers = {}

    def one(name):
        try:
            answers[name] = write(note_run(name))
        except ZeroDivisionError as failure:
            answers[name] = failure.args

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert answers == {name: name if name.startswith("good") else (name,) for name in names}
    assert kept(database) == {name for name in names if name.startswith("good")}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # PostgreSQL groups commits by itself
def test_what_waited_is_stored_with_one_commit(database):
    commits = []
    event.listen(database.engine, "commit", lambda _connection: commits.append(1))
    threads = [threading.Thread(target=write, args=(note_run(f"good{number}"),)) for number in range(12)]

    with database.writer:  # somebody else is writing: all of them queue up
        for thread in threads:
            thread.start()
        while sum(thread.is_alive() for thread in threads) < 12:
            pass
        threading.Event().wait(0.3)
    for thread in threads:
        thread.join(60)

    assert len(kept(database)) == 12
    assert len(commits) <= 2  # the one who held the turn, and all the others


def test_where_the_store_cannot_be_written_nobody_is_told_otherwise(database):
    def fail(_session: Session) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    with pytest.raises(StoreBusy):
        write(fail)

    assert write(note_run("good")) == "good"
    assert kept(database) == {"good"}
