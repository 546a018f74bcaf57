"""The report of a round as values."""

from datetime import timedelta

from followup.queries.report import day_report
from tests.factories import NOON
from tests.followup.factories import Place, make_excuse


def test_the_report_of_a_closed_round_lists_whom_it_counts_as_excused(session):
    place = Place(session, people=1)
    make_excuse(session, place.people[0], withdrawn_at=NOON + timedelta(hours=2))
    place.round.closed_at = NOON + timedelta(hours=1)

    report = day_report(session, place.round, viewer="", now=NOON + timedelta(hours=3))

    assert sum(row.count.excused for row in report.buildings) == len(report.excuses) == 1
