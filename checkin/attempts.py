"""How often somebody may guess at one door or repeat one ticket. Counted in the memory of each process.

Beside it `accounts.limits` counts what comes from one address; a whole building may sit behind one.
"""

from limits import parse

from accounts.limits import attempts, check_attempts, count_wrong_attempt, is_counting
from checkin.errors import TooManyTries

GUESSES = parse("8 per 15 minutes")  # four digits are 10,000 guesses: 13 days for one door
CORRECTIONS = parse("6 per 15 minutes")  # of one door
REPEATS = parse("30 per 15 minutes")
WHAT = "ticket"


def check_guesses(*door: str) -> None:
    """Before looking a ticket up. Raises TooManyTries and TooManyAttempts; the same whether or not there is such a door."""
    check_attempts(WHAT)
    if is_counting() and not attempts().test(GUESSES, WHAT, "door", *door):
        raise TooManyTries()


def count_wrong_guess(*door: str) -> None:
    count_wrong_attempt(WHAT)
    if is_counting():
        attempts().hit(GUESSES, WHAT, "door", *door)


def check_codes() -> None:
    """Before a page by its codes, which costs more than one ticket: no address may try without end. Raises TooManyAttempts."""
    check_attempts(WHAT)


def count_wrong_code() -> None:
    """One of them was no ticket: counted with the wrong guesses at doors."""
    count_wrong_attempt(WHAT)


def check_repeats(code: str) -> None:
    """A ticket that says "I am here" again and again fills the store. Raises TooManyTries."""
    if is_counting() and not attempts().hit(REPEATS, WHAT, "here", code):
        raise TooManyTries()


def check_corrections(door: str) -> None:
    """Before a resident tells the manager something. Raises TooManyTries and TooManyAttempts."""
    check_attempts("correction")
    if is_counting() and not attempts().hit(CORRECTIONS, "correction", "door", door):
        raise TooManyTries()
