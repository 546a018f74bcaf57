"""How often an address may try. Counted in the memory of each process; accounts have a lock of their own beside it.

A hall full of registrars comes from one address, so it is mostly wrong attempts that count against it.
"""

from ipaddress import IPv6Address, ip_address

from flask import Flask, current_app, request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from accounts.errors import TooManyAttempts

WRONG_MINUTES = 15
WRONG = parse(f"60 per {WRONG_MINUTES} minutes")
ANY = parse("240 per minute")  # a try costs 20 ms of argon2: nobody may keep the processors busy with it


def init_limits(app: Flask) -> None:
    # The engine of Flask-Limiter without Flask-Limiter (4.1), which would look at every request, scans too.
    app.extensions["attempts"] = MovingWindowRateLimiter(MemoryStorage())


def asking_address() -> str:
    """Where the request comes from. Of IPv6 the network: one machine has all of its 2⁶⁴ addresses."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    return f"{int(address) >> 64:x}::/64" if isinstance(address, IPv6Address) else str(address)


def check_attempts(what: str) -> None:
    """Count one try of this kind. Raises TooManyAttempts where the address has tried too often."""
    if not is_counting():
        return
    if not attempts().test(WRONG, what, "wrong", asking_address()):
        raise TooManyAttempts(minutes=WRONG_MINUTES)
    if not attempts().hit(ANY, what, "any", asking_address()):
        raise TooManyAttempts(minutes=1)


def count_wrong_attempt(what: str) -> None:
    """The try that was just checked went wrong."""
    if is_counting():
        attempts().hit(WRONG, what, "wrong", asking_address())


def is_counting() -> bool:
    """Attempts are counted, unless the application was set up without it."""
    return bool(current_app.config.get("RATELIMIT_ENABLED", True))


def attempts() -> MovingWindowRateLimiter:
    counter: MovingWindowRateLimiter = current_app.extensions["attempts"]
    return counter
