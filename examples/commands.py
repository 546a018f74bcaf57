"""`bulou demo`, and the example that `make run` loads into an empty database."""

import json
import os
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlmodel import func, select

from bulou.clock import clock
from bulou.commands import with_application
from bulou.database import reading
from bulou.i18n import _
from bulou.links import base_url
from examples.demo import Demo, make_demo
from registry.models import Community

MOST_RESIDENTS = 1_000_000


@click.command()
@click.option("--residents", type=click.IntRange(1, MOST_RESIDENTS), default=2000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with ids, sign-ins and tokens.")
@with_application
def demo(residents: int, as_json: bool) -> None:
    """An invented community, a round planned, published and open now."""
    facts = facts_of(make_demo(residents, now=clock().now()))
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines_of(facts)))


def facts_of(made: Demo) -> dict[str, Any]:
    return {
        "community": made.community_id,
        "campaign": str(made.campaign_id),
        "round": str(made.round_id),
        "points": [{"id": str(point_id), "name": name} for point_id, name in made.points],
        "base_url": base_url(),
        "sign_ins": {role.value: {"name": one.name, "password": one.password} for role, one in made.sign_ins.items()},
        "tokens": {role.value: token for role, token in made.tokens.items()},
    }


def lines_of(facts: dict[str, Any]) -> list[str]:
    """What a person reads: where, and how to sign in as each role."""
    lines = [
        _(
            "Example community %(code)s. Sign in at %(address)s as:",
            code=facts["community"],
            address=f"{base_url()}/sign-in",
        )
    ]
    return lines + [f"  {role:<12} {one['name']:<20} {one['password']}" for role, one in facts["sign_ins"].items()]


def load_example() -> None:
    """Make the example where there is no community at all, and keep its sign-ins for every later start."""
    with reading() as session:
        if session.exec(select(func.count()).select_from(Community)).one():
            return
    click.echo(_("Making the example community…"))
    facts = facts_of(make_demo(2000, now=clock().now()))
    with open(os.open(kept_at(), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)


def example_lines() -> list[str]:
    """The example's sign-ins, until it is removed."""
    if not kept_at().exists():
        return []
    facts = json.loads(kept_at().read_text())
    with reading() as session:
        if session.get(Community, facts["community"]) is None:
            return []
    return lines_of(facts)


def kept_at() -> Path:
    return Path(current_app.config["SETTINGS"].data) / "example.json"
