"""The scanning page of point staff, and the choice of the point. What it records goes through the API."""

import hashlib
import json
from uuid import UUID

from flask import Response, render_template
from sqlmodel import Session

from accounts.access import check_may, current_community_id, current_principal, find_principal, open_to_all, requires
from accounts.rules import Permission
from bulou.assets import asset_path, asset_url
from bulou.database import reading
from bulou.i18n import language
from checkin.queries.people import MOST
from checkin.queries.points import find_community_of_point, get_point
from checkin.views import bp
from checkin.views.scan_words import reasons, scan_words
from scheduling.models import Point
from scheduling.queries.rounds import RoundLine, list_campaigns
from scheduling.queries.setup import list_points
from scheduling.rules import RoundState

# What the page loads, and what the phone keeps of it.
SHELL = (
    "css/scan.css",
    "img/logo.svg",
    "js/scan/page.js",
    "js/scan/worker.js",
    "zxing_reader.wasm",
)


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
@open_to_all
def scan_at(point_id: UUID) -> str:
    """The page itself: camera, typing, verdict. It says nothing of anybody; who it works for, the API decides.

    Raises PointNotFound, and NotPermitted where whoever is signed in may not scan there.
    """
    with reading() as session:
        principal = find_principal()
        community = find_community_of_point(session, point_id)
        key = (principal.community_id if principal else community.id if community else "", point_id)
        point, round_ = get_point(session, key)
        if principal:
            check_may(Permission.SCAN, round_id=round_.id, point_id=point.id)
        zone = community.timezone if community else ""
        return render_template("checkin/scan.html", point=point, facts=_facts(point.id, zone))


@bp.get("/enrol")
@open_to_all
def enrol() -> str:
    """The same page without a point: the one-time code, which stands behind the # and is sent to no log, says which."""
    return render_template("checkin/scan.html", point=None, facts=_facts(None, "Asia/Shanghai"))


@bp.get("/points/service-worker.js")
@open_to_all
def service_worker() -> Response:
    """Keeps the page on the phone. Another list of files is another script, so that phones take the new version."""
    assets = [asset_url(name) for name in SHELL]
    version = hashlib.sha256("\n".join(assets).encode()).hexdigest()[:16]
    shell = json.dumps({"version": version, "assets": assets})
    script = asset_path("js/scan/service-worker.js").read_text(encoding="utf-8")
    return Response(f"self.SHELL={shell};\n{script}", mimetype="text/javascript")


def _facts(point_id: UUID | None, zone: str) -> dict[str, object]:
    """What the scripts of the page know when they start: the same for every reader of a language."""
    of_point = f"/api/v1/points/{point_id}"
    return {
        "point": str(point_id) if point_id else None,
        "most_found": MOST,
        "timezone": zone,
        "language": language(),
        "worker": asset_url("js/scan/worker.js"),
        "urls": {
            "scans": "/api/v1/scans",
            "batch": "/api/v1/scans/batch",
            "point": of_point,
            "people": f"{of_point}/people",
            "counts": f"{of_point}/counts",
            "slice": f"{of_point}/slice",
            "page": "/points/POINT/scan",
        },
        "words": scan_words(),
        "reasons": reasons(),
    }
