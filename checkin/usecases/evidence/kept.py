"""Scans that are in the table already, and which were taken back. A fact and the undo that overtakes it meet here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from checkin.models import Scan
from checkin.rules import Outcome, ScanKind
from checkin.usecases.evidence.basics import COMMUNITY, is_sqlite, listed, one_of, table_of

_scan = table_of(Scan)


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan as it is kept. `answer` is what the table holds beside the outcome, see `answers.Kept`."""

    id: UUID
    round_id: UUID
    point_id: UUID
    kind: ScanKind
    resident_id: UUID | None
    undoes: UUID | None
    outcome: Outcome
    answer: dict[str, Any]
    content_hash: bytes


_LOCK = sa.select(
    sa.func.count(sa.func.pg_advisory_xact_lock(sa.column("key"))),
).select_from(sa.func.unnest(sa.bindparam("keys", type_=sa.ARRAY(sa.BigInteger))).alias("key"))


def lock_ids(connection: Connection, ids: Iterable[UUID | None]) -> None:
    """Hold scan ids until the transaction ends: a scan and the undo that overtook it must see one another."""
    if is_sqlite(connection):
        return  # one writer at a time, see bulou.database
    keys = listed((id_.int ^ (id_.int >> 64)) & (2**63 - 1) for id_ in ids if id_ is not None)
    connection.execute(_LOCK, {"keys": keys})


_COLUMNS = tuple(_scan.c[name] for name in KeptScan.__dataclass_fields__)
_KEPT = sa.select(*_COLUMNS).where(_scan.c.community_id == COMMUNITY, one_of(_scan.c.id, "ids"))
_UNDOS = sa.select(*_COLUMNS).where(_scan.c.community_id == COMMUNITY, one_of(_scan.c.undoes, "ids"))
_BOTH = sa.union_all(_KEPT, _UNDOS)  # each by its own index


def read_kept_scans(connection: Connection, community_id: str, ids: Iterable[UUID]) -> dict[UUID, KeptScan]:
    """The scans of these ids, and the undos that name one of them. One statement."""
    rows = connection.execute(_BOTH, {"community": community_id, "ids": list(set(ids))})
    return {row.id: KeptScan(*row) for row in rows}


def find_kept(connection: Connection, community_id: str, scan_id: UUID) -> KeptScan | None:
    """The scan with this id as it was kept."""
    return read_kept_scans(connection, community_id, [scan_id]).get(scan_id)
