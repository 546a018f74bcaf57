"""`bulou demo`, and the example that `make run` loads into an empty database."""

import json
from dataclasses import asdict
from typing import Any

import click
from sqlmodel import func, select

from bulou.clock import clock
from bulou.commands import refuse, with_application
from bulou.database import reading, transaction
from bulou.i18n import _
from bulou.ids import read_code
from bulou.links import base_url
from examples.demo import Demo, make_demo
from examples.keeping import find_sign_ins, forget_sign_ins, keep_sign_ins
from examples.removing import get_contents, remove_example
from registry.models import Community

MOST_RESIDENTS = 1_000_000


@click.command()
@click.option("--residents", type=click.IntRange(1, MOST_RESIDENTS), default=2000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with ids, sign-ins and tokens.")
@click.option("--remove", metavar="CODE", help="Remove this invented community instead, with everything in it.")
@click.option("--yes", "is_sure", is_flag=True, help="With --remove: do not ask.")
@with_application
def demo(residents: int, as_json: bool, remove: str | None, is_sure: bool) -> None:
    """An invented community, a round planned, published and open now."""
    if remove is not None:
        remove_after_asking(read_code(remove), is_sure=is_sure)
        return
    facts = facts_of(make_demo(residents, now=clock().now()))
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines_of(facts)))


def remove_after_asking(community_id: str, *, is_sure: bool) -> None:
    """Say how much goes, ask unless somebody is sure, remove it. Raises CommunityNotFound and NotAnExample."""
    with reading() as session:
        contents = get_contents(session, community_id)
    click.echo(
        _(
            "%(name)s: %(residents)d residents, %(buildings)d buildings, %(rounds)d rounds, %(accounts)d accounts, %(rows)d rows.",
            **asdict(contents),
        )
    )
    if not is_sure and not click.confirm(_("Remove all of it? This cannot be taken back.")):
        refuse(_("Nothing was removed."))
    with transaction() as session:
        remove_example(session, community_id)
    forget_sign_ins(community_id)
    click.echo(_("The example is removed."))


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
    keep_sign_ins(facts)


def example_lines() -> list[str]:
    """The example's sign-ins, until it is removed."""
    facts = find_sign_ins()
    if facts is None:
        return []
    with reading() as session:
        if session.get(Community, facts["community"]) is None:
            return []
    return lines_of(facts)
