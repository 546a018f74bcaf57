"""Identifiers: UUIDv7 for rows, Crockford base 32 for what people type."""

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: Douglas Crockford, "Base 32", 2002
_AS_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): rows made later sort later, and no central counter is asked."""
    return uuid7()


def new_code(length: int) -> str:
    """Random Crockford base 32, upper case: 5 bits a character."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def read_code(typed: str) -> str:
    """A code as people type and scanners read it, in the one form it is kept in: any case, O as 0, I and L as 1."""
    return typed.upper().translate(_AS_READ)


def is_code(text: str, length: int) -> bool:
    return len(text) == length and all(letter in CROCKFORD for letter in text)
