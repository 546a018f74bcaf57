"""The ledger on the command line."""

import json
from pathlib import Path
from uuid import UUID

import click

from bulou.clock import clock
from bulou.commands import with_application, write_file
from bulou.database import reading
from bulou.i18n import _
from followup.queries.coverage import get_coverage
from followup.queries.report import day_report
from followup.rules import Coverage
from followup.sheets import day_workbook
from followup.usecases import coverage_json
from scheduling.queries.setup import get_round_by_id


@click.command()
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as GET /api/v1/rounds/ID/coverage gives it.")
@with_application
def coverage(round_id: UUID, as_json: bool) -> None:
    """How many are sampled, excused and missing, by building."""
    with reading() as session:
        ledger = get_coverage(session, get_round_by_id(session, round_id), now=clock().now())
    click.echo(json.dumps(coverage_json(ledger), ensure_ascii=False) if as_json else as_table(ledger))


def as_table(ledger: Coverage) -> str:
    """A line for each building and their sum."""
    head = (_("Building"), _("Roster"), _("Expected"), _("Sampled"), _("Excused"), _("Missing"))
    rows = [(row.name or _("Door not known"), row.count) for row in ledger.buildings] + [(_("Total"), ledger.total)]
    lines = [(name, count.roster, count.expected, count.sampled, count.excused, count.missing) for name, count in rows]
    return "\n".join("\t".join(str(cell) for cell in line) for line in [head, *lines])


@click.command()
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_application
def report(round_id: UUID, out: Path) -> None:
    """The day's workbook: ledger, missing by door, excused; names masked."""
    with reading() as session:
        round_ = get_round_by_id(session, round_id)
        content = day_workbook(day_report(session, round_, viewer=_("command line"), now=clock().now()))
    write_file(out, content, is_private=True)
