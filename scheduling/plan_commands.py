"""Planning and publishing from the command line; they join the group `bulou round`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from bulou.commands import with_application

if TYPE_CHECKING:
    from scheduling.planner import Plan
    from scheduling.queries.setup import RoundKey


@click.command("plan")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--seconds", type=click.FloatRange(min=0, max=86_400), help="Time to look for a better plan.")
@click.option("--afresh", is_flag=True, help="Do not mind what people were told before.")
@click.option("--json", "as_json", is_flag=True)
@with_application
def plan_round(round_id: UUID, seconds: float | None, afresh: bool, as_json: bool) -> None:
    """Plan the round from its roster, and keep the plan as a draft.

    Where a version is published, as little of it is changed as possible.
    """
    from bulou.ids import new_id
    from scheduling.jobs import plan_now

    plan_id = new_id()
    found = plan_now(key_of_round(round_id), plan_id, seconds=seconds, afresh=afresh)
    _say_plan(plan_id, found, as_json)


@click.command("publish")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--accept-unplaced", is_flag=True, help="Publish although somebody has no place yet.")
@click.option("--json", "as_json", is_flag=True)
@with_application
def publish_round(round_id: UUID, accept_unplaced: bool, as_json: bool) -> None:
    """Publish the latest plan of the round. A repeat changes nothing."""
    import json

    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.i18n import _
    from scheduling.queries.plans import get_latest_plan
    from scheduling.usecases.publishing import publish_plan

    key = key_of_round(round_id)
    with transaction() as session:
        plan_id = get_latest_plan(session, key)
        version = publish_plan(session, (key[0], plan_id), accept_unplaced=accept_unplaced, now=clock().now())
    said = {"round": str(round_id), "plan": str(plan_id), "version": version}
    click.echo(json.dumps(said) if as_json else _("Version %(version)d is published.", version=version))


def key_of_round(round_id: UUID) -> RoundKey:
    """A command knows the round's id alone. Raises RoundNotFound."""
    from bulou.database import reading
    from scheduling.queries.setup import get_round_by_id

    with reading() as session:
        return get_round_by_id(session, round_id).community_id, round_id


def _say_plan(plan_id: UUID, found: Plan, as_json: bool) -> None:
    import json

    from bulou.i18n import _
    from scheduling.rules.plan_words import say_quality

    said = {
        "plan": str(plan_id),
        "status": str(found.status),
        "objective": found.objective,
        "lower_bound": found.lower_bound,
        "placed": len(found.assignments),
        "unplaced": len(found.unplaced),
        "seconds": round(found.seconds, 2),
    }
    placed, unplaced = len(found.assignments), len(found.unplaced)
    words = _("%(placed)d groups have a place, %(unplaced)d have none.", placed=placed, unplaced=unplaced)
    click.echo(json.dumps(said) if as_json else "\n".join([words, *filter(None, [say_quality(found)]), str(plan_id)]))
