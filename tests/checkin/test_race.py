"""Many phones at once, against a running server."""

import json
import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, col, func, select

from bulou.database import transaction
from scheduling.models import RosterEntry
from tests.checkin.crowd import running_server, scan_body, send_all
from tests.checkin.factories import make_open_round, make_ticket
from tests.factories import NOON, make_token

TICKETS = 120


@pytest.mark.slow
def test_of_three_scans_of_every_ticket_over_twelve_connections_one_is_accepted(
    database, database_kind, database_url, tmp_path
):
    with transaction() as session:
        place = make_open_round(session, households=TICKETS // 2, members=2)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
        token = make_token(session, place.community_id)
    at = (NOON + timedelta(minutes=10)).isoformat()
    bodies = [scan_body(code, str(place.point.id), at) for code in codes * 3]
    random.Random(1).shuffle(bodies)

    with running_server(database_url, tmp_path, processes=1 if database_kind == "sqlite" else 2) as (port, _pid):
        replies = send_all(port, token, bodies, connections=12)

    assert Counter(reply.status for reply in replies) == {200: 3 * TICKETS}
    assert Counter(reply.body["outcome"] for reply in replies) == {"accepted": TICKETS, "already_sampled": 2 * TICKETS}
    with Session(database.engine) as session:
        sampled = select(func.count()).where(col(RosterEntry.sampled_at).is_not(None))
        assert session.exec(sampled).one() == TICKETS


@pytest.mark.slow
def test_a_scan_and_the_undo_that_races_it_end_with_nobody_sampled(database, database_kind, database_url, tmp_path):
    with transaction() as session:
        place = make_open_round(session, households=30, members=2)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
        token = make_token(session, place.community_id)
    at, point = (NOON + timedelta(minutes=10)).isoformat(), str(place.point.id)
    scans = [scan_body(code, point, at) for code in codes]
    bodies = [body for scan in scans for body in (scan, undo_of(scan))]

    with running_server(database_url, tmp_path, processes=1 if database_kind == "sqlite" else 2) as (port, _pid):
        replies = send_all(port, token, bodies, connections=12)

    assert Counter(reply.status for reply in replies) == {200: len(bodies)}
    with Session(database.engine) as session:
        sampled = select(func.count()).where(col(RosterEntry.sampled_at).is_not(None))
        assert session.exec(sampled).one() == 0


def undo_of(scan):
    fact = json.loads(scan)
    undo = {**fact, "scan_id": str(uuid4()), "kind": "undo", "undoes": fact["scan_id"], "code": None}
    return json.dumps(undo).encode()
