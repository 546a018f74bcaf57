"""Files that wait: for somebody to confirm their preview, or for a worker to take them in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col, delete

from bulou.crypto import field_keys
from bulou.ids import new_id
from bulou.text import clean_text
from registry.errors import UploadNotFound
from registry.models import RosterUpload
from registry.usecases.columns import known_columns

KEPT = timedelta(hours=24)  # a roster is everybody's personal data: nobody needs it here longer


def keep_upload(
    session: Session,
    community_id: str,
    content: bytes,
    *,
    file_name: str,
    compound: str,
    columns: Mapping[str, str] = MappingProxyType({}),
    author_id: UUID | None,
    now: datetime,
) -> UUID:
    """Keep a file, encrypted, until it is imported or a day has gone. `columns`: what is said of this one's headers."""
    compound = clean_text(compound, max_length=80)
    row = RosterUpload(
        community_id=community_id,
        id=new_id(),
        file_name=clean_text(file_name, max_length=200),
        compound=compound,
        columns={**known_columns(session, community_id, compound), **columns},
        # latin-1 gives each byte a character: field encryption is for texts.
        content=field_keys().encrypt(community_id, content.decode("latin-1")),
        author_id=author_id,
        uploaded_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def open_upload(session: Session, key: tuple[str, UUID]) -> tuple[RosterUpload, bytes]:
    """The file and what is known of it. Raises UploadNotFound."""
    row = session.get(RosterUpload, key)
    if row is None:
        raise UploadNotFound()
    return row, field_keys().decrypt(row.community_id, row.content).encode("latin-1")


def discard_upload(session: Session, key: tuple[str, UUID]) -> None:
    """A repeat changes nothing."""
    session.exec(delete(RosterUpload).where(col(RosterUpload.community_id) == key[0], col(RosterUpload.id) == key[1]))


def discard_old_uploads(session: Session, *, now: datetime) -> None:
    """Files that nobody confirmed within a day."""
    session.exec(delete(RosterUpload).where(col(RosterUpload.uploaded_at) < now - KEPT))
