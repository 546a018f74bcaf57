"""Pages that say how much a round needs: asked, answered, used."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.access import acting, check_may, requires
from accounts.rules import Permission
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _
from bulou.models import RequestState
from bulou.web import wall_datetime
from scheduling.errors import RoundHasNoHours, RoundIsOver, RoundIsPublished, SizingIsExpired
from scheduling.forms import SizeForm
from scheduling.planner.plan import Fact
from scheduling.queries.rounds import round_home
from scheduling.queries.sizing import SizedOption, SizingPage, closed_by, get_option, sizing_page
from scheduling.rules.life import EDITABLE, IN_FORCE
from scheduling.sizing_sentences import MISSES, goal_words, lack_sentence, way_sentence
from scheduling.usecases.sizing import ask_for_sizing, use_option
from scheduling.views.rounds import Page, bp, key_of, problems_of, say_way


@bp.get("/rounds/<uuid:round_id>/size")
@requires(Permission.VIEW_PLAN)
def size(round_id: UUID) -> Page:
    return show_sizing(round_id, None, {})


def show_sizing(round_id: UUID, typed: dict[str, str] | None, problems: dict[str, str], status: int = 200) -> Page:
    with reading() as session:
        page = sizing_page(session, key_of(round_id))
        home = round_home(session, key_of(round_id))
    page_text = render_template(
        "scheduling/size.html",
        page=page,
        home=home,
        ways=[say_way(way) for way in home.ways],
        values={name: getattr(page.wish, name) for name in page.wish.__slots__} | (typed or {}),
        problems=problems,
        ends=[("", _("as it comes")), *((str(slot), wall_datetime(at)) for slot, at in page.ends)],
        refusal=say_refusal(page),
        sentences=sentences_of(page),
        goals_of=lambda option: goal_words(option.goals, option.proved, _),
        misses_of=lambda option: [_(MISSES[target]) for target in option.misses],
    )
    return page_text, status


def say_refusal(page: SizingPage) -> str:
    """Why nothing is asked any more, or why the last question was not answered; empty = all is well."""
    if page.round.state in IN_FORCE:
        return RoundIsPublished().sentence
    if page.round.state not in EDITABLE:
        return RoundIsOver().sentence
    if page.is_expired:
        return SizingIsExpired().sentence
    if page.request is None or page.request.state is not RequestState.FAILED:
        return ""
    known = {refusal.code: refusal for refusal in (RoundHasNoHours, RoundIsOver, RoundIsPublished, SizingIsExpired)}
    found = known.get(page.request.failure or "")
    return found().sentence if found else _("That did not work. Please ask again.")


def sentences_of(page: SizingPage) -> list[str]:
    """What cannot be had, and what would have to give way."""
    if page.answer is None:
        return []
    names = page.answer.names

    def name(_kind: str, fact: Fact) -> Fact:
        return names.get(fact, fact) if isinstance(fact, str) else fact

    lacks = [lack_sentence(lack, _, name) for lack in page.answer.lacks]
    return lacks + [way_sentence(way, _) for way in page.answer.ways]


@bp.post("/rounds/<uuid:round_id>/size")
@requires(Permission.PLAN_ROUND)
def ask_size(round_id: UUID) -> Page:
    check_may(Permission.PLAN_ROUND, round_id=round_id)
    try:
        wish = read_form(SizeForm, request.form).wish()
        with transaction() as session:
            ask_for_sizing(session, key_of(round_id), wish, **acting())
    except DomainError as refusal:
        return show_sizing(round_id, request.form.to_dict(), problems_of(refusal), refusal.status)
    return redirect(url_for(".size", round_id=round_id))


@bp.get("/rounds/<uuid:round_id>/size/<int:number>")
@requires(Permission.EDIT_ROUND)
def confirm_size(round_id: UUID, number: int) -> Page:
    """What will change, said before it does."""
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with reading() as session:
        page = sizing_page(session, key_of(round_id))
        answer, option = get_option(session, key_of(round_id), number)
        home = round_home(session, key_of(round_id))
    return render_template(
        "scheduling/size_use.html",
        page=page,
        home=home,
        answer=answer,
        option=option,
        opened=opened_by(page, option),
        closed=[point.name for point in closed_by(option, page.points)],
        refusal=say_refusal(page),
    )


def opened_by(page: SizingPage, option: SizedOption) -> list[tuple[str, int, int]]:
    """Of each open point whose lanes change: its name, lanes now, lanes then."""
    present = {str(point.id): point.lanes for point in page.points}
    changes = [(point.name, present.get(point.id, 0), point.lanes) for point in option.points]
    return [change for change in changes if change[1] != change[2]]


@bp.post("/rounds/<uuid:round_id>/size/<int:number>")
@requires(Permission.EDIT_ROUND)
def use_size(round_id: UUID, number: int) -> Page:
    check_may(Permission.EDIT_ROUND, round_id=round_id)
    with transaction() as session:
        use_option(session, key_of(round_id), number, **acting())
    flash(_("The points are set up. Now let the plan be made."))
    return redirect(url_for(".plan", round_id=round_id))
