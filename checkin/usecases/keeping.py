"""The rows that scans become."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from accounts.rules import Principal
from checkin.forms import IncomingScan
from checkin.models import Scan, Visitor
from checkin.rules import ScanKind
from checkin.usecases.answers import Kept

_scan, _visitor = Scan.__table__, Visitor.__table__  # type: ignore[attr-defined]


def scan_row(scan: IncomingScan, round_id: UUID, kept: Kept, *, by: Principal, now: datetime) -> dict[str, Any]:
    """The row of a scan that counts for nobody; whoever knows more says so on top."""
    return {
        "community_id": by.community_id,
        "id": scan.scan_id,
        "round_id": round_id,
        "point_id": scan.point,
        "kind": scan.kind,
        "code": None,
        "ticket_id": None,
        "resident_id": kept.resident_id,
        "group_id": scan.group_id,
        "undoes": scan.undoes if scan.kind is ScanKind.UNDO else None,
        "counts": False,
        "outcome": kept.outcome,
        "answer": kept.as_json(),
        "content_hash": scan.content_hash,
        "override": scan.override or None,
        "is_taken": scan.taken,
        "against": None,
        "plan_version": scan.plan,
        "lane": scan.lane,
        "tube": scan.tube,
        "source": scan.source,
        "scanned_at": scan.scanned_at,
        "clock_offset_ms": scan.clock_offset_ms,
        "corrected_at": scan.corrected_at,
        "received_at": now,
        "device_id": by.token_id,
        "device_seq": scan.device_seq,
        "author_id": by.account_id,
    }


# Written once: to go through the tables' columns at each call costs more than the database does.
_INSERT_SCAN, _INSERT_VISITOR = sa.insert(_scan), sa.insert(_visitor)


def insert_scans(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows of `scan_row`. Their ids are held and free."""
    if rows:
        connection.execute(_INSERT_SCAN, list(rows))


def insert_visitors(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_INSERT_VISITOR, list(rows))
