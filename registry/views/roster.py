"""The roster as a whole: overview, search, export."""

from zoneinfo import ZoneInfo

from flask import request
from werkzeug.wrappers import Response

from accounts.access import acting, current_community_id, current_principal, requires
from accounts.rules import Permission
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.downloads import download
from bulou.errors import DomainError
from registry.queries.overview import get_overview, search_doors
from registry.queries.registered import take_snapshot
from registry.sheets import roster_workbook
from registry.views.blueprint import Page, bp, show


@bp.get("/roster")
@requires(Permission.VIEW_ROSTER)
def index() -> Page:
    return show_overview()


@bp.post("/roster")
@requires(Permission.VIEW_ROSTER)
def find() -> Page:
    """A search may be for a name, which must not stand in an address: logs keep those."""
    return show_overview()


def show_overview(refusal: DomainError | None = None) -> Page:
    typed = request.form.get("q") or request.args.get("q", "")
    with reading() as session:
        overview = get_overview(session, current_community_id())
        found = search_doors(session, current_community_id(), typed, now=clock().now()) if typed else []
    return show("roster", refusal, overview=overview, found=found, typed=typed, values=request.form)


@bp.post("/roster/export.xlsx")
@requires(Permission.EXPORT_ROSTER)
def export() -> Response:
    """Names and numbers in full: every export is noted."""
    community_id = current_community_id()
    with transaction() as session:
        note(session, community_id, "registry.roster_exported", **acting())
    with reading() as session:
        content = roster_workbook(take_snapshot(session, community_id, with_said=False).registered)
    today = clock().now().astimezone(ZoneInfo(current_principal().timezone))
    return download(content, f"roster-{community_id}-{today:%Y%m%d}.xlsx")
