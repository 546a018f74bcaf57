"""Files that are broken, made to harm, or not what their name says; made by code, every person invented."""

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from registry.errors import Problem
from registry.rules import RowCode
from tests.registry.workbooks import SIMPLE, make_csv, make_ole, make_xls, make_xlsx, make_zip

PERSON = ["赵样例", "3", "2", "501", "10000000000"]
ROWS = [SIMPLE, PERSON]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = "".join(
    f'<c r="{letter}1" t="inlineStr"><is><t>{word}</t></is></c>' for letter, word in zip("ABCDE", SIMPLE, strict=True)
)
GOOD = f'<row r="1">{HEAD}</row>' + '<row r="2">{}</row>'.format(
    "".join(
        f'<c r="{letter}2" t="inlineStr"><is><t>{word}</t></is></c>'
        for letter, word in zip("ABCDE", PERSON, strict=True)
    )
)


@dataclass(frozen=True)
class Case:
    """A file, and the one outcome it must have: refused as a whole, or so many people and these rows refused."""

    make: Callable[[], bytes]
    problem: Problem | None = None
    people: int = 0
    refused: tuple[tuple[str, int, str, RowCode], ...] = ()
    name: str = "roster.xlsx"


def raw_xlsx(rows: str = GOOD, *, before: str = "", after: str = "", prolog: str = "", **parts: str | bytes) -> bytes:
    """A workbook written by hand. `before` and `after` stand beside the rows; `parts` replace or add what is in it."""
    sheet = f'<?xml version="1.0"?>{prolog}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": _links(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{SHEETS}</workbook>',
        "xl/_rels/workbook.xml.rels": _links(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": sheet,
        **parts,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


def _links(*targets: tuple[str, str]) -> str:
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
    )


def lying_zip() -> bytes:
    """The list of the zip file says 100 bytes where 30 million come out."""
    content = bytearray(make_zip(1, 30_000_000))
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 20 : directory + 28] = content[directory + 20 : directory + 24] + struct.pack("<I", 100)
    extra = content.find(b"\x01\x00\x10\x00", directory)  # sizes of 64 bits
    if extra > 0:
        content[extra + 4 : extra + 12] = struct.pack("<Q", 100)
    return bytes(content)


def overlapping_zip() -> bytes:
    """A thousand entries share the same packed bytes."""
    one = make_zip(1, 5_000_000)
    directory, end = one.rfind(b"PK\x01\x02"), one.rfind(b"PK\x05\x06")
    entries = one[directory:end] * 1000
    tail = struct.pack("<HHII", 1000, 1000, len(entries), directory)
    return one[:directory] + entries + one[end : end + 8] + tail + b"\0\0"


def zip_of(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def locked_zip() -> bytes:
    content = bytearray(make_xlsx(ROWS))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def shared_strings(count: int, letters: int) -> bytes:
    """One long text, and many cells that show it."""
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(3, count))
    text = f'<sst xmlns="{MAIN}" count="4000000000" uniqueCount="4000000000"><si><t>{"样" * letters}</t></si></sst>'
    return raw_xlsx(GOOD + cells, **{"xl/sharedStrings.xml": text})


SHEETS = '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets>'
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
LAUGHING = GOOD + '<row r="3"><c r="A3" t="inlineStr"><is><t>&i;</t></is></c></row>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
CALLING = GOOD + '<row r="3"><c r="A3" t="inlineStr"><is><t>&f;</t></is></c><c r="D3"><v>502</v></c></row>'
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Sheet">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
).format(
    "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{word}</text:p></table:table-cell>' for word in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
)


def ods() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


def last_cell(place: str) -> bytes:
    line = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return raw_xlsx(GOOD + f'<row r="{line}"><c r="{place}"><v>1</v></c></row>')


