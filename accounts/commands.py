"""Accounts from the command line, and the code for the first of them."""

import json
import sys
from uuid import UUID

import click

from bulou.commands import with_application

ROLES = ["manager", "point_lead", "registrar", "volunteer", "viewer"]  # accounts.rules.Role, without loading it


def first_sign_in_lines() -> list[str]:
    """What to tell whoever started the program: how to make the first account. Nothing where there is one."""
    from accounts.usecases import make_setup_code
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.i18n import _
    from bulou.links import public_url

    with transaction() as session:
        code = make_setup_code(session, now=clock().now())
    if code is None:
        return []
    return [
        _("For a community of your own, make its first account here:"),
        f"  {public_url('/start')}",
        "  " + _("One-time code: %(code)s", code=code),
    ]


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("name")
@click.option("--community", required=True, metavar="CODE", help="The community's four characters.")
@click.option("--role", type=click.Choice(ROLES), default="manager", show_default=True)
@click.option("--shown-name", default="", help="The name that colleagues see; without it the one to sign in with.")
@click.option("--round", "round_id", type=click.UUID, help="Only in this round.")
@click.option("--point", "point_id", type=click.UUID, help="Only at this point.")
@click.option("--json", "as_json", is_flag=True)
@with_application
def add_user(
    name: str, community: str, role: str, shown_name: str, round_id: UUID | None, point_id: UUID | None, as_json: bool
) -> None:
    """Let somebody sign in as NAME. The password is asked for, or read as one line of standard input."""
    from accounts.areas import get_area
    from accounts.rules import Role
    from accounts.usecases import add_account
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.i18n import _
    from bulou.ids import read_code

    password = read_password()
    with transaction() as session:
        community_id = read_code(community)
        _place, area = get_area(session, community_id, Role(role), round_id, point_id)
        account = add_account(
            session,
            community_id,
            name=name,
            shown_name=shown_name,
            password=password,
            areas=[area],
            now=clock().now(),
        )
    if as_json:
        click.echo(json.dumps({"id": str(account.id), "community": community_id, "name": account.name, "role": role}))
    else:
        click.echo(_("%(name)s may sign in now.", name=account.name))


@user.command("reset")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
@with_application
def reset_user(name: str, as_json: bool) -> None:
    """Print a link with which whoever signs in as NAME chooses a new password, once, within a day.

    The way back in where the only manager has lost theirs.
    """
    from accounts.queries import get_account_key
    from accounts.usecases import make_password_link
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.links import public_url

    with transaction() as session:
        made = make_password_link(session, get_account_key(session, name), now=clock().now())
    link = f"{public_url('/join')}#{made.secret}"
    told = {"link": link, "code": made.secret, "ends_at": made.ends_at.isoformat()}
    click.echo(json.dumps(told) if as_json else link)


@user.command("end")
@click.argument("name")
@with_application
def end_user(name: str) -> None:
    """Nobody signs in as NAME any more. The last manager of a community stays."""
    from accounts.queries import get_account_key
    from accounts.usecases import end_account
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.i18n import _

    with transaction() as session:
        end_account(session, get_account_key(session, name), now=clock().now())
    click.echo(_("The account is ended."))


def read_password() -> str:
    """Never from the arguments, which everybody on the machine can see."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@click.group()
def token() -> None:
    """What devices and programs show instead of a password."""


@token.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--community", metavar="CODE", help="Needed where neither round nor point is named.")
@click.option("--round", "round_id", type=click.UUID, help="Only in this round.")
@click.option("--point", "point_id", type=click.UUID, help="Only at this point.")
@click.option("--name", default="", help="What it is for, as the list of tokens shows it.")
@click.option("--json", "as_json", is_flag=True)
@with_application
def create_token(
    role: str, community: str | None, round_id: UUID | None, point_id: UUID | None, name: str, as_json: bool
) -> None:
    """Make a token and print it. It cannot be shown again."""
    from accounts.areas import get_area
    from accounts.rules import Role
    from accounts.usecases import make_token
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.ids import read_code

    with transaction() as session:
        named = read_code(community) if community else None
        place, area = get_area(session, named, Role(role), round_id, point_id)
        community_id = place.community_id if place else named
        if community_id is None:
            raise click.UsageError("Give --community, --round or --point.")
        made = make_token(session, community_id, area=area, name=name, now=clock().now())
    if as_json:
        told = {"token": made.secret, "id": str(made.id), "community": community_id, "role": role}
        where = {"round": area.round_id and str(area.round_id), "point": area.point_id and str(area.point_id)}
        click.echo(json.dumps({**told, **where}))
    else:
        click.echo(made.secret)


@token.command("revoke")
@click.argument("token_id", metavar="ID", type=click.UUID)
@click.option("--community", required=True, metavar="CODE")
@with_application
def revoke(token_id: UUID, community: str) -> None:
    """The token with this id is refused from now on."""
    from accounts.usecases import revoke_token
    from bulou.clock import clock
    from bulou.database import transaction
    from bulou.ids import read_code

    with transaction() as session:
        revoke_token(session, (read_code(community), token_id), now=clock().now())
