"""Valid things of the chase for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from bulou.ids import new_id
from registry.models import Excuse, Resident
from registry.rules import ExcuseKind, ExcuseState
from scheduling.models import RosterEntry, Round
from scheduling.rules import EntryCause, RoundState
from tests.factories import (
    NOON,
    add,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_household,
    make_resident,
    make_round,
    make_sampling_session,
    make_unit,
)


def make_entry(
    session: Session, round_: Round, resident: Resident, building_id: UUID | None, **facts: Any
) -> RosterEntry:
    given = {"household_id": resident.household_id, "cause": EntryCause.TAKEN, "changed_at": NOON, **facts}
    row = RosterEntry(
        community_id=round_.community_id, round_id=round_.id, resident_id=resident.id, building_id=building_id, **given
    )
    return add(session, row)


def make_excuse(session: Session, resident: Resident, **facts: Any) -> Excuse:
    given = {
        "kind": ExcuseKind.AWAY,
        "state": ExcuseState.ACCEPTED,
        "from_at": NOON,
        "created_at": NOON,
        **facts,
    }
    return add(session, Excuse(community_id=resident.community_id, id=new_id(), resident_id=resident.id, **given))


class Place:
    """A community of one building with an open round, and as many residents, one to a door, as asked for."""

    def __init__(self, session: Session, people: int = 3) -> None:
        self.session = session
        self.community = make_community(session)
        self.building = make_building(session, make_compound(session, self.community))
        self.unit = make_unit(session, self.building)
        campaign = make_campaign(session, self.community)
        self.round = make_round(session, campaign, state=RoundState.OPEN, version=1)
        make_sampling_session(session, self.round, starts_at=NOON, ends_at=NOON + timedelta(hours=4))
        self.people = [make_resident(session, make_household(session, self.unit)) for _ in range(people)]
        self.entries = [make_entry(session, self.round, person, self.building.id) for person in self.people]

    def sample(self, number: int, at: datetime | None = NOON) -> None:
        self.entries[number].sampled_at = at
        add(self.session, self.entries[number])
