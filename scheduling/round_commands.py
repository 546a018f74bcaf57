"""Rounds on the command line: made from a file, shown, opened, closed, and their plan pack as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from bulou.commands import with_application, write_file
from scheduling.plan_commands import key_of_round, plan_round, publish_round

if TYPE_CHECKING:
    from scheduling.models import Round


@click.group("round")
def round_() -> None:
    """Rounds: make, plan, publish, open, close. ROUND is the round's id."""


round_.add_command(plan_round)
round_.add_command(publish_round)


@round_.command("create")
@click.argument("spec", metavar="SPEC.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", "code", required=True, metavar="CODE")
@click.option("--json", "as_json", is_flag=True)
@with_application
def create(spec: Path, code: str, as_json: bool) -> None:
    """Make a round from a file (docs/round-spec.md); checked whole first, nothing half done."""
    from bulou.clock import clock
    from bulou.database import transaction
    from registry.models import Community
    from scheduling.errors import CommunityUnknown
    from scheduling.queries.setup import list_points
    from scheduling.spec import read_spec, setup_of
    from scheduling.usecases import create_round

    wanted = read_spec(spec)
    with transaction() as session:
        community = session.get(Community, code.upper())
        if community is None:
            raise CommunityUnknown(code=code)
        setup = setup_of(session, community.id, wanted, community.timezone)
        made = create_round(session, community.id, setup, by=None, now=clock().now())
        points = [{"id": str(point.id), "name": point.name} for point in list_points(session, (community.id, made.id))]
    click.echo(json.dumps({**_told(made), "points": points}, ensure_ascii=False) if as_json else str(made.id))


@round_.command("show")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@with_application
def show(round_id: UUID, as_json: bool) -> None:
    """The round's state, people and room."""
    from bulou.database import reading
    from bulou.i18n import _
    from scheduling.queries.rounds import round_home
    from scheduling.rules.words import say_state

    key = key_of_round(round_id)
    with reading() as session:
        home = round_home(session, key)
    if as_json:
        room = {"heads": home.sum.heads, "capacity": home.sum.capacity, "missing": home.sum.missing}
        points = [{"id": str(line.point.id), "name": line.point.name} for line in home.points]
        click.echo(json.dumps({**_told(home.round), **room, "points": points}, ensure_ascii=False))
        return
    click.echo(f"{home.campaign} · {home.round.name}: {say_state(home.round.state)}")
    click.echo(
        _("%(heads)d people to sample, room for %(capacity)d.", heads=home.sum.heads, capacity=home.sum.capacity)
    )


@round_.command("open")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@with_application
def open_(round_id: UUID) -> None:
    """Open the round now instead of with its first hours. A repeat changes nothing."""
    from scheduling.usecases import open_round

    _step(open_round, round_id)


@round_.command("close")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@with_application
def close(round_id: UUID) -> None:
    """Close the round now: whoever is missing has missed it. A repeat changes nothing."""
    from scheduling.usecases import close_round

    _step(close_round, round_id)


@click.command("pack")
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--out", "folder", required=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@with_application
def pack(round_id: UUID, folder: Path) -> None:
    """The plan pack as files: the public pages, the sheets and the managers' table, each in both languages."""
    from bulou.database import reading
    from bulou.i18n import _
    from scheduling.pack import pack_files
    from scheduling.queries.public import read_public_plan
    from scheduling.queries.setup import get_round

    key = key_of_round(round_id)
    with reading() as session:
        plan = read_public_plan(session, get_round(session, key))
    files = pack_files(plan)  # all made before the first is written
    for name, content in files.items():
        write_file(folder / name, content, makes_folder=True)
    click.echo(_("%(files)d files in %(folder)s.", files=len(files), folder=folder))


def _step(step: object, round_id: UUID) -> None:
    from bulou.clock import clock
    from bulou.database import transaction
    from scheduling.queries.setup import get_round
    from scheduling.rules.words import say_state

    key = key_of_round(round_id)
    with transaction() as session:
        step(session, key, now=clock().now())  # type: ignore[operator]
        state = get_round(session, key).state
    click.echo(say_state(state))


def _told(made: Round) -> dict[str, object]:
    return {
        "community": made.community_id,
        "campaign": str(made.campaign_id),
        "round": str(made.id),
        "name": made.name,
        "code": made.code,
        "state": str(made.state),
        "version": made.version,
    }
