"""What runs by itself, and imports that are too long to be waited for."""

from datetime import timedelta
from uuid import UUID

from accounts.rules import Principal
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.jobs import Job, Progress, Work
from bulou.models import JobRequest
from registry.errors import ChangedSincePreview, FileUnreadable, RowsRefused, TooManyLeave
from registry.reading import RosterFile, read_roster
from registry.usecases import compare_roster, discard_old_uploads, discard_upload, import_roster, open_upload
from registry.usecases.columns import check_columns, question_facts
from registry.usecases.comparing import keep_comparison
from registry.usecases.corrections import remind_of_corrections
from registry.usecases.importing import unknown_columns
from registry.usecases.preview import preview_of

COMPARE, IMPORT = "registry.compare", "registry.import"
AGREED_OTHERWISE = (ChangedSincePreview, RowsRefused, TooManyLeave)  # somebody has to look at the preview again
JOBS = [
    Job("registry.discard_old_uploads", every=timedelta(hours=1), run=discard_old_uploads),
    Job("registry.remind_of_corrections", every=timedelta(hours=1), run=remind_of_corrections),
]


def run_compare(request: JobRequest, progress: Progress) -> None:
    """Read the file and say what it would do."""
    read, _ = _read(request, progress)
    if read.asks or request.facts.get("columns"):
        progress.tell(0.9, columns=[question_facts(question) for question in read.questions])
        return
    _compare(request, read, progress)


def run_import(request: JobRequest, progress: Progress) -> None:
    """Read the file and take it in. Taken up again after a crash it changes nothing that was done."""
    read, file_name = _read(request, progress)
    facts, upload = request.facts, (request.community_id, UUID(request.facts["upload"]))
    if facts.get("by_program") and unknown_columns(read):
        progress.tell(0.3, unknown_columns=unknown_columns(read))
        if not facts.get("dry_run"):
            check_columns(read)
    if facts.get("dry_run"):
        _compare(request, read, progress)
        with transaction() as session:
            discard_upload(session, upload)
        return
    progress.tell(0.4, step="writing")
    try:
        with transaction() as session:
            account = import_roster(
                session,
                request.community_id,
                read,
                file_name=file_name,
                skip_refused=bool(facts.get("skip_refused")),
                may_leave=bool(facts.get("may_leave")),
                seen=str(facts.get("seen", "")),
                by=Principal(request.community_id, (), account_id=request.asked_by),
                now=clock().now(),
            )
            discard_upload(session, upload)
    except AGREED_OTHERWISE:
        _compare(request, read, progress)  # so that whoever asked sees which rows, and who
        raise
    progress.tell(0.99, preview=preview_of(account))


def _compare(request: JobRequest, read: RosterFile, progress: Progress) -> None:
    with reading() as session:
        account = compare_roster(session, request.community_id, read)
    upload = (request.community_id, UUID(request.facts["upload"]))
    with transaction() as session:
        keep_comparison(session, upload, account, read=read, is_long=True)
    progress.tell(0.9, preview=preview_of(account))


def _read(request: JobRequest, progress: Progress) -> tuple[RosterFile, str]:
    progress.tell(0.05, step="reading")
    with reading() as session:
        upload, content = open_upload(session, (request.community_id, UUID(request.facts["upload"])))
    try:
        read = read_roster(content, upload.file_name, compound=upload.compound, columns=upload.columns)
    except FileUnreadable as refusal:
        progress.tell(0.1, problem=refusal.problem.value)  # so that the page can say what is wrong with it
        raise
    progress.tell(0.2, step="comparing", rows=read.lines)
    return read, upload.file_name


WORKS = [Work(COMPARE, run_compare), Work(IMPORT, run_import)]
REFUSALS = {refusal.code: refusal for refusal in AGREED_OTHERWISE}
