"""Lists that write a door once, on the first line of those who live behind it, and leave the cells below it empty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from registry.reading.columns import Column

_ROOMS = (Column.ROOM, Column.ADDRESS)
PLACES = (Column.BUILDING, Column.UNIT, *_ROOMS)
LEAST_SHARE = 4  # of so many lines at least one is empty: somebody who forgets a cell forgets few
LEAST = 3  # empty lines; one or two are more likely forgotten
Said = dict[Column, str]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which columns such a list leaves empty where they say the same as above."""

    columns: frozenset[Column]

    @classmethod
    def of(cls, lines: Sequence[Said]) -> "Blocks":
        """`lines`: what each line that names somebody says, in their order.

        A column is one of blocks only where the list keeps to it: it begins with a value, no line repeats the one above it,
        and many are empty. A list that repeats a door for the second of a family has simply forgotten the third's.
        """
        return cls(frozenset(column for column in PLACES if _is_of_blocks(column, lines)))

    def fill(self, said: Said, above: Said, *, is_next: bool) -> Said:
        """The line with what it takes from the one above it. `is_next`: nothing stands between the two."""
        taken = self._taken(said, above, is_next)
        return {**{column: above[column] for column in taken if column in above}, **said}

    def _taken(self, said: Said, above: Said, is_next: bool) -> Iterable[Column]:
        if not any(said.get(column) for column in _ROOMS):
            # The same door: nothing else of it may be said, or another one is meant.
            is_same = is_next and self.columns & set(_ROOMS) and not any(said.get(column) for column in PLACES)
            return PLACES if is_same else ()
        if said.get(Column.BUILDING) or Column.BUILDING not in above:
            return ()
        # Another room of the building above; its unit goes on only with it.
        return [column for column in (Column.BUILDING, Column.UNIT) if column in self.columns and not said.get(column)]


def _is_of_blocks(column: Column, lines: Sequence[Said]) -> bool:
    values = [_whole(column, said) for said in lines]
    empty = sum(not value for value in values)
    repeats = any(one and one == next_ for one, next_ in pairwise(values))
    filled = len(values) - empty
    has_blocks = filled >= (2 if column in _ROOMS else 1)
    return bool(values and values[0]) and has_blocks and not repeats and empty >= max(LEAST, len(values) / LEAST_SHARE)


def _whole(column: Column, said: Said) -> str:
    """501 of another building is another door."""
    text = said.get(column, "")
    return f"{said.get(Column.BUILDING, '')} {said.get(Column.UNIT, '')} {text}" if text and column in _ROOMS else text
