"""Official lists are read and recorded: short ones while somebody waits, long ones by the worker, with progress."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import let_others_write, reading, transaction
from bulou.errors import DomainError
from bulou.jobs import Job, Progress, Work, ask_for
from bulou.models import JobRequest
from checkin.errors import ListTooLong
from checkin.queries.official import count_residents, count_unrecorded
from checkin.reading import read_list
from checkin.usecases import official
from checkin.usecases.official import PART, Prepared, SentList
from registry.reading.files import is_long, read_file
from registry.usecases import discard_upload, keep_upload, open_upload
from scheduling.queries.setup import get_round, time_zone

READ, RECORD = "checkin.read_official", "checkin.record_official"
MOST_LINES = 50_000
AT_ONCE = 300  # people of a list who are recorded while somebody waits
LONG_ROSTER = 5_000  # residents: to compare with more takes seconds, however short the list
RoundKey = tuple[str, UUID]
Tell = Callable[..., None]  # share done, news


def be_silent(_done_share: float, **_news: Any) -> None:
    """Nobody watches."""


# Reading.


def read_or_ask(
    round_: RoundKey, content: bytes, file_name: str, at: datetime | None, by: Principal
) -> tuple[UUID, bool]:
    """The list, read at once; or what was asked of the worker, and False. Raises what `read_in` raises."""
    with reading() as session:
        is_slow = is_long(content) or count_residents(session, round_[0]) > LONG_ROSTER
    if not is_slow:
        return read_in(round_, content, file_name, at, by, be_silent), True
    with transaction() as session:
        return ask_to_read(session, round_, content, file_name, at, by), False


def ask_to_read(
    session: Session, round_: RoundKey, content: bytes, file_name: str, at: datetime | None, by: Principal
) -> UUID:
    now, author = clock().now(), by.account_id
    upload = keep_upload(session, round_[0], content, file_name=file_name, compound="", author_id=author, now=now)
    facts = {"round": str(round_[1]), "upload": str(upload), "at": at.isoformat() if at else ""}
    return ask_for(session, round_[0], READ, facts, by=author, now=now).id


def read_in(round_: RoundKey, content: bytes, file_name: str, at: datetime | None, by: Principal, tell: Tell) -> UUID:
    """Read a file and keep it with what each line means; the list. Nobody is sampled by that.

    Raises FileUnreadable, ListHasNoColumns, ListTooLong, ListEmpty, ListTimeWrong and RoundNeverOpened.
    """
    tell(0.05, step="reading")
    with reading() as session:
        official.check_counts(get_round(session, round_))
        zone = time_zone(session, round_[0])
    lines = read_list(read_file(content, file_name), zone)
    if len(lines) > MOST_LINES:
        raise ListTooLong(lines=len(lines), most=MOST_LINES)
    tell(0.3, step="comparing", rows=len(lines))
    with reading() as session:
        sent = SentList(file_name, lines, at)
        here = get_round(session, round_)
        prepared = official.compare_list(
            session, here, sent, now=clock().now(), tell=lambda part: tell(0.4 + 0.4 * part)
        )
    tell(0.9, step="writing")
    _keep(round_, prepared, by)
    return prepared.id


def _keep(round_key: RoundKey, prepared: Prepared, by: Principal) -> None:
    for start in range(0, len(prepared.rows), official.PART_KEPT):
        with transaction() as session:
            round_ = get_round(session, round_key)
            official.keep_part(session, round_, prepared, start, by=by, now=clock().now())
        let_others_write()


def run_read(request: JobRequest, progress: Progress) -> None:
    """Taken up again after a crash it goes on where it ended: the same list is the same rows."""
    facts, upload = request.facts, (request.community_id, UUID(request.facts["upload"]))
    with reading() as session:
        kept, content = open_upload(session, upload)
    at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
    round_ = (request.community_id, UUID(facts["round"]))
    try:
        list_id = read_in(round_, content, kept.file_name, at, _asker(request), progress.tell)
    except DomainError as refusal:
        progress.tell(0.1, refusal=refusal.facts)  # so that the page can say what is wrong
        raise
    progress.tell(0.99, list=str(list_id))
    with transaction() as session:
        discard_upload(session, upload)


def _asker(request: JobRequest) -> Principal:
    return Principal(request.community_id, (), account_id=request.asked_by)


# Recording.


def record_or_ask(key: tuple[str, UUID], round_id: UUID, by: Principal) -> UUID | None:
    """Record who is sure on an official list: a few at once, many by the worker. What was asked of it; None = all is done."""
    with transaction() as session:
        note(session, key[0], "checkin.official_recorded", key[1], by=by, now=clock().now())
        if count_unrecorded(session, key) > AT_ONCE:
            facts = {"list": str(key[1]), "round": str(round_id)}
            return ask_for(session, key[0], RECORD, facts, by=by.account_id, now=clock().now()).id
    record_all(key, round_id, by, be_silent)
    return None


def record_all(key: tuple[str, UUID], round_id: UUID, by: Principal, tell: Tell) -> None:
    """In parts, each a transaction of its own: between them phones write. Taken up again it goes on where it ended."""
    with reading() as session:
        waiting = max(1, count_unrecorded(session, key))
    done = 0
    while True:
        with reading() as session:
            part = official.list_part(session, key)
        if not part:
            return
        with transaction() as session:
            round_ = get_round(session, (key[0], round_id))
            official.record_part(session, key, round_, part, by=by, now=clock().now())
        let_others_write()
        done += len(part)
        if done % (10 * PART) == 0:
            tell(min(0.99, done / waiting), step="recording")


def run_record(request: JobRequest, progress: Progress) -> None:
    progress.tell(0.05, step="recording")
    key = (request.community_id, UUID(request.facts["list"]))
    record_all(key, UUID(request.facts["round"]), _asker(request), progress.tell)


WORKS = [Work(READ, run_read), Work(RECORD, run_record)]
JOBS = [Job("checkin.discard_half_kept_lists", every=timedelta(hours=1), run=official.discard_half_kept)]
