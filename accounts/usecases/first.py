"""The first account of all, made with a one-time code."""

import hmac
from datetime import datetime

from sqlmodel import Session, col, delete, update

from accounts.errors import NameEmpty, SetupCodeWrong
from accounts.models import Account, SetupCode
from accounts.queries import has_community, has_manager, hash_secret
from accounts.rules import Area, CommunityFounded, Role
from accounts.usecases.people import add_account
from bulou.announcements import announce
from bulou.ids import new_code, read_code
from bulou.text import clean_text

SETUP_CODE_LENGTH = 16  # 80 bits: not found by trying


def make_setup_code(session: Session, *, now: datetime) -> str | None:
    """A new one-time code for the first account, which replaces the older one; None where a manager is there already."""
    if has_manager(session):
        return None
    code = new_code(SETUP_CODE_LENGTH)
    session.exec(delete(SetupCode))
    session.add(SetupCode(id=1, code_hash=hash_secret(code), created_at=now))
    session.flush()
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def make_first_account(
    session: Session,
    *,
    code: str,
    community_name: str,
    name: str,
    shown_name: str,
    password: str,
    now: datetime,
) -> Account:
    """The community and the manager who runs it. Raises SetupCodeWrong, and what `add_account` raises."""
    _use_setup_code(session, code, now)
    wanted = CommunityFounded(new_code(4), clean_text(community_name, max_length=80), now)
    if not wanted.name:
        raise NameEmpty()
    while has_community(session, wanted.community_id):
        wanted = CommunityFounded(new_code(4), wanted.name, now)
    announce(session, wanted)
    session.flush()
    return add_account(
        session,
        wanted.community_id,
        name=name,
        shown_name=shown_name,
        password=password,
        areas=[Area(Role.MANAGER)],
        now=now,
    )


def _use_setup_code(session: Session, code: str, now: datetime) -> None:
    """Once: of two who come at the same moment, the database lets one through."""
    kept = session.get(SetupCode, 1)
    right = kept is not None and hmac.compare_digest(kept.code_hash, hash_secret(read_code(code)))
    unused = update(SetupCode).where(col(SetupCode.id) == 1, col(SetupCode.used_at).is_(None)).values(used_at=now)
    if not right or has_manager(session) or session.connection().execute(unused).rowcount != 1:
        raise SetupCodeWrong()
