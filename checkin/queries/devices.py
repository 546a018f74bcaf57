"""The phones of a round's points, as those see them who answer for a point."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import Account, ApiToken
from accounts.rules import ended_since
from checkin.models import Device
from scheduling.models import Point, Round


@dataclass(frozen=True, slots=True)
class DeviceLine:
    id: UUID
    name: str
    point_id: UUID
    point: str
    enrolled_by: str  # empty = a program
    enrolled_at: datetime
    seen_at: datetime
    unsent: int | None  # as it last said; None = it never said
    ended_at: datetime | None  # None = trusted
    is_handed_back: bool


def list_devices(session: Session, round_: Round, *, now: datetime) -> list[DeviceLine]:
    """Those that are trusted first, each point's together; the latest first."""
    statement = (
        select(Device, ApiToken, Point.name, Account.shown_name)
        .join(ApiToken, (col(ApiToken.community_id) == Device.community_id) & (col(ApiToken.id) == Device.id))
        .join(Point, (col(Point.community_id) == Device.community_id) & (col(Point.id) == Device.point_id))
        .outerjoin(
            Account, (col(Account.community_id) == Device.community_id) & (col(Account.id) == Device.enrolled_by)
        )
        .where(Device.community_id == round_.community_id, Point.round_id == round_.id)
        .order_by(col(Point.name), col(ApiToken.created_at).desc())
    )
    lines = [_line(device, token, point, by or "", now) for device, token, point, by in session.exec(statement)]
    return sorted(lines, key=lambda line: line.ended_at is not None)


def _line(device: Device, token: ApiToken, point: str, by: str, now: datetime) -> DeviceLine:
    return DeviceLine(
        id=device.id,
        name=token.name,
        point_id=device.point_id,
        point=point,
        enrolled_by=by,
        enrolled_at=token.created_at,
        seen_at=device.seen_at,
        unsent=device.unsent,
        ended_at=ended_since(token.revoked_at, token.ends_at, now=now),
        is_handed_back=device.handed_back_at is not None,
    )
