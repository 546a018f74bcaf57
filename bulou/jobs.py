"""What runs by itself: APScheduler gives the rhythm, the database the claim."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlmodel import Session, col, select

from bulou.clock import clock
from bulou.database import insert_once, reading, transaction
from bulou.ids import new_id
from bulou.models import JobRequest, JobRun, RequestState

log = structlog.get_logger()
LEASE = timedelta(minutes=2)  # a worker that says nothing for this long has died
MAX_ATTEMPTS = 3
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """A use case with a rhythm. `run(session, now=...)` must be safe to repeat and to skip: it looks at what is due."""

    name: str
    every: timedelta
    run: Callable[..., object]

    def planned_at(self, now: datetime) -> datetime:
        """The latest instant of the rhythm; equal for every worker, whatever moment it asks in."""
        return EPOCH + (now - EPOCH) // self.every * self.every


def run_job(job: Job, *, now: datetime) -> bool:
    """Run the job for its latest planned time unless somebody has. True if it was run here.

    The claim and what the job does are one transaction: a worker that dies leaves neither.
    """
    planned_at = job.planned_at(now)
    try:
        with transaction() as session:
            if not insert_once(session, JobRun(job=job.name, planned_at=planned_at, started_at=now)):
                return False
            job.run(session, now=now)
            session.connection().execute(_finish(job, planned_at, clock().now(), None))
    except Exception as failure:  # the next job must run whatever this one met
        log.error("job_failed", job=job.name, failure=type(failure).__name__)
        with transaction() as session:
            insert_once(session, JobRun(job=job.name, planned_at=planned_at, started_at=now))
            session.connection().execute(_finish(job, planned_at, clock().now(), type(failure).__name__))
    return True


def _finish(job: Job, planned_at: datetime, at: datetime, failure: str | None) -> Any:
    return (
        sa.update(JobRun)
        .where(col(JobRun.job) == job.name, col(JobRun.planned_at) == planned_at)
        .values(finished_at=at, failure=failure)
    )


@dataclass(frozen=True, slots=True)
class Work:
    """How one kind of request is done. `run(request, progress)` opens its own transactions."""

    kind: str
    run: Callable[[JobRequest, "Progress"], None]


class Progress:
    """What a running request tells those who watch it, and whether they asked it to stop."""

    def __init__(self, request: JobRequest) -> None:
        self._key = (request.community_id, request.id)
        self.stop_asked = False

    def tell(self, done_share: float, **news: Any) -> None:
        """Store how far it is and keep the lease. Cheap enough for every second, not for every step."""
        with transaction() as session:
            request = session.get_one(JobRequest, self._key)
            request.done_share, request.lease_until = done_share, clock().now() + LEASE
            request.news = {**request.news, **news}
            self.stop_asked = request.stop_asked
            session.add(request)


def ask_for(
    session: Session, community_id: str, kind: str, facts: dict[str, Any], *, by: UUID | None, now: datetime
) -> JobRequest:
    """Queue long work; some worker takes it within a second or two."""
    request = JobRequest(
        community_id=community_id, id=new_id(), kind=kind, facts=facts, asked_at=now, asked_by=by, news={}
    )
    session.add(request)
    session.flush()
    return request


def ask_to_stop(session: Session, key: tuple[str, UUID]) -> None:
    """Let a running request end early with the best it has. A repeat changes nothing."""
    request = session.get_one(JobRequest, key)
    request.stop_asked = True
    session.add(request)


def take_request(kinds: Iterable[str], *, now: datetime) -> JobRequest | None:
    """The oldest request that waits, or whose worker died; from now on it is ours."""
    waits = sa.or_(
        col(JobRequest.state) == RequestState.WAITING,
        sa.and_(col(JobRequest.state) == RequestState.RUNNING, col(JobRequest.lease_until) < now),
    )
    with reading() as session:  # most looks find nothing, and must not hold the writer up
        if session.exec(select(JobRequest.id).where(waits).limit(1)).first() is None:
            return None
    with transaction() as session:
        statement = (
            select(JobRequest).where(waits, col(JobRequest.kind).in_(list(kinds))).order_by(col(JobRequest.asked_at))
        )
        request = session.exec(statement.limit(1).with_for_update(skip_locked=True)).first()
        if request is None:
            return None
        request.attempts += 1
        request.lease_until = now + LEASE
        request.state = RequestState.RUNNING if request.attempts <= MAX_ATTEMPTS else RequestState.FAILED
        session.add(request)
    return request if request.state is RequestState.RUNNING else None


def do_request(work: Work, request: JobRequest) -> None:
    """Do it and say how it ended. A refusal is told to the person who asked, in their words."""
    failure: str | None = None
    try:
        work.run(request, Progress(request))
    except Exception as wrong:
        log.error("request_failed", kind=request.kind, failure=type(wrong).__name__, code=getattr(wrong, "code", None))
        failure = getattr(wrong, "code", None) or type(wrong).__name__
    with transaction() as session:
        kept = session.get_one(JobRequest, (request.community_id, request.id))
        kept.state = RequestState.FAILED if failure else RequestState.DONE
        kept.failure, kept.lease_until = failure, None
        kept.done_share = kept.done_share if failure else 1.0
        session.add(kept)


class Worker:
    """Runs all jobs at their rhythm and all requests as they come, until stopped."""

    def __init__(self, jobs: Iterable[Job], works: Iterable[Work]) -> None:
        self.jobs = tuple(jobs)
        self.works = {work.kind: work for work in works}
        self.scheduler = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        for job in self.jobs:
            # Asked twice within each beat, so that a beat is not missed for a second's drift; the claim makes it one.
            seconds = max(1.0, job.every.total_seconds() / 2)
            self.scheduler.add_job(self._run_job, "interval", [job], seconds=seconds, max_instances=1, coalesce=True)
            self.scheduler.add_job(self._run_job, args=[job])
        self.scheduler.add_job(self.run_requests, "interval", seconds=1, max_instances=1, coalesce=True)
        self.scheduler.start()

    def stop(self) -> None:
        self.scheduler.shutdown(wait=False)

    def _run_job(self, job: Job) -> None:
        run_job(job, now=clock().now())

    def run_requests(self) -> int:
        """Do every request that waits; how many there were."""
        done = 0
        while (request := take_request(self.works, now=clock().now())) is not None:
            do_request(self.works[request.kind], request)
            done += 1
        return done
