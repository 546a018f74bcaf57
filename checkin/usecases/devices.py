"""Phones of a point: enrolled with a code or by whoever has signed in on them, revoked, handed back."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from accounts.models import ApiToken
from accounts.queries import hash_secret
from accounts.rules import Area, Permission, Principal, Role, ended_since
from accounts.usecases import keep_token, note
from bulou.crypto import field_keys
from bulou.ids import new_code, new_id, read_code
from checkin.errors import (
    DeviceCodeNotValid,
    DeviceNotFound,
    DevicesEnrolNoDevices,
    PointHasDevices,
    PointHasScans,
    PointNotForPhones,
    PointNotYours,
    RoundOverForDevices,
)
from checkin.models import Device, DeviceCode, Scan, SliceMark
from checkin.queries.points import PointKey, get_point
from checkin.rules.devices import CODE_LENGTH, CODE_LIFE, trusted_until
from scheduling.models import Point, Round, SamplingSession
from scheduling.rules import PointKind, PointRemoved
from scheduling.rules.life import EDITABLE

SLICE_KEY = 32  # bytes: AES-256
DeviceKey = tuple[str, UUID]  # community_id, id


@dataclass(frozen=True, slots=True)
class NewDeviceCode:
    """A code that enrols one phone; its secret is told once, in groups of four."""

    id: UUID
    secret: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A phone that was just enrolled. `secret` and `slice_key` are told this once."""

    id: UUID
    name: str
    point: Point
    round: Round
    secret: str
    slice_key: str  # base64
    ends_at: datetime


def make_device_code(session: Session, point: PointKey, *, by: Principal | None, now: datetime) -> NewDeviceCode:
    """Whoever has the secret may enrol one phone there, for a quarter of an hour.

    Raises PointNotFound, PointNotYours, PointNotForPhones and RoundOverForDevices.
    """
    _open_point(session, point, by, Permission.MANAGE_DEVICES)
    secret = new_code(CODE_LENGTH)
    row = DeviceCode(
        community_id=point[0],
        id=new_id(),
        secret_hash=hash_secret(secret),
        point_id=point[1],
        author_id=by.account_id if by else None,
        made_at=now,
        ends_at=now + CODE_LIFE,
    )
    session.add(row)
    session.flush()
    note(session, point[0], "device.code_made", point[1], by=by, now=now)
    return NewDeviceCode(row.id, "-".join(secret[at : at + 4] for at in range(0, CODE_LENGTH, 4)), row.ends_at)


def enrol_with_code(session: Session, code: str, name: str, *, now: datetime) -> Enrolled:
    """Enrol the phone that shows the code. Of two that show it at once the database lets one through.

    Raises DeviceCodeNotValid, RoundOverForDevices.
    """
    row = _use(session, read_code(code), now)
    point, round_ = _open_point(session, (row.community_id, row.point_id), None, Permission.SCAN)
    return _enrol(session, point, round_, name, Principal(row.community_id, (), account_id=row.author_id), now)


def _use(session: Session, secret: str, now: datetime) -> DeviceCode:
    """Undone where the rest is refused."""
    fresh = (col(DeviceCode.used_at).is_(None), col(DeviceCode.ends_at) > now)
    row = session.exec(select(DeviceCode).where(DeviceCode.secret_hash == hash_secret(secret), *fresh)).first()
    if row is None:
        raise DeviceCodeNotValid()
    key = (col(DeviceCode.community_id) == row.community_id, col(DeviceCode.id) == row.id)
    taken = update(DeviceCode).where(*key, *fresh).values(used_at=now)
    if session.connection().execute(taken).rowcount != 1:
        raise DeviceCodeNotValid()
    return row


def enrol_signed_in(session: Session, point: PointKey, name: str, *, by: Principal, now: datetime) -> Enrolled:
    """Enrol the phone on which somebody has signed in who may scan there.

    Raises PointNotFound, PointNotYours, PointNotForPhones, RoundOverForDevices, DevicesEnrolNoDevices.
    """
    if by.is_device:
        raise DevicesEnrolNoDevices()
    return _enrol(session, *_open_point(session, point, by, Permission.SCAN), name, by, now)


