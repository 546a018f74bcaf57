"""Those without a ticket whom nobody found on the list: what they said at the point is noted, for a manager to look at."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from bulou.crypto import NONCE, field_keys
from bulou.text import clean_text
from checkin.errors import WalkInUnreadable
from checkin.forms import MOST_SAID, IncomingScan, WalkInSaid
from checkin.models import WalkIn

_INSERT = sa.insert(WalkIn.__table__)  # type: ignore[attr-defined]


def walk_in_row(
    community_id: str, round_id: UUID, scan: IncomingScan, slice_keys: Mapping[UUID, bytes]
) -> dict[str, Any]:
    """Name and door as they were typed, encrypted anew. Raises WalkInUnreadable."""
    assert scan.walk_in is not None
    said = _said(community_id, scan.walk_in, slice_keys)
    values = {name: clean_text(str(said.get(name) or ""), max_length=MOST_SAID) for name in ("name", "door")}
    if not any(values.values()):
        raise WalkInUnreadable()
    return {
        "community_id": community_id,
        "scan_id": scan.scan_id,
        "round_id": round_id,
        "said": field_keys().encrypt(community_id, json.dumps(values, ensure_ascii=False)),
        "came_at": scan.corrected_at,
    }


def _said(community_id: str, walk_in: WalkInSaid, slice_keys: Mapping[UUID, bytes]) -> dict[str, Any]:
    """In the open, or sealed with the key of the phone that noted it, which may have been revoked since."""
    if walk_in.sealed is None:
        return {"name": walk_in.name, "door": walk_in.door}
    kept = slice_keys.get(walk_in.device) if walk_in.device else None
    if kept is None:
        raise WalkInUnreadable()
    try:
        key = base64.b64decode(field_keys().decrypt(community_id, kept))
        sealed = base64.b64decode(walk_in.sealed, validate=True)
        said = json.loads(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], str(walk_in.device).encode()))
    except (binascii.Error, InvalidTag, ValueError):
        raise WalkInUnreadable() from None
    return said if isinstance(said, dict) else {}


def insert_walk_ins(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_INSERT, list(rows))


def said_of(row: WalkIn) -> tuple[str, str]:
    """Name and door, as they were typed; either may be empty."""
    said = json.loads(field_keys().decrypt(row.community_id, row.said))
    return said["name"], said["door"]
