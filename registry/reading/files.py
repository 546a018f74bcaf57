"""From the bytes of a file to sheets of plain cells. What is made to harm is refused before it is opened."""

import codecs
import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.errors import FileUnreadable, Problem
from registry.reading import workbook_child

PACKED_BYTES = 50 * 1024 * 1024
UNPACKED_BYTES = 500 * 1024 * 1024
RATIO = 100  # unpacked to packed
ENTRIES = 2_000
DIRECTORY_BYTES = 2 * 1024 * 1024  # of a zip file's own list: 2,000 entries need far less
SECONDS = 60
COLUMNS = 256  # what stands further to the right is no roster
LETTERS = 5_000  # of one cell: more than any household's names and numbers

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHILD = Path(workbook_child.__file__)
_CHILD_SAYS = {workbook_child.PASSWORD: Problem.PASSWORD, workbook_child.TOO_LARGE: Problem.TOO_LARGE}
_DELIMITERS = ",\t;，|"


@dataclass(frozen=True, slots=True)
class Line:
    """A line in which something stands."""

    number: int  # as the spreadsheet numbers it, from 1
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    lines: tuple[Line, ...]


def read_file(content: bytes, name: str) -> tuple[Sheet, ...]:
    """Every sheet of an .xlsx, .xls or CSV file; the content says which it is. Raises FileUnreadable."""
    if len(content) > PACKED_BYTES:
        raise FileUnreadable(Problem.TOO_LARGE)
    if not content.strip():
        raise FileUnreadable(Problem.EMPTY)
    if content.startswith(_ZIP):
        check_zip(content)
        return _read_workbook(content)
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise FileUnreadable(Problem.PASSWORD)
        return _read_workbook(content)
    return (Sheet(Path(name).stem[:60] or "CSV", tuple(read_csv(content))),)


def check_zip(content: bytes) -> None:
    """Look at the zip file's own list only. Raises FileUnreadable for a bomb."""
    if _listed(content) > ENTRIES:
        raise FileUnreadable(Problem.BOMB)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise FileUnreadable(Problem.BROKEN) from None
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED_BYTES or unpacked > RATIO * len(content):
        raise FileUnreadable(Problem.BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileUnreadable(Problem.PASSWORD)


def _listed(content: bytes) -> int:
    """How many entries the end of the file announces: the list itself may be too long to be read."""
    end = content.rfind(b"PK\x05\x06", -65_557 - 22)
    if end < 0 or len(content) < end + 22:
        raise FileUnreadable(Problem.BROKEN)
    if int.from_bytes(content[end + 12 : end + 16], "little") > DIRECTORY_BYTES:
        return ENTRIES + 1
    return int.from_bytes(content[end + 10 : end + 12], "little")


def _read_workbook(content: bytes) -> tuple[Sheet, ...]:
    # -I: nothing of the surroundings is imported into the process that opens what a stranger made.
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise FileUnreadable(Problem.TOO_LARGE) from None
    if done.returncode < 0:  # ended by its limits
        raise FileUnreadable(Problem.TOO_LARGE)
    if done.returncode != workbook_child.OK:
        raise FileUnreadable(_CHILD_SAYS.get(done.returncode, Problem.BROKEN))
    sheets = tuple(_sheets(done.stdout.splitlines()))
    if not any(sheet.lines for sheet in sheets):
        raise FileUnreadable(Problem.EMPTY)
    return sheets


def _sheets(rows: Iterable[bytes]) -> Iterator[Sheet]:
    name: str | None = None
    lines: list[Line] = []
    for row in rows:
        first, rest = json.loads(row)
        if first != "sheet":
            lines.append(Line(first, tuple(cell[:LETTERS] for cell in rest)))
            continue
        if name is not None:
            yield Sheet(name, tuple(lines))
        name, lines = rest, []
    if name is not None:
        yield Sheet(name, tuple(lines))


def read_csv(content: bytes) -> Iterator[Line]:
    """Lines of a CSV file in UTF-8, UTF-16 or GB18030, parted by comma, tab or semicolon. Raises FileUnreadable."""
    text = _decode(content)
    if re.match(r"\s*(<\?xml|<!doctype|<html|<table|<meta)", text, re.IGNORECASE):
        raise FileUnreadable(Problem.WEB_PAGE)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        number = 0
        for cells in reader:
            start, number = number + 1, reader.line_num
            del cells[COLUMNS:]
            while cells and not cells[-1].strip():
                cells.pop()
            if cells:
                yield Line(start, tuple(cell[:LETTERS] for cell in cells))
    except csv.Error:
        raise FileUnreadable(Problem.BROKEN) from None


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise FileUnreadable(Problem.NO_TABLE)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable(Problem.ENCODING)


def _delimiter(text: str) -> str:
    """The sign that parts the first lines into the most cells."""
    head = re.sub(r'"[^"]*"', "", "\n".join(text.splitlines()[:30]) if len(text) < 200_000 else text[:20_000])
    return max(_DELIMITERS, key=head.count)
