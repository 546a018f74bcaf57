"""The keys of the phones that noted people without a ticket."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from checkin.models import Device
from checkin.usecases.evidence.basics import COMMUNITY, one_of, table_of

_device = table_of(Device)
_KEYS = sa.select(_device.c.id, _device.c.slice_key).where(
    _device.c.community_id == COMMUNITY, one_of(_device.c.id, "ids")
)


def read_slice_keys(connection: Connection, community_id: str, ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """Encrypted, of phones that are trusted or were. No statement where nobody asks."""
    wanted = list(set(ids))
    rows = connection.execute(_KEYS, {"community": community_id, "ids": wanted}) if wanted else ()
    return {row.id: row.slice_key for row in rows}
