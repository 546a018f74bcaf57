"""Communities and rosters on the command line."""

import json
import sys
from pathlib import Path

import click

from bulou.clock import clock
from bulou.commands import refuse, with_application, write_file
from bulou.database import reading, transaction
from bulou.forms import BadInput
from bulou.i18n import _
from bulou.ids import read_code
from bulou.text import clean_text
from registry.errors import RowsRefused, TooManyLeave
from registry.forms import read_meanings
from registry.queries.registered import take_snapshot
from registry.reading import RosterFile, read_roster
from registry.sheets import roster_workbook
from registry.usecases import account_json, add_community, compare_roster, get_community, import_roster, known_columns
from registry.usecases.importing import ImportAccount, unknown_columns
from registry.words import COLUMN_NAMES

_COLUMN_HELP = f"What a column means: {', '.join(COLUMN_NAMES)}. May be given several times."
SHOWN = 20  # refused rows that are told without --json


@click.group()
def community() -> None:
    """Residents' committees."""


@community.command("add")
@click.argument("code", metavar="CODE")
@click.option("--name", required=True)
@click.option("--json", "as_json", is_flag=True)
@with_application
def add(code: str, name: str, as_json: bool) -> None:
    """Make a community. Its tickets begin with CODE: four characters, without I, L, O and U."""
    with transaction() as session:
        made = add_community(session, code, name=name, now=clock().now())
    told = {"community": made.id, "name": made.name}
    click.echo(
        json.dumps(told, ensure_ascii=False)
        if as_json
        else _("%(name)s has the code %(code)s.", name=made.name, code=made.id)
    )


@click.group()
def roster() -> None:
    """Who lives where."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--community", "code", required=True, metavar="CODE")
@click.option("--compound", default="", metavar="NAME", help="The compound of every row, whatever the rows say.")
@click.option("--column", "said", multiple=True, metavar="HEADER=MEANING", help=_COLUMN_HELP)
@click.option("--dry-run", is_flag=True, help="Tell what would happen and write nothing.")
@click.option("--skip-refused", is_flag=True, help="Import the other rows although some are refused.")
@click.option("--confirm-leaving", is_flag=True, help="More than a tenth of the people may leave.")
@click.option("--json", "as_json", is_flag=True)
@with_application
def import_(
    file: Path,
    code: str,
    compound: str,
    said: tuple[str, ...],
    dry_run: bool,
    skip_refused: bool,
    confirm_leaving: bool,
    as_json: bool,
) -> None:
    """Take in a roster: .xlsx, .xls or .csv (UTF-8 or GB18030). All of it, or nothing."""
    content, community_id, now = _content(file), read_code(code), clock().now()
    _say(_("Reading %(file)s …", file=file.name))
    compound = clean_text(compound, max_length=80)
    with reading() as session:
        get_community(session, community_id)
        columns = {**known_columns(session, community_id, compound), **_columns(said)}
    read = read_roster(content, file.name, compound=compound, columns=columns)
    _say(_("%(count)d rows read, comparing …", count=read.lines))
    if dry_run:
        _tell(_planned(community_id, read), read, as_json)
        return
    try:
        with transaction() as session:
            done = import_roster(
                session,
                community_id,
                read,
                file_name=file.name,
                skip_refused=skip_refused,
                may_leave=confirm_leaving,
                tell=lambda share: _say(_("%(percent)d %% written", percent=round(100 * share))),
                now=now,
            )
    except (RowsRefused, TooManyLeave) as refusal:
        _tell(_planned(community_id, read), read, as_json)
        refuse(
            refusal.sentence + (" (--confirm-leaving)" if isinstance(refusal, TooManyLeave) else " (--skip-refused)")
        )
    _tell(done, read, as_json)


def _columns(said: tuple[str, ...]) -> dict[str, str]:
    """What is said of headers. A meaning that there is not is wrong usage."""
    try:
        return read_meanings(said)
    except BadInput as wrong:
        raise click.BadParameter(wrong.facts["problem"]) from None


def _planned(community_id: str, read: RosterFile) -> ImportAccount:
    with reading() as session:
        return compare_roster(session, community_id, read)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as wrong:
        refuse(_("%(file)s cannot be read: %(reason)s.", file=file.name, reason=wrong.strerror))


def _say(words: str) -> None:
    """How far it is, for whoever watches; programs read standard output undisturbed."""
    if sys.stderr.isatty():
        click.echo(words, err=True)


def _tell(account: ImportAccount, read: RosterFile, as_json: bool) -> None:
    told = {**account_json(account), "unknown_columns": unknown_columns(read)}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    counts = {name: told[name] for name in ("added", "changed", "moved", "left", "unchanged")}
    click.echo(
        _("Added %(added)d, changed %(changed)d, moved %(moved)d, left %(left)d, unchanged %(unchanged)d.", **counts)
    )
    for column in told["unknown_columns"][:SHOWN]:
        click.echo(
            _("Passed over: %(sheet)s, column %(header)s is not known (say it with --column HEADER=MEANING).", **column)
        )
    for problem in told["refused"][:SHOWN]:
        click.echo(
            _(
                "Refused: %(sheet)s, row %(row)d, column %(column)s: %(message)s",
                **{**problem, "column": problem["column"] or "–"},
            )
        )
    if len(told["refused"]) > SHOWN:
        click.echo(
            _("… and %(count)d more rows are refused (see all with --json).", count=len(told["refused"]) - SHOWN)
        )


@roster.command("export")
@click.option("--community", "code", required=True, metavar="CODE")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_application
def export(code: str, out: Path) -> None:
    """The whole roster as a workbook, with names and numbers in full. It imports again unchanged."""
    with reading() as session:
        get_community(session, read_code(code))
        content = roster_workbook(take_snapshot(session, read_code(code), with_said=False).registered)
    write_file(out, content, is_private=True)
