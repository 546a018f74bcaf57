"""The round that the owners of tickets mean, and their part in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from checkin.queries.tickets import find_round
from registry.models import Resident
from scheduling.models import Assignment, Campaign, Plan, Point, RosterEntry, Round


@dataclass(frozen=True, slots=True)
class TicketPlace:
    point_id: UUID
    point: str
    address: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class InRound:
    """The round that people mean now, and these people in it. `round` None = none was published yet."""

    campaign: Campaign
    round: Round | None
    entries: Mapping[UUID, RosterEntry]  # by resident
    before: Mapping[UUID, int]  # how many who came earlier to the same point wait there, by resident
    places: Mapping[UUID, TicketPlace]  # by cohort
    contacts: tuple[Point, ...]  # points with somebody to call

    def place_of(self, people: Sequence[Resident]) -> TicketPlace | None:
        """A household's members are called together, but for those pinned elsewhere: the first who has a place."""
        cohorts = (entry.cohort_id for person in people if (entry := self.entries.get(person.id)) is not None)
        return next((self.places[id_] for id_ in cohorts if id_ is not None and id_ in self.places), None)

    def contact_of(self, place: TicketPlace | None) -> Point | None:
        """Whom to call: who is in charge at the person's point; for others, of any point of the round."""
        here = [point for point in self.contacts if place and point.id == place.point_id]
        return next(iter([*here, *self.contacts]), None)


def in_round_of(session: Session, community_id: str, campaign_id: UUID, people: Sequence[UUID]) -> InRound:
    campaign = session.get_one(Campaign, (community_id, campaign_id))
    round_ = find_round(session, community_id, campaign_id)
    if round_ is None:
        return InRound(campaign, None, {}, {}, {}, ())
    of_round = (RosterEntry.community_id == community_id, RosterEntry.round_id == round_.id)
    rows = session.exec(select(RosterEntry).where(*of_round, col(RosterEntry.resident_id).in_(people)))
    entries = {row.resident_id: row for row in rows}
    of_points = (Point.community_id == community_id, Point.round_id == round_.id, col(Point.contact_phone) != "")
    contacts = session.exec(select(Point).where(*of_points).order_by(col(Point.name))).all()
    places = _places(session, round_, {entry.cohort_id for entry in entries.values()})
    return InRound(campaign, round_, entries, _before(session, round_, entries.values()), places, tuple(contacts))


def _places(session: Session, round_: Round, cohorts: Iterable[UUID | None]) -> dict[UUID, TicketPlace]:
    """Where and when the version in force calls these cohorts."""
    in_force = (Plan.community_id == round_.community_id, Plan.round_id == round_.id, Plan.version == round_.version)
    statement = (
        select(Assignment, Point)
        .join(Plan, (col(Plan.community_id) == Assignment.community_id) & (col(Plan.id) == Assignment.plan_id))
        .join(Point, (col(Point.community_id) == Assignment.community_id) & (col(Point.id) == Assignment.point_id))
        .where(*in_force, col(Assignment.cohort_id).in_([id_ for id_ in cohorts if id_ is not None]))
    )
    return {
        row.cohort_id: TicketPlace(point.id, point.name, point.address, row.starts_at, row.ends_at)
        for row, point in (session.exec(statement) if round_.version else ())
    }


def _before(session: Session, round_: Round, entries: Iterable[RosterEntry]) -> dict[UUID, int]:
    """Of those who wait at a point: how many who came there earlier are still waiting."""
    waiting = [entry.resident_id for entry in entries if entry.arrived_number and entry.sampled_at is None]
    if not waiting:
        return {}
    earlier = aliased(RosterEntry)
    statement = (
        select(RosterEntry.resident_id, sa.func.count())
        .join(
            earlier,
            (col(earlier.community_id) == RosterEntry.community_id)
            & (col(earlier.round_id) == RosterEntry.round_id)
            & (col(earlier.arrived_point_id) == RosterEntry.arrived_point_id)
            & (col(earlier.arrived_number) < RosterEntry.arrived_number)
            & col(earlier.sampled_at).is_(None),
        )
        .where(RosterEntry.community_id == round_.community_id, RosterEntry.round_id == round_.id)
        .where(col(RosterEntry.resident_id).in_(waiting))
        .group_by(col(RosterEntry.resident_id))
    )
    return dict(session.exec(statement).all())
