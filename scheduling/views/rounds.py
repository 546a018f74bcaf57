"""Pages of campaigns and rounds: the list, a round's home, its settings, its special buildings, its end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.access import acting, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _, ngettext
from bulou.links import public_url
from scheduling import usecases
from scheduling.forms import CancelDraftForm, CancelForm, CopyForm, NewRoundForm, RoundForm, RuleForm
from scheduling.queries.rounds import RoundHome, list_buildings, list_campaigns, round_home
from scheduling.queries.setup import RoundKey
from scheduling.rules import RoundState
from scheduling.rules.enough import LongerHours, MoreLanes
from scheduling.rules.entries import SLOT_LENGTHS, Tier
from scheduling.rules.life import EDITABLE, PUBLIC, next_states
from scheduling.rules.wishes import MIDDLE, STEPS, Wish
from scheduling.rules.words import say_kind, say_state, say_steps, say_tier, say_wish, state_kind
from scheduling.steps import say_next, steps_of

bp = Blueprint("rounds", __name__)
Page = str | Response | tuple[str, int]


def key_of(round_id: UUID) -> RoundKey:
    return current_community_id(), round_id


@bp.app_context_processor
def words_of_rounds() -> dict[str, Callable[..., Any]]:
    return {"say_state": say_state, "state_kind": state_kind, "say_tier": say_tier, "say_kind": say_kind}


@bp.get("/rounds")
@requires(Permission.VIEW_PLAN)
def index() -> Page:
    with reading() as session:
        campaigns = list_campaigns(session, current_community_id())
    return render_template("scheduling/rounds.html", campaigns=campaigns, say_next=say_next_in_list)


@bp.get("/rounds/new")
@requires(Permission.EDIT_ROUND)
def new() -> Page:
    return show_new({}, {})


def show_new(values: dict[str, Any], problems: dict[str, str], status: int = 200) -> Page:
    with reading() as session:
        campaigns = [campaign.name for campaign in list_campaigns(session, current_community_id())]
    tomorrow = (clock().now().astimezone(ZoneInfo(current_principal().timezone)) + timedelta(days=1)).date()
    given = {"campaign": campaigns[0] if campaigns else "", "slot_minutes": "30", "first_day": tomorrow, **values}
    page = render_template(
        "scheduling/new_round.html", campaigns=campaigns, values=given, problems=problems, lengths=slot_lengths()
    )
    return page, status


@bp.post("/rounds")
@requires(Permission.EDIT_ROUND)
def create() -> Page:
    try:
        form = read_form(NewRoundForm, request.form)
        with transaction() as session:
            made = usecases.start_round(
                session, current_community_id(), form.campaign, int(form.slot_minutes), form.first_day, **acting()
            )
    except DomainError as refusal:
        return show_new(request.form.to_dict(), problems_of(refusal), refusal.status)
    flash(_("The round is ready. Look through the hours and points, then let the plan be made."))
    return redirect(url_for(".show", round_id=made.id))


def problems_of(refusal: DomainError) -> dict[str, str]:
    """Sentences by field; what belongs to no field stands under an empty name, on top of the form."""
    errors = refusal.facts.get("errors")
    return {error["field"]: error["problem"] for error in errors} if errors else {"": refusal.sentence}


def slot_lengths() -> list[tuple[str, str]]:
    return [(str(minutes), ngettext("%(num)d minute", "%(num)d minutes", minutes)) for minutes in SLOT_LENGTHS]


@bp.get("/rounds/<uuid:round_id>")
@requires(Permission.VIEW_PLAN)
def show(round_id: UUID) -> Page:
    with reading() as session:
        home = round_home(session, key_of(round_id))
    return render_template(
        "scheduling/round.html",
        home=home,
        steps=steps_of(home),
        ways=[say_way(way) for way in home.ways],
        next_words=say_next(home),
        next_states=next_states(home.round.state),
        public_link=public_url(f"/r/{home.round.code}") if home.round.state in PUBLIC and home.round.version else "",
        **settings_of(home),
    )


def settings_of(home: RoundHome) -> dict[str, Any]:
    """What the form of the round's settings starts from."""
    weights = home.round.weights
    chosen = {str(wish): STEPS.index(weights.get(wish, MIDDLE)) for wish in Wish if weights.get(wish, MIDDLE) in STEPS}
    return {
        "is_editable": home.round.state in EDITABLE,
        "lengths": slot_lengths(),
        "wishes": [(str(wish), say_wish(wish), chosen.get(str(wish), 1)) for wish in Wish],
        "wish_steps": list(enumerate(say_steps())),
    }


def say_next_in_list(state: RoundState) -> str:
    """The same in few words, from the state alone; empty where nothing is left to do."""
    words = {
        RoundState.DRAFT: _("Next: set up and plan"),
        RoundState.PLANNED: _("Next: look through and publish"),
        RoundState.PUBLISHED: _("Next: hang up the sheets"),
        RoundState.OPEN: _("Now: sampling"),
        RoundState.CLOSED: _("Next: follow up who was missed"),
    }
    return words.get(state, "")


def say_way(way: MoreLanes | LongerHours) -> str:
    if isinstance(way, LongerHours):
        return ngettext(
            "open %(num)d minute longer on the last day", "open %(num)d minutes longer on the last day", way.minutes
        )
    return ngettext("%(num)d lane more at %(point)s", "%(num)d lanes more at %(point)s", way.lanes, point=way.point)


