"""A small round that is open, with tickets. A test names only what differs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session

from accounts.rules import Area, Principal, Role
from bulou.ids import new_code, new_id
from checkin.forms import IncomingScan
from checkin.models import Ticket
from checkin.rules import TicketKind
from registry.models import Building, Excuse, Household, NeedFlag, Resident, Unit
from registry.rules import ExcuseKind, NeedKind
from scheduling.models import Assignment, Campaign, Cohort, Plan, Point, RosterEntry, Round
from scheduling.rules import EntryCause, PlanState, RoundState
from tests.factories import (
    NOON,
    add,
    make_building,
    make_campaign,
    make_community,
    make_compound,
    make_household,
    make_point,
    make_resident,
    make_round,
    make_sampling_session,
    make_unit,
)

OPENED = NOON - timedelta(hours=1)


@dataclass
class Place:
    """A round of one building and two points; the whole building is called to the first from NOON on."""

    community_id: str
    campaign: Campaign
    round: Round
    point: Point
    other_point: Point
    building: Building
    unit: Unit
    cohort: Cohort
    plan: Plan
    households: list[Household] = field(default_factory=list)
    residents: list[Resident] = field(default_factory=list)


def make_open_round(session: Session, households: int = 1, members: int = 2, **facts: Any) -> Place:
    community = make_community(session)
    building = make_building(session, make_compound(session, community), name="3栋")
    unit = make_unit(session, building, "2单元")
    campaign = make_campaign(session, community)
    given = {"state": RoundState.OPEN, "opened_at": OPENED, "published_at": OPENED, "version": 1, **facts}
    round_ = make_round(session, campaign, **given)
    make_sampling_session(session, round_)
    points = [make_point(session, round_, contact_name="李样例", contact_phone="13800000000") for _number in range(2)]
    cohort = Cohort(
        community_id=community.id,
        id=new_id(),
        round_id=round_.id,
        building_id=building.id,
        unit_id=unit.id,
        position=0,
    )
    add(session, cohort)
    plan = make_plan(session, round_, {cohort.id: (points[0].id, NOON)})
    place = Place(community.id, campaign, round_, points[0], points[1], building, unit, cohort, plan)
    for number in range(households):
        household = make_household(session, unit, str(501 + number))
        place.households.append(household)
        for _member in range(members):
            resident = make_resident(session, household)
            place.residents.append(resident)
            make_entry(session, place, resident)
    return place


def make_plan(session: Session, round_: Round, places: dict[UUID, tuple[UUID, datetime]], **facts: Any) -> Plan:
    """A published version; `places`: cohort → point, beginning of half an hour."""
    given = {"version": 1, "state": PlanState.PUBLISHED, "created_at": OPENED, "published_at": OPENED, **facts}
    plan = Plan(community_id=round_.community_id, id=new_id(), round_id=round_.id, problem={}, result={}, **given)
    add(session, plan)
    for slot, (cohort_id, (point_id, starts_at)) in enumerate(places.items()):
        row = Assignment(
            community_id=round_.community_id,
            plan_id=plan.id,
            cohort_id=cohort_id,
            point_id=point_id,
            slot=slot,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            heads=2,
        )
        add(session, row)
    return plan


def make_entry(session: Session, place: Place, resident: Resident, **facts: Any) -> RosterEntry:
    given = {
        "household_id": resident.household_id,
        "building_id": place.building.id,
        "cohort_id": place.cohort.id,
        "cause": EntryCause.TAKEN,
        "changed_at": OPENED,
        **facts,
    }
    key = {"community_id": place.community_id, "round_id": place.round.id, "resident_id": resident.id}
    return add(session, RosterEntry(**key, **given))


def make_ticket(session: Session, place: Place, resident: Resident | None = None, **facts: Any) -> Ticket:
    """A resident's ticket; without a resident that of the first household."""
    household_id = resident.household_id if resident else place.households[0].id
    given = {
        "code": place.community_id + new_code(12),
        "campaign_id": place.campaign.id,
        "kind": TicketKind.RESIDENT if resident else TicketKind.HOUSEHOLD,
        "household_id": household_id,
        "resident_id": resident.id if resident else None,
        "issued_at": OPENED,
        **facts,
    }
    return add(session, Ticket(community_id=place.community_id, id=new_id(), **given))


def make_excuse(session: Session, resident: Resident, **facts: Any) -> Excuse:
    given = {"kind": ExcuseKind.AWAY, "from_at": OPENED, "created_at": OPENED, **facts}
    return add(session, Excuse(community_id=resident.community_id, id=new_id(), resident_id=resident.id, **given))


def make_need(session: Session, resident: Resident, kind: NeedKind) -> NeedFlag:
    row = NeedFlag(community_id=resident.community_id, resident_id=resident.id, kind=kind, set_at=OPENED)
    return add(session, row)


def scan_of(place: Place, ticket: Ticket | None = None, **facts: Any) -> IncomingScan:
    """A scan at the right point ten minutes into the slot."""
    given = {
        "scan_id": str(uuid4()),
        "code": ticket.code if ticket else None,
        "point": str(place.point.id),
        "scanned_at": (NOON + timedelta(minutes=10)).isoformat(),
        **facts,
    }
    return IncomingScan.model_validate(given)


def registrar(place: Place, **area: UUID) -> Principal:
    return Principal(place.community_id, (Area(Role.REGISTRAR, **area),), token_id=new_id())
