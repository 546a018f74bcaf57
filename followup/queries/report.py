"""The day's report as values: the ledger, the missing, the excused."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from followup.queries.coverage import get_coverage, ledger_instant
from followup.queries.excuses import list_excuses
from followup.queries.missing import MissingDoor, list_missing
from followup.rules import MissingState
from followup.sheets import DayReport, ExcuseRow, MissingRow
from followup.words import EXCUSE_WORDS, OUTCOME_WORDS, STATE_WORDS
from registry.models import Community
from registry.words import shown_name
from scheduling.models import Round


def day_report(session: Session, round_: Round, *, viewer: str, now: datetime, with_people: bool = True) -> DayReport:
    """Everything of the round at this moment. Names are masked; without people it holds counts alone."""
    community = session.get_one(Community, round_.community_id)
    ledger = get_coverage(session, round_, now=now)
    stewards = {row.building_id: row.steward for row in ledger.buildings}
    doors = list_missing(session, round_, now=now) if with_people else []
    return DayReport(
        community=community.name,
        round_name=round_.name,
        as_of=ledger.as_of,
        viewer=viewer,
        buildings=ledger.buildings,
        missing=[row for door in doors for row in _missing_rows(door, stewards.get(door.building_id, ""))],
        excuses=_excuse_rows(session, round_, now) if with_people else [],
        visitors=ledger.visitors,
        sampled_excuses=[str(EXCUSE_WORDS[kind]) for kind in ledger.sampled_excuses],
        is_final=ledger.signed_at is not None,
        timezone=community.timezone,
    )


def _missing_rows(door: MissingDoor, steward: str) -> Iterable[MissingRow]:
    known = str(OUTCOME_WORDS[door.attempt.outcome]) if door.attempt else ""
    for person in door.people:
        yield MissingRow(
            building=door.building,
            door=f"{door.unit}{door.room}",
            name=shown_name(person.name, person.number, person.heads),
            state=str(STATE_WORDS[person.state]),
            since=door.until_at if person.state is not MissingState.NOT_YET else None,
            reason=known,
            steward=steward,
        )


def _excuse_rows(session: Session, round_: Round, now: datetime) -> list[ExcuseRow]:
    at = ledger_instant(round_, now)
    found = list_excuses(session, round_.community_id, at=at)
    return [
        ExcuseRow(
            building=row.building,
            door=f"{row.unit}{row.door}",
            name=shown_name(row.name, row.number, row.heads),
            kind=str(EXCUSE_WORDS[row.kind]),
            starts_at=row.from_at,
            ends_at=row.until_at,
            note=row.note,
            proof=row.proof,
            author=row.author,
            reviewer=row.reviewer,
        )
        for row in found
    ]