@bp.post("/rounds/<uuid:round_id>")
@requires(Permission.EDIT_ROUND)
def change(round_id: UUID) -> Page:
    form = read_form(RoundForm, request.form)
    with transaction() as session:
        usecases.change_round(session, key_of(round_id), form.entry(), **acting())
    flash(_("The settings are kept."))
    return redirect(url_for(".show", round_id=round_id))


@bp.get("/rounds/<uuid:round_id>/copy")
@requires(Permission.EDIT_ROUND)
def copy(round_id: UUID) -> Page:
    return show_copy(round_id, None, {})


def show_copy(round_id: UUID, first_day: str | None, problems: dict[str, str], status: int = 200) -> Page:
    """What is taken over, and the day it begins: a week later, or tomorrow where that has gone."""
    with reading() as session:
        home = round_home(session, key_of(round_id))
        ruled = sum(line.rule is not None for line in list_buildings(session, key_of(round_id)))
    zone = ZoneInfo(current_principal().timezone)
    tomorrow = clock().now().astimezone(zone).date() + timedelta(days=1)
    began = home.sessions[0].starts_at.astimezone(zone).date() if home.sessions else tomorrow
    page = render_template(
        "scheduling/copy_round.html",
        home=home,
        ruled=ruled,
        first_day=first_day or max(began + timedelta(days=1), tomorrow),
        problems=problems,
    )
    return page, status


@bp.post("/rounds/<uuid:round_id>/copy")
@requires(Permission.EDIT_ROUND)
def make_copy(round_id: UUID) -> Page:
    try:
        form = read_form(CopyForm, request.form)
        with transaction() as session:
            made = usecases.copy_round(session, key_of(round_id), form.first_day, **acting())
    except DomainError as refusal:
        return show_copy(round_id, request.form.get("first_day"), problems_of(refusal), refusal.status)
    flash(_("The round is ready. Look through the hours and points, then let the plan be made."))
    return redirect(url_for(".show", round_id=made.id))


@bp.get("/rounds/<uuid:round_id>/cancel")
@requires(Permission.CLOSE_ROUND)
def ask_to_cancel(round_id: UUID) -> Page:
    return show_cancel(round_id, {})


def show_cancel(round_id: UUID, problems: dict[str, str], status: int = 200) -> Page:
    with reading() as session:
        home = round_home(session, key_of(round_id))
    page = render_template("scheduling/cancel_round.html", home=home, values=request.form, problems=problems)
    return page, status


@bp.post("/rounds/<uuid:round_id>/cancel")
@requires(Permission.CLOSE_ROUND)
def cancel(round_id: UUID) -> Page:
    with reading() as session:
        is_public = round_home(session, key_of(round_id)).round.version > 0
    try:
        form = read_form(CancelForm if is_public else CancelDraftForm, request.form)
        if not form.sure:
            return show_cancel(round_id, {"sure": _ask_if_sure(is_public)}, 422)
        with transaction() as session:
            usecases.cancel_round(session, key_of(round_id), because=form.because, **acting())
    except DomainError as refusal:
        return show_cancel(round_id, problems_of(refusal), refusal.status)
    flash(_("The round is cancelled. The public pages say so.") if is_public else _("The round is cancelled."))
    return redirect(url_for(".show", round_id=round_id))


def _ask_if_sure(is_public: bool) -> str:
    return (
        _("Please tick that nobody has to come any more.")
        if is_public
        else _("Please tick that it is to be cancelled.")
    )


LIFE = {"open": usecases.open_round, "close": usecases.close_round}


@bp.post("/rounds/<uuid:round_id>/open", defaults={"step": "open"})
@bp.post("/rounds/<uuid:round_id>/close", defaults={"step": "close"})
@requires(Permission.CLOSE_ROUND)
def take_step(round_id: UUID, step: str) -> Page:
    with transaction() as session:
        LIFE[step](session, key_of(round_id), **acting())
    said = {
        "open": _("The round is open: scans count from now on."),
        "close": _("The round is closed. Whoever is still missing stands on the list."),
    }
    flash(said[step])
    return redirect(url_for(".show", round_id=round_id))


@bp.get("/rounds/<uuid:round_id>/buildings")
@requires(Permission.VIEW_PLAN)
def buildings(round_id: UUID) -> Page:
    return show_buildings(round_id, "")


def show_buildings(round_id: UUID, problem: str, status: int = 200) -> Page:
    with reading() as session:
        home = round_home(session, key_of(round_id))
        lines = list_buildings(session, key_of(round_id))
    page = render_template(
        "scheduling/buildings.html",
        home=home,
        lines=lines,
        point_names={str(line.point.id): line.point.name for line in home.points},
        tiers=[(str(tier), say_tier(tier)) for tier in Tier],
        is_editable=home.round.state in EDITABLE,
        problem=problem,
    )
    return page, status


@bp.post("/rounds/<uuid:round_id>/buildings")
@requires(Permission.EDIT_ROUND)
def rule_buildings(round_id: UUID) -> Page:
    try:
        form = read_form(RuleForm, request.form)
        if not form.building:
            return show_buildings(round_id, _("Please tick the buildings first."), 422)
        with transaction() as session:
            usecases.set_building_rules(session, key_of(round_id), form.building, form.entry(), **acting())
    except DomainError as refusal:
        return show_buildings(round_id, refusal.sentence, refusal.status)
    count = len(form.building)
    flash(ngettext("Kept for %(num)d building.", "Kept for %(num)d buildings.", count))
    return redirect(url_for(".buildings", round_id=round_id))