def csv_of(text: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: text.encode(encoding)


def dated(is_1904: bool) -> bytes:
    """A door 3-2-9 that the spreadsheet keeps as a day of 2003, and one that is a text."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "date_1904": is_1904})
    page = book.add_worksheet("Sheet")
    page.write_row(0, 0, ["门牌号", "姓名"])
    page.write_datetime(1, 0, datetime(2003, 2, 9), book.add_format({"num_format": "yyyy-m-d"}))
    page.write_row(1, 1, ["赵样例"])
    page.write_row(2, 0, ["3-2-901", "钱样例"])
    book.close()
    return made.getvalue()


DATED = ("Sheet", 2, "门牌号", RowCode.DOOR_IS_DATE)
LAST = '<c r="XFD1"><v>1</v></c></row>'
LOOKED_UP = '<row r="3">{}<c r="E3" t="e"><f>VLOOKUP(A3,Z:Z,1,0)</f><v>#N/A</v></c></row>'.format(
    "".join(
        f'<c r="{letter}3" t="inlineStr"><is><t>{word}</t></is></c>'
        for letter, word in zip("ABC", ["钱样例", "3", "2"], strict=True)
    )
)
NO_ROOM, NO_ROOM_IN_SHEET = ((((name, 3, "房间号", RowCode.DOOR_MISSING)),) for name in ("a", "Sheet"))
HEADER = ",".join(SIMPLE)
LINE = ",".join(PERSON)
CASES = {
    # Not there, or not a table.
    "nothing at all": Case(lambda: b"", Problem.EMPTY),
    "blanks only": Case(lambda: b" \r\n\t\r\n", Problem.EMPTY, name="a.csv"),
    "a workbook with nothing in it": Case(lambda: make_xlsx([]), Problem.EMPTY),
    "a header and nobody": Case(lambda: make_xlsx([SIMPLE])),
    "a PDF with the name of a workbook": Case(lambda: b"%PDF-1.7\n1 0 obj\n" * 50, Problem.NO_TABLE),
    "a picture": Case(lambda: b"\x89PNG\r\n\x1a\n" + bytes(300), Problem.NO_TABLE),
    "a photograph": Case(lambda: b"\xff\xd8\xff\xe0" + b"JFIF" * 40, Problem.NO_TABLE),
    "a packed archive of another kind": Case(lambda: b"Rar!\x1a\x07\x01" + b"x" * 300, Problem.NO_TABLE),
    "a zip archive with the workbook inside": Case(lambda: zip_of("roster.xlsx", make_xlsx(ROWS)), Problem.NO_TABLE),
    "a text document": Case(lambda: zip_of("word/document.xml", b"<document/>"), Problem.NO_TABLE),
    "a web page with the name of a workbook": Case(
        lambda: "<html><meta charset=utf-8><table><tr><td>姓名</td></tr></table></html>".encode(), Problem.WEB_PAGE
    ),
    "a page in XML": Case(lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', Problem.WEB_PAGE, name="a.xls"),
    "random bytes": Case(lambda: bytes((at * 7919 + at // 251) % 256 for at in range(5000)), Problem.ENCODING),
    # Another kind than its name says, and readable.
    "a text file with the name of a workbook": Case(csv_of(f"{HEADER}\n{LINE}\n"), people=1),
    "an old workbook with the name of a new one": Case(lambda: make_xls(ROWS), people=1),
    "a new workbook with the name of a text file": Case(lambda: make_xlsx(ROWS), people=1, name="a.csv"),
    "an OpenDocument table with the name of a workbook": Case(ods, people=1),
    # Broken.
    "cut off in the middle": Case(lambda: make_xlsx(ROWS)[:3000], Problem.BROKEN),
    "cut off at the very end": Case(lambda: make_xlsx(ROWS)[:-30], Problem.BROKEN),
    "bytes changed in the middle": Case(lambda: _spoiled(make_xlsx([SIMPLE, *[PERSON] * 300])), Problem.BROKEN),
    "an old workbook cut off": Case(lambda: make_xls(ROWS)[:1400], Problem.BROKEN),
    "an old workbook of zeros": Case(lambda: make_ole("Workbook", bytes(4096)), Problem.EMPTY),
    "a sheet that does not end": Case(
        lambda: raw_xlsx(**{"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{GOOD}'}), Problem.BROKEN
    ),
    "a sheet that is missing": Case(
        lambda: raw_xlsx(**{"xl/_rels/workbook.xml.rels": _links(("worksheet", "worksheets/gone.xml"))}), Problem.BROKEN
    ),
    "texts that are missing": Case(
        lambda: raw_xlsx(GOOD + '<row r="3"><c r="A3" t="s"><v>99999999</v></c></row>'), Problem.BROKEN
    ),
    "locked with a password": Case(
        lambda: make_ole("EncryptedPackage", "EncryptedPackage".encode("utf-16-le") * 200), Problem.PASSWORD
    ),
    "a zip file locked with a password": Case(locked_zip, Problem.PASSWORD),
    # Made to harm.
    "60 million zeros": Case(lambda: make_zip(1, 60_000_000), Problem.BOMB),
    "too many entries": Case(lambda: make_zip(2_001), Problem.BOMB),
    "a zip file that lies about its sizes": Case(lying_zip, Problem.BOMB),
    "entries that share their bytes": Case(overlapping_zip, Problem.BOMB),
    "one text shown by thousands of cells": Case(lambda: shared_strings(20_000, 5_000), Problem.TOO_LARGE),
    "four thousand million texts announced": Case(lambda: shared_strings(4, 3), Problem.TOO_LARGE),
    "a sheet that says it has millions of columns": Case(
        lambda: raw_xlsx(before='<dimension ref="A1:XFD1048576"/>'), people=1
    ),
    "a cell in the last corner": Case(lambda: last_cell("XFD1048576"), Problem.TOO_LARGE),
    "a cell beyond the last column": Case(lambda: last_cell("ZZZZZZZ9"), Problem.TOO_LARGE),
    "entities within entities": Case(lambda: raw_xlsx(LAUGHING, prolog=LAUGHS), Problem.BROKEN),
    "an entity that reads a file of the server": Case(lambda: raw_xlsx(CALLING, prolog=OUTSIDE), Problem.BROKEN),
    "links to other workbooks": Case(
        lambda: raw_xlsx(**{"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>'}), people=1
    ),
    "two hundred thousand merged areas": Case(
        lambda: raw_xlsx(after="<mergeCells>" + '<mergeCell ref="A2:A1048576"/>' * 200_000 + "</mergeCells>"), people=1
    ),
    "a million columns on one line": Case(csv_of(f"{HEADER}\n{LINE}" + ",x" * 1_000_000), people=1, name="a.csv"),
    "one line of five million letters": Case(csv_of(f"{HEADER}\n" + "样" * 5_000_000), Problem.TOO_LARGE, name="a.csv"),
    "a million short lines": Case(csv_of(f"{HEADER}\n" + "1\n" * 1_000_000), Problem.TOO_LARGE, name="a.csv"),
    # What spreadsheets do to a roster.
    "numbers that were looked up and not found": Case(
        lambda: raw_xlsx(GOOD + LOOKED_UP), people=1, refused=(("Sheet", 3, "手机号", RowCode.FORMULA_ERROR),)
    ),
    "an error where the room should be": Case(
        lambda: raw_xlsx(GOOD + LOOKED_UP.replace("E3", "D3").replace("#N/A", "#REF!")),
        people=1,
        refused=(("Sheet", 3, "房间号", RowCode.FORMULA_ERROR),),
    ),
    "a door that became a date": Case(lambda: dated(False), people=1, refused=(DATED,)),
    "a door that became a date counted from 1904": Case(lambda: dated(True), people=1, refused=(DATED,)),
    "a comparison where the room should be": Case(
        lambda: make_xlsx([*ROWS, ["钱样例", "3", "2", True, ""]]),
        people=1,
        refused=(("Sheet", 3, "房间号", RowCode.DOOR_UNREADABLE),),
    ),
    "sums that look like people": Case(
        lambda: make_xlsx([*ROWS, ["合计", "1", "1", "1", "1"], ["Total", "1", "", "1", ""]]), people=1
    ),
    "numbers with the sign that keeps them texts": Case(
        lambda: make_xlsx([*ROWS, ["钱样例", "'3", "'2", "'501", "'10000000001"]]), people=2
    ),
    "marks that turn the direction of writing": Case(
        lambda: make_xlsx([*ROWS, ["\u202e赵样例\u202c", "3", "2", "501\u200f", "\u200e10000000000"]]), people=1
    ),
    "the longest cell there can be, as a name": Case(
        lambda: make_xlsx([*ROWS, ["样" * 32_767, "3", "2", "502", ""]]),
        people=1,
        refused=(("Sheet", 3, "姓名", RowCode.TOO_LONG),),
    ),
    "a word in the last of 16,384 columns": Case(lambda: raw_xlsx(GOOD.replace("</row>", LAST, 1)), people=1),
    # Texts with holes.
    "NUL between the letters": Case(
        csv_of(f"{HEADER}\n{LINE}\n" * 30 + "钱\0样,3,2,502,\n"), people=2, name="a.csv"
    ),
    "a quotation mark that never ends": Case(
        csv_of(f'{HEADER}\n{LINE}\n"钱样例,3,2,502,\n孙样例,3,2,503,\n'), people=1, refused=NO_ROOM, name="a.csv"
    ),
    "half a letter at the end": Case(lambda: make_csv(ROWS)[:-1] + b"\xe6\xa0", Problem.ENCODING, name="a.csv"),
    "UTF-16 with half a letter": Case(lambda: make_csv(ROWS, "utf-16") + b"\x41", Problem.ENCODING, name="a.csv"),
    "two encodings in one file": Case(
        lambda: make_csv(ROWS) + b"\n" + "钱样例,3,2,502,".encode("gb18030"), Problem.ENCODING, name="a.csv"
    ),
    "lines ended in three ways": Case(csv_of(f"{HEADER}\r{LINE}\r\n钱样例,3,2,502,\n"), people=2, name="a.csv"),
    "too few and too many cells": Case(
        csv_of(f"{HEADER}\n{LINE}\n钱样例,3\n孙样例,3,2,503,,,,,,\n"), people=2, refused=NO_ROOM, name="a.csv"
    ),
}  # fmt: skip


def _spoiled(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 200
    return content[:at] + bytes(byte ^ 0x5A for byte in content[at : at + 60]) + content[at + 60 :]
