"""From the bytes of a file to sheets of plain cells. What is made to harm is refused before it is opened."""

import codecs
import csv
import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.errors import FileUnreadable, Problem
from registry.reading import workbook_child

PACKED_BYTES = 50 * 1024 * 1024
UNPACKED_BYTES = 300 * 1024 * 1024
HARMLESS_BYTES = 20 * 1024 * 1024  # unpacked, however well it was packed
RATIO = 100  # unpacked to packed
ENTRIES = 2_000
DIRECTORY_BYTES = 2 * 1024 * 1024  # of a zip file's own list: 2,000 entries need far less
SECONDS = 50
LONG = 200_000  # bytes: some 5,000 rows; more are read by a worker while the page says how far it is
LONG_UNPACKED = 4_000_000  # bytes: as many rows of a workbook
COLUMNS = workbook_child.COLUMNS
LETTERS = workbook_child.LETTERS
MOST_LINES = workbook_child.LINES
CELLS = 4_000_000  # of a CSV file
LONGEST_LINE = 4_000_000  # characters
# What zipfile raises for a damaged list of contents; NotImplementedError for one that asks for a newer zip than it knows.
NOT_A_ZIP = (zipfile.BadZipFile, ValueError, OSError, NotImplementedError)

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WORKBOOK_PARTS = ("xl/", "content.xml")  # Excel's and OpenDocument's
PACKED_PIECE, PIECE = 64 * 1024, 1024 * 1024  # bytes that are unpacked at a time
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"SQLite format",
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHILD = Path(workbook_child.__file__)
_CHILD_SAYS = {workbook_child.PASSWORD: Problem.PASSWORD, workbook_child.TOO_LARGE: Problem.TOO_LARGE}
_DELIMITERS = ",\t;，|"


@dataclass(frozen=True, slots=True)
class Line:
    """A line in which something stands."""

    number: int  # as the spreadsheet numbers it, from 1
    cells: tuple[str, ...]
    above: tuple[int, ...] = ()  # columns whose cell is merged with the one above: it says the same


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    lines: tuple[Line, ...]
    is_hidden: bool = False
    hidden_rows: int = 0


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


def is_long(content: bytes) -> bool:
    """Whether reading it would keep others waiting: then a worker does it."""
    return len(content) > LONG or unpacked_bytes(content) > LONG_UNPACKED


def unpacked_bytes(content: bytes) -> int:
    """How much a file unpacks to, by its own list; a file that is not packed is as large as it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except NOT_A_ZIP:
        return len(content)


def check_zip(content: bytes) -> None:
    """Look at the zip file's own list only. Raises FileUnreadable for a bomb."""
    if _listed(content) > ENTRIES:
        raise FileUnreadable(Problem.BOMB)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except NOT_A_ZIP:
        raise FileUnreadable(Problem.BROKEN) from None
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > ENTRIES or unpacked > UNPACKED_BYTES:
        raise FileUnreadable(Problem.BOMB)
    if unpacked > max(HARMLESS_BYTES, RATIO * len(content)):
        raise FileUnreadable(Problem.BOMB)
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileUnreadable(Problem.PASSWORD)
    if not any(entry.filename.startswith(_WORKBOOK_PARTS) for entry in entries):
        raise FileUnreadable(Problem.NO_TABLE)
    for entry in entries:
        _check_entry(content, entry)


def _check_entry(content: bytes, entry: zipfile.ZipInfo) -> None:
    """Unpack an entry and keep nothing: what is larger than the list says is made to harm. Raises FileUnreadable.

    Python's own reader stops at the size of the list and would not notice; the reader of workbooks does not stop.
    """
    head = content[entry.header_offset : entry.header_offset + 30]
    if (
        len(head) < 30
        or not head.startswith(_ZIP)
        or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ):
        raise FileUnreadable(Problem.BROKEN)
    start = entry.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(content)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        if entry.compress_size != entry.file_size:
            raise FileUnreadable(Problem.BOMB)
        return
    stream, left = zlib.decompressobj(-zlib.MAX_WBITS), entry.file_size
    try:
        for at in range(0, len(packed), PACKED_PIECE):
            piece: bytes | memoryview = packed[at : at + PACKED_PIECE]
            while piece and not stream.eof:
                left -= len(stream.decompress(piece, PIECE))
                piece = stream.unconsumed_tail
                if left < 0:
                    raise FileUnreadable(Problem.BOMB)
    except zlib.error:
        raise FileUnreadable(Problem.BROKEN) from None


