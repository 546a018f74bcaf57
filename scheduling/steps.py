"""What a round goes through, what comes next in it, and what comes next in a community: for its home and for the first page."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.access import may_open
from accounts.home import NextStep
from bulou.i18n import _
from registry.models import Resident
from scheduling.models import Round
from scheduling.queries.rounds import RoundHome, Step, round_home
from scheduling.rules import RoundState
from scheduling.rules.life import EDITABLE

MOST_SHOWN = 3  # rounds on the first page; the list of rounds has all


def list_next_steps(session: Session, community_id: str) -> list[NextStep]:
    """The rounds that are under way, the latest first; where there is none, how one begins."""
    if not _has_people(session, community_id):
        words = _("Nobody is on the roster yet. Read your list in: an Excel workbook or a CSV file, as it is.")
        return [NextStep(_("Roster"), words, (("/roster/import", _("Read a roster in")),))]
    under_way = _latest(session, community_id, *EDITABLE)
    if under_way:
        return [_step_of(round_home(session, (community_id, round_id))) for round_id in under_way]
    closed = _latest(session, community_id, RoundState.CLOSED)[:1]
    if closed:
        return [_after(round_home(session, (community_id, closed[0])))]
    words = _("The roster is there. A round needs a name and a day; everything else can be changed afterwards.")
    return [NextStep(_("Rounds"), words, (("/rounds/new", _("New round")),))]


def _has_people(session: Session, community_id: str) -> bool:
    lives_here = (Resident.community_id == community_id, col(Resident.left_at).is_(None))
    return session.exec(select(Resident.id).where(*lives_here).limit(1)).first() is not None


def _latest(session: Session, community_id: str, *states: RoundState) -> list[UUID]:
    rounds = select(Round.id).where(Round.community_id == community_id, col(Round.state).in_(states))
    return list(session.exec(rounds.order_by(col(Round.created_at).desc()).limit(MOST_SHOWN)))


def _step_of(home: RoundHome) -> NextStep:
    words, address = pages_of(home)[home.next_step or Step.DAY]
    to_round = (f"/rounds/{home.round.id}", _("To the round"))
    return NextStep(_title(home), say_next(home), ((address, words), to_round))


def _after(home: RoundHome) -> NextStep:
    words, address = pages_of(home)[Step.LIST]
    again = (f"/rounds/{home.round.id}/copy", _("Copy into a new round"))
    return NextStep(_title(home), say_next(home), ((address, words), again))


def _title(home: RoundHome) -> str:
    return f"{home.campaign} · {home.round.name}"


def pages_of(home: RoundHome) -> dict[Step, tuple[str, str]]:
    """What each step is called, and the address of its page."""
    round_id = home.round.id
    return {
        Step.ROSTER: (_("Roster"), "/roster"),
        Step.SETUP: (_("Points and hours"), f"/rounds/{round_id}/points"),
        Step.PLAN: (_("Plan"), f"/rounds/{round_id}/plan"),
        Step.PUBLISH: (_("Publish"), f"/rounds/{round_id}/plan"),
        Step.DAY: (_("The day"), f"/rounds/{round_id}/coverage"),
        Step.LIST: (_("Who is missing"), f"/rounds/{round_id}/missing"),
    }


def steps_of(home: RoundHome) -> list[dict[str, Any]]:
    """The six steps; those before the next one are done. A page that whoever asks may not see has no link."""
    words = pages_of(home)
    order = list(Step)
    current = order.index(home.next_step) if home.next_step else len(order)
    return [
        {
            "words": said,
            "url": path if may_open(path) else "",
            "state": "done" if place < current else "",
            "is_current": place == current,
        }
        for place, (said, path) in enumerate(words[step] for step in order)
    ]


def say_next(home: RoundHome) -> str:
    words = {
        Step.ROSTER: _("Next: bring in the roster. Without people there is nothing to plan."),
        Step.SETUP: _("Next: more lanes or longer hours. Not everybody has room yet."),
        Step.PLAN: _("Next: let the plan be made."),
        Step.PUBLISH: _("Next: look through the plan and publish it."),
        Step.DAY: _("Next: hang up the sheets and print the tickets. The round opens by itself when its hours begin."),
        Step.LIST: _("The round is closed. Who was missed stands on the list."),
    }
    if home.round.state is RoundState.OPEN:
        return _("The round is open. It closes by itself when its last hours end.")
    return words[home.next_step] if home.next_step else ""
