"""What recording scans asks of SQLite: rows by their keys, never all rows of a community or of a round."""

import pytest
from sqlalchemy import event

from checkin.usecases import Sent, record_scans
from tests.checkin.factories import make_open_round, make_ticket, registrar, scan_of
from tests.factories import NOON

BY_ROUND = {"plan", "sampling_session"}  # a round has a few of each


@pytest.fixture
def database_kind() -> str:
    return "sqlite"  # PostgreSQL chooses by the sizes it counts


def test_every_statement_finds_its_rows_by_a_whole_key(session):
    place = make_open_round(session, households=3, members=2)
    tickets = [make_ticket(session, place, resident) for resident in place.residents]
    scans = [scan_of(place, ticket) for ticket in (*tickets, make_ticket(session, place))]
    asked = []

    def keep(_connection, _cursor, statement, parameters, _context, is_many):
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", keep)
    record_scans(session, [Sent(scan, registrar(place)) for scan in scans], now=NOON)
    event.remove(connection, "before_cursor_execute", keep)

    assert len(asked) >= 8
    for statement, parameters in asked:
        for *_ids, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
            table = step.split()[1] if step.startswith(("SEARCH", "SCAN")) else None
            assert table is None or table in BY_ROUND or not step.startswith("SCAN"), step
            assert "(community_id=?)" not in step, step
            assert table in BY_ROUND or "(community_id=? AND round_id=?)" not in step, step
