"""How one line is refused."""

from registry.reading.columns import Column
from registry.rules import RowCode

LENGTHS = {Column.COMPOUND: 80, Column.BUILDING: 40, Column.UNIT: 20, Column.ROOM: 20, Column.NAME: 60}


class Refused(Exception):
    """A line is not taken, because of what stands in this column."""

    def __init__(self, column: Column, code: RowCode, *, person: int = 0, header: str = "", **facts: str) -> None:
        self.column, self.code, self.facts = column, code, tuple(facts.items())
        self.person, self.header = person, header  # of several in one line; what a column of no meaning is called
