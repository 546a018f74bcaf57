"""What a file would do, before it does it: counts on top, then page by page, building by building."""

from datetime import datetime
from uuid import UUID

from flask import request

from accounts.access import current_community_id
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import asked_start
from registry import usecases
from registry.models import RosterUpload
from registry.queries.previews import COUNTED, ROWS, choose_lines, choose_part, count_by_house
from registry.reading import RosterFile
from registry.usecases.comparing import find_comparison, keep_comparison
from registry.usecases.preview import Facts, problem_of
from registry.views.blueprint import Page, key_of, show
from registry.words import row_sentence


def find_preview(upload_id: UUID) -> Facts | None:
    """What is known of the file without reading it again."""
    with reading() as session:
        return find_comparison(session, key_of(upload_id))


def make_preview(upload_id: UUID, read: RosterFile) -> Facts:
    """Compare a short file at once, and keep what came of it."""
    with transaction() as session:
        account = usecases.compare_roster(session, current_community_id(), read)
        return keep_comparison(session, key_of(upload_id), account, read=read)


def show_facts(upload: RosterUpload, facts: Facts, refusal: DomainError | None = None) -> Page:
    """The page of a preview: which part, which building and from which line stand in its address."""
    part = choose_part(facts, request.args.get("part", ""))
    house = request.args.get("building", type=int) if part not in ROWS else None
    return show(
        "preview",
        refusal,
        upload=upload,
        preview=facts,
        part=part,
        house=house,
        lines=choose_lines(facts, part, house, asked_start()),
        by_house=count_by_house(facts),
        counted=COUNTED,
        instant_of=datetime.fromisoformat,
        say_problem=lambda facts: row_sentence(problem_of(facts)),
    )
