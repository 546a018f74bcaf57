"""The order in which people expect names with numbers: 2栋 before 10栋."""

import re

_NUMBERS = re.compile(r"(\d+)")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort by this: numbers by value, all else by letters."""
    parts = _NUMBERS.split(name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)
