"""The command line of check-in."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from uuid import UUID

import click

from bulou.commands import with_application, write_file
from checkin.queries.handed_out import TicketLine

COLUMNS = ("kind", "code", "point", "cohort", "slot", "from", "to")


@click.command()
@click.argument("round_id", metavar="ROUND", type=click.UUID)
@click.option("--out", metavar="FILE.csv", required=True, type=click.Path(path_type=Path), help="Where the list goes.")
@with_application
def tickets(round_id: UUID, out: Path) -> None:
    """Write the tickets of a round with where and when each is called. Gives out those still missing first."""
    from bulou.database import reading
    from checkin.jobs import issue_all
    from checkin.queries.handed_out import list_tickets
    from scheduling.queries.setup import get_round_by_id

    with reading() as session:
        round_ = get_round_by_id(session, round_id)
    if round_.version > 0:
        issue_all((round_.community_id, round_.campaign_id))
    with reading() as session:
        content = _table(list_tickets(session, get_round_by_id(session, round_id)))
    write_file(out, content, is_private=True)


def _table(lines: Iterable[TicketLine]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(line) for line in lines)
    return text.getvalue().encode()


def _cells(line: TicketLine) -> list[object]:
    times = [at.isoformat() if at else "" for at in (line.starts_at, line.ends_at)]
    cells = [line.kind.value, line.code, line.point_id, line.cohort_id, line.slot, *times]
    return ["" if cell is None else cell for cell in cells]
