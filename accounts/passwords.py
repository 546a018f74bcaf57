"""Passwords: argon2id, slow on purpose. Whoever can avoid it does this outside a transaction."""

import os
import threading
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.errors import PasswordIsName, PasswordTooCommon, PasswordTooLong, PasswordTooShort
from accounts.rules import MAX_PASSWORD, MIN_PASSWORD, PasswordFault, judge_password

# 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet, 2023. About 20 ms of a processor.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A hall that signs in at once leaves half of the processors to those who scan, and takes 19 MiB for each of the others.
_room = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))
# Of no password at all: checked where the name is unknown, so that both refusals take the same time.
NOBODYS_HASH = HASHER.hash("nobody has this password")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a typed password proves: that it belongs to the hash that was kept."""

    proved_hash: str | None  # None = it proves nothing
    new_hash: str | None = None  # to be kept instead, where the old one was made with other parameters


def hash_password(password: str, *, name: str) -> str:
    """The hash to keep. Raises PasswordTooShort, PasswordTooLong, PasswordIsName or PasswordTooCommon."""
    plain = plain_password(password)
    match judge_password(plain, name=name):
        case PasswordFault.TOO_SHORT:
            raise PasswordTooShort(length=MIN_PASSWORD)
        case PasswordFault.TOO_LONG:
            raise PasswordTooLong(length=MAX_PASSWORD)
        case PasswordFault.IS_NAME:
            raise PasswordIsName()
        case PasswordFault.TOO_COMMON:
            raise PasswordTooCommon()
    with _room:
        return HASHER.hash(_bytes(plain))


def prove(password: str, kept_hash: str | None) -> Proof:
    """Compare a typed password with the hash that is kept. None (an unknown name) takes just as long."""
    plain = _bytes(plain_password(password)[: MAX_PASSWORD + 1])
    with _room:
        if not _fits(kept_hash or NOBODYS_HASH, plain) or kept_hash is None:
            return Proof(None)
        return Proof(kept_hash, HASHER.hash(plain) if HASHER.check_needs_rehash(kept_hash) else None)


def _fits(kept_hash: str, plain: bytes) -> bool:
    try:
        return HASHER.verify(kept_hash, plain)
    except (VerificationError, InvalidHashError):
        return False


def plain_password(password: str) -> str:
    """In one form, whichever keyboard typed it: Chinese input methods may write full-width digits."""
    return unicodedata.normalize("NFKC", password).strip()


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "replace")
