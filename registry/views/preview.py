"""What a file would do, before it does it: counts on top, then page by page, building by building."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from accounts.access import current_community_id
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.ordering import natural_key
from registry import usecases
from registry.models import RosterUpload
from registry.reading import RosterFile
from registry.usecases.comparing import PARTS, find_comparison, keep_comparison
from registry.usecases.preview import Facts, problem_of
from registry.views.blueprint import Page, key_of, show
from registry.words import row_sentence

PAGE = 100  # lines of one page


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
    lines = facts["lines"]
    part = request.args.get("part", "")
    if part not in (*PARTS, "refused", "notices"):
        found = [part for part in PARTS if lines[part] and part != "unchanged"]
        part = "refused" if facts["refused"] else (found or ["unchanged"])[0]
    house = request.args.get("building", type=int)
    start = max(0, request.args.get("from", 0, type=int))
    chosen = lines.get(part, facts.get(part, []))
    if house is not None and part in lines:
        chosen = [line for line in chosen if line[0] == house]
    return show(
        "preview",
        refusal,
        upload=upload,
        preview=facts,
        part=part,
        house=house if part in lines else None,
        lines=chosen[start : start + PAGE],
        start=start,
        total=len(chosen),
        page=PAGE,
        by_house=_count_by_house(facts),
        instant_of=datetime.fromisoformat,
        say_problem=lambda facts: row_sentence(problem_of(facts)),
    )


def _count_by_house(facts: Facts) -> list[dict[str, Any]]:
    """Of each building how many are added, changed, moved, left and unchanged, in the order of the lines."""
    counts: dict[int, Counter[str]] = {}
    for part in ("added", "changed", "moved", "left", "unchanged"):
        for line in facts["lines"][part]:
            counts.setdefault(line[0], Counter())[part] += line[3]
    order = sorted(counts, key=lambda place: [natural_key(part) for part in facts["houses"][place]])
    return [{"place": place, "name": "".join(facts["houses"][place]), "counts": counts[place]} for place in order]
