"""The order in which people expect names with numbers: 2栋 before 10栋."""

import re

_NUMBERS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort by this: numbers by value, all else by letters."""
    parts = _NUMBERS.split(name)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts if part)
