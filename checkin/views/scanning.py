"""The scanning page of point staff, and the choice of the point. What it records goes through the API."""

from uuid import UUID

from flask import g, render_template
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session

from accounts.access import check_may, current_community_id, current_principal, requires
from accounts.rules import Permission
from bulou.assets import asset_url
from bulou.database import reading
from bulou.i18n import _
from checkin.queries.people import MOST
from checkin.queries.points import get_point
from checkin.rules import Outcome
from checkin.views import bp
from scheduling.models import Point
from scheduling.queries.rounds import RoundLine, list_campaigns
from scheduling.queries.setup import list_points
from scheduling.rules import RoundState


@bp.get("/scan")
@requires(Permission.SCAN)
def choose_point() -> str:
    """The open rounds and their points at which whoever asks may scan."""
    with reading() as session:
        rounds = [(round_, points) for round_ in _open_rounds(session) if (points := _my_points(session, round_))]
        return render_template("checkin/scan_points.html", rounds=rounds)


def _open_rounds(session: Session) -> list[RoundLine]:
    campaigns = list_campaigns(session, current_community_id())
    return [round_ for campaign in campaigns for round_ in campaign.rounds if round_.state is RoundState.OPEN]


def _my_points(session: Session, round_: RoundLine) -> list[Point]:
    may = current_principal().may
    points = list_points(session, (current_community_id(), round_.id))
    return [point for point in points if may(Permission.SCAN, round_id=round_.id, point_id=point.id)]


@bp.get("/points/<uuid:point_id>/scan")
@requires(Permission.SCAN)
def scan_at(point_id: UUID) -> str:
    """The page itself: camera, typing, verdict. Raises PointNotFound."""
    with reading() as session:
        point, round_ = get_point(session, (current_community_id(), point_id))
        check_may(Permission.SCAN, round_id=round_.id, point_id=point.id)
        return render_template("checkin/scan.html", point=point, facts=_facts(point))


def _facts(point: Point) -> dict[str, object]:
    """What the scripts of the page know when they start."""
    of_point = f"/api/v1/points/{point.id}"
    return {
        "point": str(point.id),
        "most_found": MOST,
        "timezone": g.get("timezone", "Asia/Shanghai"),
        "csrf": generate_csrf(),
        "worker": asset_url("js/scan/worker.js"),
        "urls": {
            "scans": "/api/v1/scans",
            "batch": "/api/v1/scans/batch",
            "people": f"{of_point}/people",
            "counts": f"{of_point}/counts",
        },
        "words": {**_verdict_words(), **_page_words()},
        "reasons": _reasons(),
    }


def _verdict_words() -> dict[str, str]:
    """One word for each verdict, and what to do where that does not go without saying."""
    return {
        f"word_{Outcome.ACCEPTED}": _("Accepted"),
        f"word_{Outcome.ALREADY_SAMPLED}": _("Already sampled"),
        f"word_{Outcome.UNKNOWN_TICKET}": _("Unknown ticket"),
        f"word_{Outcome.WRONG_POINT}": _("Other point"),
        f"word_{Outcome.WRONG_TIME}": _("Other time"),
        f"word_{Outcome.REVOKED}": _("Not valid"),
        f"word_{Outcome.EXCUSED}": _("Excused"),
        f"word_{Outcome.CLOSED}": _("Not open"),
        f"word_{Outcome.UNDONE}": _("Taken back"),
        f"word_{Outcome.CHOOSE_MEMBER}": _("Household"),
        "word_kept": _("No answer yet"),
        "word_refused": _("Not accepted"),
        f"hint_{Outcome.ALREADY_SAMPLED}": _("Nobody counts twice. Whoever says they were not sampled: tell the lead."),
        f"hint_{Outcome.UNKNOWN_TICKET}": _("Look the person up by door or name."),
        f"hint_{Outcome.REVOKED}": _("Look the person up: they may have a newer ticket."),
        f"hint_{Outcome.CLOSED}": _("Nothing can be recorded now. Ask the person in charge."),
        "hint_kept": _("The scan is kept on this phone and sent again by itself. Do not close this page."),
        "kept_message": _("No network, or the server is busy."),
    }


def _page_words() -> dict[str, str]:
    """Everything else the page says. The blanks are filled by the page."""
    return {
        "waiting": _("One moment …"),
        "next": _("Next person"),
        "not_now": _("Do not sample"),
        "look_up": _("Look up by door or name"),
        "accept_anyway": _("Accept anyway"),
        "reason": _("Reason"),
        "reason_other": _("Another reason"),
        "reason_own": _("Which reason"),
        "people": _("%(count)d people"),
        "sampled_count": _("%(count)d sampled"),
        "unsent": _("%(count)d not yet sent, oldest %(age)s"),
        "seconds": _("%(count)d s"),
        "minutes": _("%(count)d min"),
        "undo": _("Take back"),
        "undo_whom": _("Take back: %(person)s"),
        "taken_back": _("The scan was taken back."),
        "not_ours": _("This code is not one of our tickets. Ask for the door or the name."),
        "nothing_read": _("No code was found in the photo. Come closer, or type the code."),
        "searching": _("Searching …"),
        "search_failed": _("The search got no answer. Please try again."),
        "nobody_found": _("Nobody was found for “%(text)s”."),
        "more_found": _("There are more. Please type more of the door or name."),
        "no_ticket": _("no ticket yet"),
        "whole_household": _("Whole household"),
        "sampled_at": _("sampled at %(time)s"),
        "camera_insecure": _("The camera needs an address that begins with https. Typing and photos work here."),
        "camera_denied": _(
            "The camera was not allowed. Allow it in the browser's settings; typing and photos work meanwhile."
        ),
        "camera_none": _("No camera was found. Typing, scanners with a cable and photos work."),
        "camera_busy": _("The camera cannot be used now; another program may have it. Typing and photos work."),
        "camera_reader": _("The reader of codes did not load. Please load the page again; typing works."),
    }


def _reasons() -> dict[str, list[str]]:
    """Why somebody is accepted anyway; the first one is filled in."""
    together, changed, staff = _("Came with the family"), _("Things changed on the day"), _("Sent by the staff")
    return {
        Outcome.WRONG_POINT: [_("Came to this point"), together, changed, staff],
        Outcome.WRONG_TIME: [_("Came at this time"), together, changed, staff],
        Outcome.EXCUSED: [_("Wants to be sampled"), _("The excuse has ended"), staff],
    }
