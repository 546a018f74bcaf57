"""Calls of enrolled phones: enrolment, their slice, handing back. A phone shows its cookie and says which it is (X-Device)."""

import base64
import os
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Blueprint, Response, json, request
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session

from accounts.access import current_principal, find_principal, open_to_all, requires
from accounts.limits import check_attempts, count_wrong_attempt
from accounts.rules import Permission, Principal
from accounts.signing import forget_device, keep_device
from bulou.clock import clock
from bulou.crypto import NONCE, field_keys
from bulou.database import reading, transaction
from bulou.forms import read_json
from bulou.openapi import describes
from checkin.api import json_answer, point_body, point_key
from checkin.errors import DeviceCodeNotValid, DeviceHasUnsent, NotADevice, PointMissing
from checkin.forms import CsrfBody, DeviceStateBody, EnrolForm, EnrolledBody, SliceBody
from checkin.queries.points import PointKey, get_point_page
from checkin.usecases.devices import (
    DeviceKey,
    Enrolled,
    enrol_signed_in,
    enrol_with_code,
    get_device,
    hand_back_device,
)
from checkin.usecases.slices import Slice, slices
from checkin.usecases.visits import visits
from scheduling.queries.setup import list_points

bp = Blueprint("device_api", __name__, url_prefix="/api/v1")
Body = dict[str, Any]


@bp.get("/csrf")
@open_to_all
@describes(gives=CsrfBody)
def csrf() -> Response:
    """What a page of ours that was kept for work without network shows when it asks for a change."""
    return json_answer({"csrf": generate_csrf()})


@bp.post("/devices")
@open_to_all
@describes(EnrolForm, EnrolledBody, status=201)
def enrol() -> Response:
    """Enrol this phone: with a code that it was shown, or by whoever has signed in on it."""
    asked = read_json(EnrolForm)
    enrolled = _with_code(asked.code, asked.name) if asked.code else _signed_in(asked)
    body = {"device": _device_body(enrolled.id, enrolled.name, enrolled.point.id, enrolled.round.id)}
    answer = json_answer({**body, "key": enrolled.slice_key}, 201)
    keep_device(answer, enrolled.secret)
    return answer


def _with_code(code: str, name: str) -> Enrolled:
    check_attempts("enrol")
    try:
        with transaction() as session:
            return enrol_with_code(session, code, name, now=clock().now())
    except DeviceCodeNotValid:
        count_wrong_attempt("enrol")
        raise


def _signed_in(asked: EnrolForm) -> Enrolled:
    by = current_principal()
    if asked.point is None:
        raise PointMissing()
    with transaction() as session:
        return enrol_signed_in(session, (by.community_id, asked.point), asked.name, by=by, now=clock().now())


@bp.get("/device")
@requires(Permission.SCAN)
@describes(gives=DeviceStateBody)
def device() -> Response:
    """Which phone this is. One that was revoked is answered 403 with the code device_revoked."""
    by = _current_device()
    area = by.areas[0]
    body = {"device": _device_body(by.token_id, by.shown_name, area.point_id, area.round_id)}
    return json_answer({**body, "revoked_at": None, "server_time": clock().now().isoformat()})


@bp.delete("/device")
@requires(Permission.SCAN)
@describes(status=204, refusals=(409,))
def hand_back() -> Response:
    """The phone is done with: it is refused from now on. Not while it says that something is unsent (X-Unsent)."""
    by = _current_device()
    if unsent := _unsent():
        raise DeviceHasUnsent(unsent=unsent)
    with transaction() as session:
        hand_back_device(session, _key_of(by), by=by, now=clock().now())
    answer = Response(status=204)
    forget_device(answer)
    return answer


def _device_body(id_: UUID | None, name: str, point_id: UUID | None, round_id: UUID | None) -> Body:
    return {"id": str(id_), "name": name, "point": str(point_id), "round": str(round_id)}


def _current_device() -> Principal:
    """Raises NotADevice."""
    by = current_principal()
    if not by.is_device:
        raise NotADevice()
    return by


def _key_of(by: Principal) -> DeviceKey:
    assert by.token_id is not None  # a phone's token has its id
    return by.community_id, by.token_id


# The slice.


@bp.get("/points/<uuid:point_id>/slice")
@requires(Permission.SCAN)
@describes(
    gives=SliceBody,
    query={"since": "the cursor of the answer before; left out: everything"},
    refusals=(404, 410),
)
def point_slice(point_id: UUID) -> Response:
    """The people of the point, sealed with the phone's key: all of them, or those who changed since the cursor."""
    by, now = _current_device(), clock().now()
    with reading() as session:
        point = point_key(session, point_id, Permission.SCAN)
        device_row, _token = get_device(session, _key_of(by))
        head = _head(session, point)
    found = slices().slice_of(point, request.args.get("since"), now=now)
    told = _told({"as_of": now.isoformat(), **head}, found)
    sealed = _seal(by, device_row.slice_key, told)
    return json_answer({"cursor": found.cursor, "complete": found.is_complete, "sealed": sealed})


def _head(session: Session, point: PointKey) -> Body:
    """What is told with every answer, however little has changed."""
    page = get_point_page(session, point)
    names = {str(each.id): each.name for each in list_points(session, (point[0], page.round_id))}
    return {"community": point[0], "point": point_body(page), "points": names}


def _told(head: Body, found: Slice) -> bytes:
    """Households were put into JSON when they changed; here they are only joined."""
    rest = {**head, "cut": found.cut, "gone": list(found.gone)}
    opened = json.dumps(rest, ensure_ascii=False)[:-1]
    return f'{opened},"households":[{",".join(found.households)}]}}'.encode()


def _seal(by: Principal, slice_key: bytes, told: bytes) -> str:
    key = base64.b64decode(field_keys().decrypt(by.community_id, slice_key))
    nonce = os.urandom(NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, told, str(by.token_id).encode())).decode()


# When phones were last here.


@bp.before_app_request
def note_visit() -> None:
    """Every call of a phone says that it is there, and how much it has not sent yet."""
    by = find_principal()
    if by is None or not by.is_device or by.revoked_at is not None:
        return
    visits().hear(_key_of(by), _unsent(), clock().now())
    if request.method == "GET":  # a scan is answered first
        visits().keep(now=clock().now())


def _unsent() -> int | None:
    """How much the phone says that it has not sent yet; None = it does not say."""
    said = request.headers.get("X-Unsent", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None
