"""What managers download of a published plan."""

from collections.abc import Callable
from uuid import UUID

from flask import Response

from accounts.access import requires
from accounts.rules import Permission
from bulou.database import reading
from bulou.downloads import download
from scheduling.handouts import building_sheets as make_building_sheets
from scheduling.handouts import managers_table
from scheduling.handouts import point_sheets as make_point_sheets
from scheduling.queries.public import PublicPlan, read_public_plan
from scheduling.queries.setup import get_round
from scheduling.views.rounds import bp, key_of


@bp.get("/rounds/<uuid:round_id>/sheets/buildings.pdf")
@requires(Permission.VIEW_PLAN)
def building_sheets(round_id: UUID) -> Response:
    return hand_out(round_id, make_building_sheets, "buildings.pdf")


@bp.get("/rounds/<uuid:round_id>/sheets/points.pdf")
@requires(Permission.VIEW_PLAN)
def point_sheets(round_id: UUID) -> Response:
    return hand_out(round_id, make_point_sheets, "points.pdf")


@bp.get("/rounds/<uuid:round_id>/sheets/table.xlsx")
@requires(Permission.VIEW_PLAN)
def table(round_id: UUID) -> Response:
    return hand_out(round_id, managers_table, "table.xlsx")


def hand_out(round_id: UUID, make: Callable[[PublicPlan], bytes], name: str) -> Response:
    """Made outside the transaction: typesetting takes a second."""
    with reading() as session:
        plan = read_public_plan(session, get_round(session, key_of(round_id)))
    return download(make(plan), f"{plan.head.code}-v{plan.head.version}-{name}")
