"""From a file as property managers keep it to rows of a roster: files → tables → rows."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.reading.columns import IGNORED, Column, meaning_word, plain_header, read_words
from registry.reading.files import read_file, unpacked_bytes
from registry.reading.questions import Question
from registry.reading.rows import RosterFile, read_rows

__all__ = [
    "IGNORED",
    "Column",
    "Question",
    "RosterFile",
    "meaning_word",
    "plain_header",
    "read_roster",
    "unpacked_bytes",
]


def read_roster(
    content: bytes, name: str, *, compound: str = "", columns: Mapping[str, str] = MappingProxyType({})
) -> RosterFile:
    """What a file says. `columns` are headers and what somebody said that they mean: a Column's value, or IGNORED.

    Raises FileUnreadable where it cannot be read as a table at all; bad rows are in `refused`.
    """
    return read_rows(read_file(content, name), compound=compound, words=read_words(columns))
