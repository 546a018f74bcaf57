"""What people do in the chase: look after buildings, call and knock, propose excuses, sign the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import Account
from accounts.rules import Principal
from accounts.usecases import note
from bulou.database import insert_once
from bulou.ids import new_id
from followup.errors import (
    AttemptIdReused,
    DoorNotFound,
    RoundIsClosed,
    StewardNotFound,
    WhoNotSaid,
)
from followup.models import Attempt, RoundTally, Stewardship
from followup.queries.coverage import excuses_at, get_coverage
from followup.queries.people import get_building
from followup.rules import OF_SINGLE_PEOPLE, PROPOSES, Coverage, VisitOutcome
from registry.models import Excuse
from registry.rules import ExcuseState
from scheduling.models import RosterEntry, Round
from scheduling.rules import RoundClosed

Key = tuple[str, UUID]


def assign_steward(
    session: Session, building: Key, account_id: UUID | None, *, by: Principal | None, now: datetime
) -> None:
    """From now on this account looks after the building; None: nobody does. A repeat changes nothing."""
    community_id, building_id = building
    get_building(session, community_id, building_id)
    if account_id is not None and _has_ended(session.get(Account, (community_id, account_id))):
        raise StewardNotFound()
    current = _stewardships(session, building, now)
    if [row.account_id for row in current] == ([account_id] if account_id else []):
        return
    for row in current:
        row.until_at = now
        session.add(row)
    if account_id is not None:
        row = Stewardship(
            community_id=community_id, id=new_id(), building_id=building_id, account_id=account_id, from_at=now
        )
        session.add(row)
    facts = {"account": str(account_id) if account_id else None}
    note(session, community_id, "followup.steward_assigned", building_id, by=by, facts=facts, now=now)


def _has_ended(account: Account | None) -> bool:
    return account is None or account.ended_at is not None


def _stewardships(session: Session, building: Key, now: datetime) -> list[Stewardship]:
    community_id, building_id = building
    statement = select(Stewardship).where(
        Stewardship.community_id == community_id,
        Stewardship.building_id == building_id,
        sa.or_(col(Stewardship.until_at).is_(None), col(Stewardship.until_at) > now),
    )
    return list(session.exec(statement.with_for_update()))


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What a volunteer says came of a call or a knock."""

    attempt_id: UUID  # made by the page: sent twice, it is one attempt
    outcome: VisitOutcome
    residents: tuple[UUID, ...] = ()  # whom it is about; empty = everybody of the door who is missing
    come_at: datetime | None = None  # None = they did not say when
    until_at: datetime | None = None
    note: str = ""
    proof: str = ""  # what was shown, in words; kept with the excuse that is proposed


def record_attempt(
    session: Session, round_: Round, household_id: UUID, report: VisitReport, *, by: Principal | None, now: datetime
) -> None:
    """Add one attempt at a door. Sent again, it changes nothing; another outcome under the same id is refused.

    Sent again for somebody else of the door (the page was gone back to), they are proposed as well.

    Of somebody in hospital or isolation it must be said who, where several are missing. Raises WhoNotSaid.

    Some outcomes propose an excuse for those of the door it is about who are missing; until reviewed they stay so.
    """
    if round_.closed_at is not None:
        raise RoundIsClosed()
    missing = _missing_of(session, round_, household_id, now)
    if report.outcome in OF_SINGLE_PEOPLE and not report.residents and len(missing) > 1:
        raise WhoNotSaid()
    about = [person for person in missing if person in report.residents] if report.residents else missing
    attempt = Attempt(
        community_id=round_.community_id,
        id=report.attempt_id,
        round_id=round_.id,
        household_id=household_id,
        outcome=report.outcome,
        come_at=report.come_at,
        until_at=report.until_at,
        note=report.note,
        author_id=by.account_id if by else None,
        made_at=now,
        received_at=now,
    )
    if not insert_once(session, attempt):
        attempt = _earlier(session, attempt)
    if kind := PROPOSES.get(report.outcome):
        facts = {
            "kind": kind,
            "until_at": report.until_at,
            "note": report.note,
            "proof": report.proof,
            "author_id": attempt.author_id,
        }
        _propose(session, round_.community_id, about, facts, since=attempt.made_at, now=now)


def _missing_of(session: Session, round_: Round, household_id: UUID, now: datetime) -> list[UUID]:
    """Who of the door is missing. Raises DoorNotFound where nobody of it is on the roster."""
    excuses = excuses_at(round_.community_id, now)
    statement = (
        sa.select(col(RosterEntry.resident_id), col(RosterEntry.sampled_at), excuses.c.kind)
        .outerjoin(excuses, excuses.c.resident_id == col(RosterEntry.resident_id))
        .where(
            col(RosterEntry.community_id) == round_.community_id,
            col(RosterEntry.round_id) == round_.id,
            col(RosterEntry.household_id) == household_id,
        )
    )
    found = list(session.connection().execute(statement))
    if not found:
        raise DoorNotFound()
    return [row.resident_id for row in found if row.sampled_at is None and row.kind is None]


def _earlier(session: Session, attempt: Attempt) -> Attempt:
    """The attempt as it was recorded first. Raises AttemptIdReused."""
    earlier = session.get(Attempt, (attempt.community_id, attempt.id), populate_existing=True)
    said = (attempt.round_id, attempt.household_id, attempt.outcome, attempt.note)
    if earlier is None or (earlier.round_id, earlier.household_id, earlier.outcome, earlier.note) != said:
        raise AttemptIdReused()
    return earlier


def _propose(
    session: Session,
    community_id: str,
    residents: Iterable[UUID],
    facts: dict[str, Any],
    *,
    since: datetime,
    now: datetime,
) -> None:
    """One open proposal a person, and one for each attempt: what was rejected since is not proposed by a repeat."""
    waiting = select(Excuse.resident_id).where(
        Excuse.community_id == community_id,
        Excuse.kind == facts["kind"],
        sa.or_(col(Excuse.state) == ExcuseState.PROPOSED, col(Excuse.created_at) >= since),
    )
    proposed = set(session.exec(waiting))
    for resident_id in residents:
        if resident_id not in proposed:
            given = {"state": ExcuseState.PROPOSED, "from_at": now, "created_at": now, **facts}
            session.add(Excuse(community_id=community_id, id=new_id(), resident_id=resident_id, **given))
    session.flush()


def sign_tally(session: Session, event: RoundClosed) -> None:
    """Keep the ledger as it stands at closing. A repeat changes nothing."""
    round_ = session.get_one(Round, (event.community_id, event.round_id), populate_existing=True)
    at = round_.closed_at
    if at is None:
        return
    coverage = get_coverage(session, round_, now=at)
    tally = RoundTally(
        community_id=round_.community_id, round_id=round_.id, version=1, as_of=at, coverage=coverage_json(coverage)
    )
    insert_once(session, tally)


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """The ledger as the API’s GET /rounds/ID/coverage has it."""
    total = coverage.total
    return {
        "as_of": coverage.as_of.isoformat(),
        "signed": coverage.signed_at.isoformat() if coverage.signed_at else None,
        "roster": total.roster,
        "expected": total.expected,
        "sampled": total.sampled,
        "excused": total.excused,
        "missing": total.missing,
        "visitors": coverage.visitors,
        "excused_by_reason": coverage.excused_by_reason,
        "buildings": [
            {
                "id": str(row.building_id) if row.building_id else None,
                "name": row.name,
                "roster": row.count.roster,
                "expected": row.count.expected,
                "sampled": row.count.sampled,
                "excused": row.count.excused,
                "missing": row.count.missing,
            }
            for row in coverage.buildings
        ],
    }
