"""Excuses: what waits for review, who need not come, one reason for many people, and what the form counts as sampled."""

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.access import acting, current_community_id, requires
from accounts.rules import Permission
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError, Invalid
from bulou.forms import asked_start, read_form
from bulou.i18n import _, ngettext
from bulou.models import JobRequest, RequestState
from bulou.walltime import instant_of
from followup import jobs
from followup.errors import ExcuseWorkNotFound, NobodyTicked
from followup.forms import FormCountingForm, ListForm, ManyExcusesForm, ReviewForm
from followup.queries import excuses as queries
from followup.queries.coverage import sampled_excuses
from followup.views import bp
from followup.views.ledger import WORDS
from registry import usecases as registry
from registry.rules import ExcuseKind
from registry.usecases import ExcuseGiven
from registry.words import end_words

Page = str | Response | tuple[str, int]


def say_end(until_at: Any) -> str:
    return end_words(until_at, now=clock().now(), zone=g.timezone)


@bp.get("/excuses")
@requires(Permission.EXCUSE)
def excuses() -> str:
    """Proposals that wait for review, the oldest first, of one building if asked; then the excuses in force."""
    building = request.args.get("building", type=UUID)
    starts = {"waiting_from": asked_start(), "in_force_from": asked_start("in_force")}
    with reading() as session:
        page = queries.excuses_page(session, current_community_id(), building_id=building, **starts, at=clock().now())
    doors = queries.by_door(page.waiting.lines)
    return render_template("followup/excuses.html", page=page, doors=doors, chosen=building, say_end=say_end, **WORDS)


def say_proposals() -> str:
    """What the first page says of those who may review."""
    with reading() as session:
        count = queries.count_proposals(session, current_community_id())
    return _("%(count)d wait for review", count=count) if count else ""


@bp.post("/excuses/review")
@requires(Permission.EXCUSE)
def review() -> Response:
    """One proposal, those ticked, a door's or a building's: the page says which, so nothing unseen is decided."""
    start: dict[str, Any] = {"from": asked_start() or None}
    back = redirect(url_for(".excuses", building=request.form.get("building") or None, **start))
    try:
        form = read_form(ReviewForm, request.form)
        if not form.excuse:
            raise NobodyTicked()
        reviewed, asked = jobs.review_or_ask(
            form.excuse, {"url": back.location}, is_accepted=form.accept, answer=form.answer, **acting()
        )
    except Invalid as refusal:
        flash(refusal.sentence, "bad")
        return back
    if asked is not None:
        return redirect(url_for(".excuse_work", request_id=asked))
    flash(_say_accepted(reviewed.decided) if form.accept else _say_rejected(reviewed.decided))
    if reviewed.too_late:
        flash(_("%(heads)d had been reviewed already and stay as they are.", heads=reviewed.too_late), "warn")
    return back


def _say_accepted(heads: int) -> str:
    return ngettext("Accepted: they are excused.", "%(num)d accepted: they are excused.", heads)


def _say_rejected(heads: int) -> str:
    return ngettext("Rejected: they stay on the list.", "%(num)d rejected: they stay on the list.", heads)


@bp.post("/excuses/<uuid:excuse_id>/withdraw")
@requires(Permission.EXCUSE)
def withdraw(excuse_id: UUID) -> Response:
    with transaction() as session:
        registry.withdraw_excuse(session, (current_community_id(), excuse_id), **acting())
    flash(_("Withdrawn: from now on they are expected."))
    return redirect(url_for(".excuses"))


# One reason for many.


@bp.get("/excuses/new")
@requires(Permission.EXCUSE)
def choose() -> Page:
    """Everybody of a door, ticked."""
    return show_choice(read_form(ListForm, request.args))


@bp.post("/excuses/choose")
@requires(Permission.EXCUSE)
def choose_ticked() -> Page:
    """Those who were ticked on the list of the missing."""
    form = read_form(ListForm, request.form)
    if not form.resident:
        flash(NobodyTicked().sentence, "bad")
        return _back(form)
    return show_choice(form)


@bp.post("/excuses/new")
@requires(Permission.EXCUSE)
def excuse_many() -> Page:
    about = read_form(ListForm, request.form)
    try:
        form = read_form(ManyExcusesForm, request.form)
        if not form.resident:
            raise NobodyTicked()
        from_at, until_at = (instant_of(each, g.timezone) for each in (form.from_at, form.until_at))
        given = ExcuseGiven(form.kind, from_at, until_at, form.note, form.proof)
        heads, asked = jobs.excuse_or_ask(form.resident, given, {"url": _back(about).location}, **acting())
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        return show_choice(about, refusal)
    if asked is not None:
        return redirect(url_for(".excuse_work", request_id=asked))
    flash(ngettext("One person is excused.", "%(num)d people are excused.", heads))
    return _back(about)


def _back(about: ListForm) -> Response:
    if about.round is not None:
        return redirect(url_for(".missing", round_id=about.round, building=about.building))
    return redirect(url_for(".excuses"))


def show_choice(about: ListForm, refusal: DomainError | None = None) -> Page:
    """Who it is about, and why they need not come. After a refusal what was typed is still there."""
    with reading() as session:
        people = queries.list_choices(
            session,
            current_community_id(),
            household_id=about.household,
            residents=about.resident,
            now=clock().now(),
        )
    if not people:
        raise NobodyTicked()
    problems = {error["field"]: error["problem"] for error in refusal.facts.get("errors", [])} if refusal else {}
    page = render_template(
        "followup/excuse_many.html",
        people=people,
        about=about,
        kinds=[(kind.value, words) for kind, words in WORDS["excuse_words"].items()],
        values=request.form,
        ticked=set(about.resident) or {person.resident_id for person in people if refusal is None},
        refusal=refusal.sentence if refusal else "",
        problems=problems,
        **WORDS,
    )
    return page, refusal.status if refusal else 200


@bp.get("/excuses/work/<uuid:request_id>")
@requires(Permission.EXCUSE)
def excuse_work(request_id: UUID) -> Page:
    """How far many excuses are. The page loads itself again until all are written."""
    with reading() as session:
        asked = session.get(JobRequest, (current_community_id(), request_id))
    if asked is None or asked.kind not in (jobs.EXCUSE, jobs.REVIEW):
        raise ExcuseWorkNotFound()
    if asked.state is RequestState.DONE:
        flash(_say_written(asked.facts["heads"]))
        return redirect(asked.facts["back"]["url"])
    has_failed = asked.state is RequestState.FAILED
    return render_template("followup/excuse_work.html", asked=asked, has_failed=has_failed)


def _say_written(heads: int) -> str:
    return ngettext("One person's excuse is written.", "The excuses of %(num)d people are written.", heads)


# What the form counts.


@bp.get("/excuses/form")
@requires(Permission.EDIT_ROSTER)
def form_counting() -> str:
    with reading() as session:
        chosen = sampled_excuses(session, current_community_id())
    return render_template("followup/form_counting.html", chosen=chosen, kinds=list(ExcuseKind), **WORDS)


@bp.post("/excuses/form")
@requires(Permission.EDIT_ROSTER)
def set_form_counting() -> Response:
    form = read_form(FormCountingForm, request.form)
    with transaction() as session:
        registry.set_sampled_excuses(session, current_community_id(), form.kinds, **acting())
    flash(_("Saved. Reports made from now on count so."))
    return redirect(url_for(".excuses"))
