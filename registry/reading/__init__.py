"""From a file as property managers keep it to rows of a roster: files → columns → rows."""

from registry.reading.files import read_file
from registry.reading.rows import RosterFile, read_rows

__all__ = ["RosterFile", "read_roster"]


def read_roster(content: bytes, name: str, *, compound: str = "") -> RosterFile:
    """What a file says. Raises FileUnreadable where it cannot be read as a table at all; bad rows are in `refused`."""
    return read_rows(read_file(content, name), compound=compound)
