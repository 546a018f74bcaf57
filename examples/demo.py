"""The example's round: planned, published and open now, with somebody to sign in for each role."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from accounts.models import Account
from accounts.rules import OF_PEOPLE, Area, Role
from accounts.usecases import add_account, make_token
from bulou.database import transaction
from bulou.ids import new_code, new_id
from checkin.jobs import issue_all
from examples.community import invent_community
from followup.usecases import assign_steward
from registry.models import Building, Community
from scheduling.models import Point
from scheduling.rules import PointKind
from scheduling.rules.entries import PointEntry, RoundEntry
from scheduling.rules.hours import Hours
from scheduling.usecases import create_round, open_round, publish_plan
from scheduling.usecases.planning import keep_draft, prepare, search
from scheduling.usecases.rounds import RoundSetup

SLOT = timedelta(minutes=30)
CALLED_FOR = timedelta(hours=5)  # how long before now the first people were called
OPEN_FOR = timedelta(hours=8)  # how long from now everybody who is late may still come
PEOPLE_PER_POINT = 2000  # 2,000 to 3,000 a point in a round: the official guideline of 2022-05
RATE, UTILISATION, SPARE = 80, 0.85, 1.35  # heads a lane and hour; room above what is needed
PASSWORD_BYTES = 9
GATES = ("北门", "东门", "南门", "西门", "中心广场")
SHOWN_NAMES = {
    Role.MANAGER: "演示管理员",
    Role.POINT_LEAD: "演示点长",
    Role.REGISTRAR: "演示登记员",
    Role.VOLUNTEER: "演示志愿者",
    Role.VIEWER: "演示查看员",
}


@dataclass(frozen=True, slots=True)
class SignIn:
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made, and how to get in. The passwords and tokens are nowhere else."""

    community_id: str
    campaign_id: UUID
    round_id: UUID
    points: tuple[tuple[UUID, str], ...]
    sign_ins: dict[Role, SignIn]
    tokens: dict[Role, str]


def make_demo(residents: int, *, now: datetime) -> Demo:
    """An invented community with an open round. Each call makes another one."""
    with transaction() as session:
        community = invent_community(session, _free_code(session), "样例社区", residents, now=now)
        sign_ins = _add_accounts(session, community.id, now)
        tokens = {
            role: make_token(session, community.id, area=Area(role), name="demo", now=now).secret for role in OF_PEOPLE
        }
        round_ = create_round(session, community.id, _setup(residents, community.timezone, now), by=None, now=now)
    _plan_and_publish((community.id, round_.id), now)
    issue_all((community.id, round_.campaign_id))
    with transaction() as session:
        open_round(session, (community.id, round_.id), now=now)
        _give_buildings(session, community.id, sign_ins[Role.VOLUNTEER].name, now)
        points = session.exec(
            select(Point.id, Point.name)
            .where(Point.round_id == round_.id)
            .order_by(col(Point.kind).desc(), col(Point.id))
        )
        return Demo(community.id, round_.campaign_id, round_.id, tuple(points), sign_ins, tokens)


def _free_code(session: Session) -> str:
    while session.get(Community, code := new_code(4)) is not None:
        pass
    return code


def _add_accounts(session: Session, code: str, now: datetime) -> dict[Role, SignIn]:
    """The plain names for the first example, names with its code for any other."""
    is_first = session.exec(select(func.count()).select_from(Account)).one() == 0
    sign_ins = {}
    for role in OF_PEOPLE:
        name = role.value if is_first else f"{role.value}-{code.lower()}"
        sign_ins[role] = SignIn(name, secrets.token_urlsafe(PASSWORD_BYTES))
        add_account(
            session,
            code,
            name=name,
            shown_name=SHOWN_NAMES[role],
            password=sign_ins[role].password,
            areas=[Area(role)],
            is_example=True,
            now=now,
        )
    return sign_ins


def _setup(residents: int, timezone: str, now: datetime) -> RoundSetup:
    """Everybody has been called by now, all on one day; whoever is late may still come for hours."""
    sessions = _sessions(now.astimezone(ZoneInfo(timezone)))
    count = max(2, ceil(residents / PEOPLE_PER_POINT))
    hours = (sessions[0].ends_at - sessions[0].starts_at) / timedelta(hours=1)
    lanes = max(2, ceil(residents * SPARE / (count * hours * RATE * UTILISATION)))
    entry = RoundEntry(name="第1轮", slot_minutes=int(SLOT.total_seconds() // 60), bring="身份证或入场码，戴好口罩")
    points = tuple(_point(number, count, residents, lanes) for number in range(count))
    doorstep = PointEntry("上门采样组", kind=PointKind.DOORSTEP, contact_name="演示点长", contact_phone="10000000000")
    return RoundSetup("全员检测演练", entry, sessions, (*points, doorstep))


def _sessions(local: datetime) -> tuple[Hours, ...]:
    """Hours in which all are called, ending about now, and a make-up session after them."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    current = midnight + (local - midnight) // SLOT * SLOT
    ends_at = max(current + SLOT, midnight + 4 * SLOT)
    starts_at = max(midnight, ends_at - CALLED_FOR)
    return Hours(starts_at, ends_at), Hours(ends_at, ends_at + OPEN_FOR, is_makeup=True)


def _point(number: int, count: int, residents: int, lanes: int) -> PointEntry:
    side = ceil(count**0.5)
    rows = max(1, residents // 100 / 5)
    return PointEntry(
        f"{number + 1}号采样点",
        address=f"富安花园{GATES[number % len(GATES)]}旁空地",
        x=round((number % side + 0.5) * 275.0 / side, 1),
        y=round((number // side + 0.5) * rows * 48.0 / side, 1),
        lanes=lanes,
        heads_per_lane_hour=RATE,
        utilisation=UTILISATION,
        contact_name="演示点长",
        contact_phone="10000000000",
        volunteers="演示志愿者",
    )


def _plan_and_publish(key: tuple[str, UUID], now: datetime) -> None:
    with transaction() as session:
        # As it was planned before the hours began: afterwards nobody is put into a time that has begun.
        prepared = prepare(session, key, now=now - CALLED_FOR - timedelta(days=1))
    found = search(prepared, seconds=None)
    plan_id = new_id()
    with transaction() as session:
        keep_draft(session, key, plan_id, prepared, found, author_id=None, now=now)
        publish_plan(session, (key[0], plan_id), by=None, accept_unplaced=True, now=now)


def _give_buildings(session: Session, code: str, name: str, now: datetime) -> None:
    """The volunteer looks after the first building; the others show what is still to be given."""
    account_id = session.exec(select(Account.id).where(Account.name == name)).one()
    building_id = session.exec(
        select(Building.id).where(Building.community_id == code).order_by(col(Building.id))
    ).first()
    if building_id is not None:
        assign_steward(session, (code, building_id), account_id, by=None, now=now)
