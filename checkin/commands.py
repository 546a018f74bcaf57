"""The command line of check-in."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import click

from bulou.commands import with_application
from checkin.errors import FileNotWritable, RoundNotFound
from checkin.queries.handed_out import TicketLine

COLUMNS = ("kind", "code", "point", "cohort", "slot", "from", "to")


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--out", metavar="FILE.csv", required=True, type=click.Path(path_type=Path), help="Where the list goes.")
@with_application
def tickets(round_id: str, out: Path) -> None:
    """Write the tickets of a round with where and when each is called. Gives out those still missing first."""
    from bulou.database import reading
    from checkin.jobs import issue_all
    from checkin.queries.handed_out import list_tickets
    from scheduling.queries.setup import find_community, get_round

    with reading() as session:
        community_id = find_community(session, _id(round_id))
        if community_id is None:
            raise RoundNotFound()
        key = (community_id, _id(round_id))
        round_ = get_round(session, key)
        campaign = (community_id, round_.campaign_id)
        is_planned = round_.version > 0
    if is_planned:
        issue_all(campaign)
    with reading() as session:
        _write(out, list(list_tickets(session, get_round(session, key))))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RoundNotFound() from None


def _write(out: Path, lines: Iterable[TicketLine]) -> None:
    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_cells(line) for line in lines)
    except OSError as wrong:
        raise FileNotWritable(path=out, reason=wrong.strerror) from None


def _cells(line: TicketLine) -> list[object]:
    times = [at.isoformat() if at else "" for at in (line.starts_at, line.ends_at)]
    cells = [line.kind.value, line.code, line.point_id, line.cohort_id, line.slot, *times]
    return ["" if cell is None else cell for cell in cells]