def _listed(content: bytes) -> int:
    """How many entries the end of the file announces: the list itself may be too long to be read."""
    end = content.rfind(b"PK\x05\x06", -65_557 - 22)
    if end < 0 or len(content) < end + 22:
        raise FileUnreadable(Problem.BROKEN)
    # A record for large files stands before it in the same places; Python believes that one, whatever the other says.
    large = content[max(0, end - 76) : end]
    if len(large) == 76 and large.startswith(b"PK\x06\x06") and large[56:60] == b"PK\x06\x07":
        entries, size = int.from_bytes(large[32:40], "little"), int.from_bytes(large[40:48], "little")
    else:
        entries = int.from_bytes(content[end + 10 : end + 12], "little")
        size = int.from_bytes(content[end + 12 : end + 16], "little")
    return entries if size <= DIRECTORY_BYTES else ENTRIES + 1


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
    sheets = tuple(_sheets(io.BytesIO(done.stdout)))
    if not any(sheet.lines for sheet in sheets):
        raise FileUnreadable(Problem.EMPTY)
    return sheets


def _sheets(rows: Iterable[bytes]) -> Iterator[Sheet]:
    about: tuple[str, bool, int] | None = None
    lines: list[Line] = []
    for row in rows:
        first, *rest = json.loads(row)
        if first != "sheet":
            lines.append(Line(first, tuple(rest[0]), tuple(rest[1])))
            continue
        if about is not None:
            yield Sheet(about[0], tuple(lines), *about[1:])
        about, lines = (rest[0], rest[1], rest[2]), []
    if about is not None:
        yield Sheet(about[0], tuple(lines), *about[1:])


def read_csv(content: bytes) -> Iterator[Line]:
    """Lines of a CSV file in UTF-8, UTF-16 or GB18030, parted by comma, tab or semicolon. Raises FileUnreadable."""
    encoding = _encoding(content)
    head = content[:40_000].decode(encoding, "ignore").replace("\0", "")
    if re.match(r"\s*(<\?xml|<!doctype|<html|<table|<meta)", head, re.IGNORECASE):
        raise FileUnreadable(Problem.WEB_PAGE)
    try:
        reader = csv.reader(_lines(content, encoding), delimiter=_delimiter(head))
        number, lines, count = 0, 0, 0
        for cells in reader:
            start, number = number + 1, reader.line_num
            del cells[COLUMNS:]
            while cells and not cells[-1].strip():
                cells.pop()
            lines, count = lines + bool(cells), count + len(cells)
            if lines > MOST_LINES or count > CELLS:
                raise FileUnreadable(Problem.TOO_LARGE)
            if cells:
                yield Line(start, tuple(cell[:LETTERS] for cell in cells))
    except csv.Error:
        raise FileUnreadable(Problem.BROKEN) from None


def _lines(content: bytes, encoding: str) -> Iterator[str]:
    """Decoded as they are read: the whole text would take up to four times as much in memory."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise FileUnreadable(Problem.TOO_LARGE)
        yield line.replace("\0", "")


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif content.startswith(_OTHERS) or content.count(b"\0") * 100 > len(content):
        raise FileUnreadable(Problem.NO_TABLE)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        if _can_be(content, encoding):
            return encoding
    raise FileUnreadable(Problem.ENCODING)


def _can_be(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(content), PIECE):
            decoder.decode(content[at : at + PIECE], at + PIECE >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(head: str) -> str:
    """The sign that parts the first lines into the most cells."""
    plain = re.sub(r'"[^"]*"', "", "\n".join(head.splitlines()[:30]))
    return max(_DELIMITERS, key=plain.count)