def _open_point(session: Session, key: PointKey, by: Principal | None, permission: Permission) -> tuple[Point, Round]:
    """A point where phones have something to do; `by` None = a code vouches for whoever asks."""
    point, round_ = get_point(session, key)
    if by is not None and not by.may(permission, round_id=round_.id, point_id=point.id):
        raise PointNotYours()
    if point.kind is PointKind.OFFICIAL:
        raise PointNotForPhones()
    if round_.state not in EDITABLE:
        raise RoundOverForDevices()
    return point, round_


def _enrol(session: Session, point: Point, round_: Round, name: str, by: Principal, now: datetime) -> Enrolled:
    area, ends_at = Area(Role.DEVICE, round_.id, point.id), trusted_until(_last_hours_end(session, round_), now)
    token = keep_token(session, point.community_id, area=area, name=name, ends_at=ends_at, now=now)
    slice_key = base64.b64encode(secrets.token_bytes(SLICE_KEY)).decode()
    row = Device(
        community_id=point.community_id,
        id=token.id,
        point_id=point.id,
        slice_key=field_keys().encrypt(point.community_id, slice_key),
        enrolled_by=by.account_id,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    note(session, point.community_id, "device.enrolled", row.id, by=by, now=now)
    return Enrolled(row.id, name, point, round_, token.secret, slice_key, ends_at)


def _last_hours_end(session: Session, round_: Round) -> datetime | None:
    of_round = (SamplingSession.community_id == round_.community_id, SamplingSession.round_id == round_.id)
    return session.exec(select(sa.func.max(SamplingSession.ends_at)).where(*of_round)).one()


def revoke_device(session: Session, key: DeviceKey, *, by: Principal, now: datetime) -> None:
    """The phone is refused from now on, but for what it made before. A repeat changes nothing.

    Raises DeviceNotFound and PointNotYours.
    """
    device, token = get_device(session, key)
    if not by.may(Permission.MANAGE_DEVICES, round_id=token.round_id, point_id=token.point_id):
        raise PointNotYours()
    if _end(session, device, token, now):
        note(session, key[0], "device.revoked", key[1], by=by, now=now)


def hand_back_device(session: Session, key: DeviceKey, *, by: Principal, now: datetime) -> None:
    """Whoever holds the phone is done with it. A repeat changes nothing. Raises DeviceNotFound."""
    device, token = get_device(session, key)
    if _end(session, device, token, now):
        device.handed_back_at = now
        note(session, key[0], "device.handed_back", key[1], by=by, now=now)


def _end(session: Session, device: Device, token: ApiToken, now: datetime) -> bool:
    """False where it had ended before. The key stays: notes of people without a ticket may still come in."""
    if token.revoked_at is not None:
        return False
    token.revoked_at = now
    session.add_all([token, device])
    session.flush()
    return True


def forget_point(session: Session, event: PointRemoved) -> None:
    """Codes, marks and phones that have ended go with their point. Raises PointHasScans, PointHasDevices."""
    if session.exec(select(Scan.id).where(*_at(Scan, event)).limit(1)).first() is not None:
        raise PointHasScans(point=event.name)
    tokens = session.exec(select(ApiToken).where(*_at(ApiToken, event), ApiToken.role == Role.DEVICE))
    if any(ended_since(token.revoked_at, token.ends_at, now=event.at) is None for token in tokens):
        raise PointHasDevices(point=event.name)
    for table in (DeviceCode, SliceMark, Device):
        session.exec(sa.delete(table).where(*_at(table, event)))


def _at(table: Any, event: PointRemoved) -> tuple[Any, ...]:
    return (col(table.community_id) == event.community_id, col(table.point_id) == event.point_id)


def get_device(session: Session, key: DeviceKey) -> tuple[Device, ApiToken]:
    """Raises DeviceNotFound, also for another community's."""
    device = session.get(Device, key)
    if device is None:
        raise DeviceNotFound()
    return device, session.get_one(ApiToken, key)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a phone last said."""

    at: datetime
    unsent: int | None  # None = it did not say


def keep_visits(session: Session, visits: Mapping[DeviceKey, Seen]) -> None:
    """Note when phones were last here, and how much they had not sent yet."""
    for (community_id, device_id), seen in sorted(visits.items()):
        said = {"unsent": seen.unsent} if seen.unsent is not None else {}
        which = (col(Device.community_id) == community_id, col(Device.id) == device_id)
        session.exec(update(Device).where(*which, col(Device.seen_at) <= seen.at).values(seen_at=seen.at, **said))
