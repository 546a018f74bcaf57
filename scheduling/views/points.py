"""Pages of a round's hours and points."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from accounts.access import acting, current_principal, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from scheduling import usecases
from scheduling.forms import IdForm, PointForm, SessionForm, read_lanes
from scheduling.models import SamplingSession
from scheduling.queries.rounds import RoundHome, round_home
from scheduling.queries.setup import get_point, get_sampling_session, hours_of
from scheduling.rules import PointKind
from scheduling.rules.entries import MOST_BREAKS, PointEntry, Tier
from scheduling.rules.life import EDITABLE
from scheduling.rules.words import say_kind, say_tier
from scheduling.usecases.points import entry_of
from scheduling.views.rounds import Page, bp, key_of, problems_of, say_way


@bp.get("/rounds/<uuid:round_id>/points")
@requires(Permission.VIEW_PLAN)
def points(round_id: UUID) -> Page:
    """Hours and points together: both make what fits."""
    with reading() as session:
        home = round_home(session, key_of(round_id))
    return render_template(
        "scheduling/points.html",
        home=home,
        hours=[hours_of(row) for row in home.sessions],
        ways=[say_way(way) for way in home.ways],
        is_editable=home.round.state in EDITABLE,
    )


# Hours.


@bp.get("/rounds/<uuid:round_id>/hours/new")
@requires(Permission.EDIT_ROUND)
def new_session(round_id: UUID) -> Page:
    return show_session(round_id, None, None, {})


@bp.get("/rounds/<uuid:round_id>/hours/<uuid:session_id>")
@requires(Permission.EDIT_ROUND)
def edit_session(round_id: UUID, session_id: UUID) -> Page:
    return show_session(round_id, session_id, None, {})


def show_session(
    round_id: UUID, session_id: UUID | None, typed: dict[str, Any] | None, problems: dict[str, str], status: int = 200
) -> Page:
    with reading() as session:
        home = round_home(session, key_of(round_id))
        row = get_sampling_session(session, key_of(round_id), session_id) if session_id else None
    values = {"day": "", "from_time": "", "until_time": "", **typed} if typed else session_values(home, row)
    filled = sum(1 for n in range(1, MOST_BREAKS + 1) if values.get(f"break{n}_from"))
    breaks = range(1, min(max(2, filled + 1), MOST_BREAKS) + 1)
    page = render_template(
        "scheduling/session.html", home=home, session_id=session_id, values=values, problems=problems, breaks=breaks
    )
    return page, status


def session_values(home: RoundHome, row: SamplingSession | None) -> dict[str, Any]:
    """The form of a session that is there; for a new one, the day after the last with the same hours."""
    if row is None and not home.sessions:
        return {"day": "", "from_time": "08:00", "until_time": "12:00"}
    zone = ZoneInfo(current_principal().timezone)
    hours = hours_of(row or home.sessions[-1])
    starts_at, ends_at = hours.starts_at.astimezone(zone), hours.ends_at.astimezone(zone)
    values: dict[str, Any] = {
        "day": starts_at.date() if row else next_day(home, zone),
        "from_time": f"{starts_at:%H:%M}",
        "until_time": f"{ends_at:%H:%M}",
        "is_makeup": hours.is_makeup and row is not None,
    }
    for number, (since, until) in enumerate(hours.breaks, start=1):
        values[f"break{number}_from"] = f"{since.astimezone(zone):%H:%M}"
        values[f"break{number}_until"] = f"{until.astimezone(zone):%H:%M}"
    return values


def next_day(home: RoundHome, zone: ZoneInfo) -> date:
    return home.sessions[-1].starts_at.astimezone(zone).date() + timedelta(days=1)


def read_id(name: str) -> UUID | None:
    """The id in a hidden field of the form; None = it is about something new. Raises BadInput."""
    return read_form(IdForm, MultiDict({"id": request.form.get(name, "")})).id


@bp.post("/rounds/<uuid:round_id>/hours")
@requires(Permission.EDIT_ROUND)
def keep_session(round_id: UUID) -> Page:
    """A new session, or another one in place of that which `session_id` names."""
    session_id = read_id("session_id")
    try:
        hours = read_form(SessionForm, request.form).hours(current_principal().timezone)
        with transaction() as session:
            if session_id:
                usecases.change_session(session, key_of(round_id), session_id, hours, **acting())
            else:
                usecases.add_session(session, key_of(round_id), hours, **acting())
    except DomainError as refusal:
        return show_session(round_id, session_id, request.form.to_dict(), problems_of(refusal), refusal.status)
    flash(_("The hours are kept."))
    return redirect(url_for(".points", round_id=round_id))


@bp.post("/rounds/<uuid:round_id>/hours/<uuid:session_id>/remove")
@requires(Permission.EDIT_ROUND)
def remove_session(round_id: UUID, session_id: UUID) -> Page:
    with transaction() as session:
        usecases.remove_session(session, key_of(round_id), session_id, **acting())
    flash(_("The hours are removed."))
    return redirect(url_for(".points", round_id=round_id))


# Points.


@bp.get("/rounds/<uuid:round_id>/points/new")
@requires(Permission.EDIT_ROUND)
def new_point(round_id: UUID) -> Page:
    return show_point(round_id, None, None, {})


@bp.get("/rounds/<uuid:round_id>/points/<uuid:point_id>")
@requires(Permission.EDIT_ROUND)
def edit_point(round_id: UUID, point_id: UUID) -> Page:
    return show_point(round_id, point_id, None, {})


def show_point(
    round_id: UUID, point_id: UUID | None, typed: dict[str, Any] | None, problems: dict[str, str], status: int = 200
) -> Page:
    with reading() as session:
        home = round_home(session, key_of(round_id))
        entry = PointEntry(name="")
        if point_id is not None:
            entry = entry_of(session, key_of(round_id), get_point(session, key_of(round_id), point_id))
    values = asdict(entry) | {"tiers": list(entry.tiers)}
    values |= {f"lanes-{of}": lanes for of, lanes in entry.lanes_by_session.items()}
    if typed is not None:
        values |= {"counts_entrance": False, **typed, "tiers": request.form.getlist("tiers")}
    page = render_template(
        "scheduling/point.html",
        home=home,
        point_id=point_id,
        values=values,
        problems=problems,
        kinds=[(str(kind), say_kind(kind)) for kind in (PointKind.LANES, PointKind.DOORSTEP)],
        tiers=[(str(tier), say_tier(tier)) for tier in Tier],
    )
    return page, status


@bp.post("/rounds/<uuid:round_id>/points")
@requires(Permission.EDIT_ROUND)
def keep_point(round_id: UUID) -> Page:
    """A new point, or another one in place of that which `point_id` names."""
    point_id = read_id("point_id")
    is_stale = False
    try:
        entry = read_form(PointForm, request.form).entry(read_lanes(request.form))
        with transaction() as session:
            if point_id:
                is_stale = usecases.change_point(session, key_of(round_id), point_id, entry, **acting())
            else:
                usecases.add_point(session, key_of(round_id), entry, **acting())
    except DomainError as refusal:
        return show_point(round_id, point_id, request.form.to_dict(), problems_of(refusal), refusal.status)
    flash(
        _("The point is kept. A plan made before does not know of it: plan again.")
        if is_stale
        else _("The point is kept.")
    )
    return redirect(url_for(".points", round_id=round_id))


@bp.post("/rounds/<uuid:round_id>/points/<uuid:point_id>/copy")
@requires(Permission.EDIT_ROUND)
def copy_point(round_id: UUID, point_id: UUID) -> Page:
    with transaction() as session:
        copy = usecases.copy_point(session, key_of(round_id), point_id, **acting())
    flash(_("The copy is made. Give it its own name and place."))
    return redirect(url_for(".edit_point", round_id=round_id, point_id=copy.id))


@bp.post("/rounds/<uuid:round_id>/points/<uuid:point_id>/remove")
@requires(Permission.EDIT_ROUND)
def remove_point(round_id: UUID, point_id: UUID) -> Page:
    with transaction() as session:
        usecases.remove_point(session, key_of(round_id), point_id, **acting())
    flash(_("The point is removed."))
    return redirect(url_for(".points", round_id=round_id))
