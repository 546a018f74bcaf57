"""The phones of a round's points: who holds which, when it was last here, and the way for a new one."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.access import acting, check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.links import public_url
from bulou.qr import qr_svg
from checkin.forms import DeviceCodeForm
from checkin.queries.devices import list_devices
from checkin.queries.points import get_point
from checkin.usecases.devices import make_device_code, revoke_device
from checkin.views import bp
from scheduling.models import Point
from scheduling.queries.setup import get_round, list_points
from scheduling.rules import PointKind

Page = str | tuple[str, int] | Response


@bp.get("/rounds/<uuid:round_id>/phones")
@requires(Permission.MANAGE_DEVICES)
def devices(round_id: UUID) -> Page:
    """Those of the points that whoever asks answers for."""
    return _show(round_id)


def _show(round_id: UUID, refusal: DomainError | None = None) -> Page:
    check_may(Permission.MANAGE_DEVICES, round_id=round_id)
    with reading() as session:
        round_ = get_round(session, (current_community_id(), round_id))
        points = _my_points(session, round_id)
        mine = {point.id for point in points}
        lines = [line for line in list_devices(session, round_, now=clock().now()) if line.point_id in mine]
        facts = {
            "round": round_,
            "choices": [(point.id, point.name) for point in points],
            "lines": lines,
            "refusal": refusal and refusal.sentence,
        }
        page = render_template("checkin/devices.html", **facts)
    return (page, refusal.status) if refusal else page


def _my_points(session: Session, round_id: UUID) -> list[Point]:
    may = current_principal().may
    return [
        point
        for point in list_points(session, (current_community_id(), round_id))
        if point.kind is not PointKind.OFFICIAL and may(Permission.MANAGE_DEVICES, round_id=round_id, point_id=point.id)
    ]


@bp.post("/rounds/<uuid:round_id>/phones")
@requires(Permission.MANAGE_DEVICES)
def make_code(round_id: UUID) -> Page:
    """The code for one phone, in the answer to the form and nowhere else."""
    check_may(Permission.MANAGE_DEVICES, round_id=round_id)
    try:
        key = (current_community_id(), read_form(DeviceCodeForm, request.form).point)
        with transaction() as session:
            made = make_device_code(session, key, **acting())
            point, round_ = get_point(session, key)
    except DomainError as refusal:
        return _show(round_id, refusal)
    link = f"{public_url('/enrol')}#{made.secret}"
    return render_template(
        "checkin/device_code.html",
        point=point,
        round=round_,
        secret=made.secret,
        ends_at=made.ends_at,
        link=link,
        address=public_url("/enrol"),
        qr=Markup(qr_svg(link)),  # noqa: S704 (drawn by us, of figures alone)
    )


@bp.post("/rounds/<uuid:round_id>/phones/<uuid:device_id>/revoke")
@requires(Permission.MANAGE_DEVICES)
def revoke(round_id: UUID, device_id: UUID) -> Page:
    check_may(Permission.MANAGE_DEVICES, round_id=round_id)
    with transaction() as session:
        revoke_device(session, (current_community_id(), device_id), **acting())
    flash(_("The phone is revoked: it forgets the names, and may only send what it scanned before."))
    return redirect(url_for(".devices", round_id=round_id))
