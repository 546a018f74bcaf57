"""One person's scans, round by round: where somebody looks who is told "I was sampled"."""

from uuid import UUID

from flask import render_template

from accounts.access import current_community_id, requires
from accounts.rules import Permission
from bulou.database import reading
from checkin.queries.scans import list_scans_of
from checkin.views import bp
from checkin.words import KIND_WORDS, OUTCOME_WORDS, SOURCE_WORDS
from registry.queries.heads import count_heads
from registry.queries.people import get_resident
from registry.words import shown_name


@bp.get("/residents/<uuid:resident_id>/scans")
@requires(Permission.EDIT_ROSTER)
def scans_of(resident_id: UUID) -> str:
    """Raises ResidentNotFound."""
    with reading() as session:
        person = get_resident(session, (current_community_id(), resident_id))
        rounds = list_scans_of(session, *person.key)
        heads = count_heads(session, person.community_id, [person.household_id]).get(person.household_id)
    words = {"kind_words": KIND_WORDS, "outcome_words": OUTCOME_WORDS, "source_words": SOURCE_WORDS}
    name = shown_name(person.name, person.number, heads)
    return render_template("checkin/person_scans.html", person=person, name=name, rounds=rounds, **words)
