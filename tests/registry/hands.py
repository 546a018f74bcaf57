"""Hands on the registry while a round is open."""

from checkin.usecases import record_scan
from followup.queries.coverage import get_coverage
from tests.checkin.factories import registrar, scan_of
from tests.factories import NOON


def key(row):
    return row.community_id, row.id


def ledger(session, place):
    """Roster, sampled, excused, missing; and every row adds up."""
    coverage = get_coverage(session, place.round, now=NOON.replace(hour=6))
    for row in coverage.buildings:
        assert row.count.roster == row.count.sampled + row.count.excused + row.count.missing
    total = coverage.total
    return total.roster, total.sampled, total.excused, total.missing


def scan(session, place, ticket, **facts):
    return record_scan(session, scan_of(place, ticket, **facts), by=registrar(place), now=NOON.replace(minute=10))
