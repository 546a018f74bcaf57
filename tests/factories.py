"""Valid things for tests; a test names only the facts it is about. All people are invented."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, func, select

from accounts.models import Account, ApiToken, Grant, LoginSession
from accounts.rules import Role
from bulou.ids import CROCKFORD, new_code, new_id
from registry.models import Building, Community, Compound, Household, Resident, Unit
from registry.rules import DoorState, Origin
from scheduling.models import Campaign, Point, Round, SamplingSession

NOON = datetime(2022, 4, 3, tzinfo=UTC)  # where FakeClock stands at first: 08:00 in Shanghai
_numbers = count(1)


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_community(session: Session, code: str | None = None, **facts: Any) -> Community:
    given = {"name": "样例社区", "created_at": NOON, **facts}
    return add(session, Community(id=code or next_code(), **given))


def next_code() -> str:
    """The next community's code. Four random characters would meet once in some hundred runs of all tests."""
    number = next(_numbers)
    return "".join(CROCKFORD[number >> place & 31] for place in (15, 10, 5, 0))


def make_compound(session: Session, community: Community, name: str | None = None) -> Compound:
    name = name or f"样例小区{next(_numbers)}"
    return add(session, Compound(community_id=community.id, id=new_id(), name=name))


def make_building(session: Session, compound: Compound, **facts: Any) -> Building:
    given = {"name": f"{next(_numbers)}栋", "code": new_code(8), **facts}
    return add(session, Building(community_id=compound.community_id, id=new_id(), compound_id=compound.id, **given))


def make_unit(session: Session, building: Building, name: str = "") -> Unit:
    return add(session, Unit(community_id=building.community_id, id=new_id(), building_id=building.id, name=name))


def make_household(session: Session, unit: Unit, door: str | None = None, **facts: Any) -> Household:
    door = door or str(100 + next(_numbers))
    given = {"state": DoorState.SELF_OCCUPIED, "floor": int(door[:-2]) if door[:-2].isdigit() else None, **facts}
    row = Household(
        community_id=unit.community_id, id=new_id(), building_id=unit.building_id, unit_id=unit.id, door=door
    )
    return add(session, row.sqlmodel_update(given))


def make_resident(session: Session, household: Household, **facts: Any) -> Resident:
    of_household = select(func.count()).where(col(Resident.household_id) == household.id)
    given = {
        "number": session.exec(of_household).one() + 1,
        "name": "张小样",
        "origin": Origin.IMPORT,
        "created_at": NOON,
        "changed_at": NOON,
        **facts,
    }
    return add(session, Resident(community_id=household.community_id, id=new_id(), household_id=household.id, **given))


def make_campaign(session: Session, community: Community, name: str | None = None) -> Campaign:
    name = name or f"演练{next(_numbers)}"
    return add(session, Campaign(community_id=community.id, id=new_id(), name=name, created_at=NOON))


def make_round(session: Session, campaign: Campaign, **facts: Any) -> Round:
    given = {"number": next(_numbers), "name": "第一轮", "code": new_code(8), "created_at": NOON, **facts}
    return add(session, Round(community_id=campaign.community_id, id=new_id(), campaign_id=campaign.id, **given))


def make_sampling_session(session: Session, round_: Round, **facts: Any) -> SamplingSession:
    given = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=4), **facts}
    return add(session, SamplingSession(community_id=round_.community_id, id=new_id(), round_id=round_.id, **given))


def make_point(session: Session, round_: Round, **facts: Any) -> Point:
    given = {"name": f"{next(_numbers)}号采样点", "code": new_code(8), **facts}
    return add(session, Point(community_id=round_.community_id, id=new_id(), round_id=round_.id, **given))


def make_account(session: Session, community_id: str, role: Role = Role.MANAGER, **area: Any) -> Account:
    account = Account(
        community_id=community_id,
        id=new_id(),
        name=f"account{next(_numbers)}",
        shown_name="李样例",
        password_hash="",
        created_at=NOON,
    )
    add(session, account)
    add(session, Grant(community_id=community_id, id=new_id(), account_id=account.id, role=role, **area))
    return account


def make_signed_in(session: Session, community_id: str, role: Role, **area: Any) -> str:
    """The secret in the cookie of somebody who has signed in."""
    account = make_account(session, community_id, role, **area)
    secret = secrets.token_urlsafe(32)
    row = LoginSession(
        community_id=community_id,
        id=new_id(),
        account_id=account.id,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        created_at=NOON,
        seen_at=datetime.now(UTC),
        ends_at=datetime.now(UTC) + timedelta(days=1000),
    )
    add(session, row)
    return secret


def make_token(session: Session, community_id: str, role: Role = Role.REGISTRAR, **area: UUID | None) -> str:
    """A token as a device sends it."""
    token = "bulou_" + secrets.token_urlsafe(32)
    hashed = hashlib.sha256(token.encode()).digest()
    facts = {"secret_hash": hashed, "role": role, "created_at": NOON, **area}
    add(session, ApiToken(community_id=community_id, id=new_id(), **facts))
    return token


def count_rows(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()
