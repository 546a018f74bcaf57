"""Invented roster files, made by code. The layouts are those that property managers keep; every person is invented."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlsxwriter

SIMPLE = ["姓名", "楼号", "单元号", "房间号", "手机号"]


def make_xlsx(
    rows: Sequence[Sequence[Any]],
    sheet: str = "Sheet",
    formulas: dict[tuple[int, int], tuple[str, Any]] | None = None,
    **sheets: Sequence[Sequence[Any]],
) -> bytes:
    """A workbook of one sheet and perhaps more; None is an empty cell. Formulas: (line, column) → formula and result."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    for name, content in {sheet: rows, **sheets}.items():
        page = book.add_worksheet(name)
        for line, row in enumerate(content):
            page.write_row(line, 0, row)
    for (line, column), (formula, result) in (formulas or {}).items():
        book.worksheets()[0].write_formula(line, column, formula, None, result)
    book.close()
    return made.getvalue()


def save(book: openpyxl.Workbook) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def make_xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """An old binary workbook of one sheet, as small as one can be: [MS-XLS] inside [MS-CFB]."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def cell(line: int, column: int, value: Any) -> bytes:
        place = struct.pack("<HHH", line, column, 0)
        if isinstance(value, str):
            text = value.encode("utf-16-le")
            return record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)  # LABEL
        return record(0x0203, place + struct.pack("<d", value))  # NUMBER

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))  # BOF

    cells = [
        cell(at, column, value) for at, row in enumerate(rows) for column, value in enumerate(row) if value is not None
    ]
    end, name = record(0x000A, b""), b"Sheet"
    code_page = record(0x0042, struct.pack("<H", 1200))
    about = struct.pack("<HBB", 0, len(name), 0) + name
    offset = len(begin(5)) + len(code_page) + len(record(0x0085, b"\0\0\0\0" + about)) + len(end)
    book = begin(5) + code_page + record(0x0085, struct.pack("<I", offset) + about) + end
    return make_ole("Workbook", book + begin(0x10) + b"".join(cells) + end)


def make_ole(name: str, stream: bytes) -> bytes:
    """A compound file that holds one stream. A stream of less than 4,096 bytes would have to stand elsewhere."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    sectors = 0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE  # list, directory, stream
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I108I", 0, *[0xFFFFFFFF] * 108)

    def entry(called: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = (called + "\0").encode("utf-16-le")
        links = struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    return (
        header
        + struct.pack("<128I", *sectors, *[0xFFFFFFFF] * (128 - len(sectors)))
        + directory.ljust(512, b"\0")
        + stream
    )


def make_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def make_formatted_xlsx(rows: Sequence[Sequence[Any]], empty_rows: int) -> bytes:
    """Below the rows there are thousands that are formatted and empty, as where somebody coloured whole columns."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"constant_memory": True})
    page, frame = book.add_worksheet("Sheet"), book.add_format({"border": 1})
    for line, row in enumerate(rows):
        page.write_row(line, 0, row)
    for line in range(len(rows), len(rows) + empty_rows):
        for column in range(6):
            page.write_blank(line, column, None, frame)
    book.close()
    return made.getvalue()


def make_merged_xlsx(rows: Sequence[Sequence[Any]], *areas: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    for area in areas:
        page.merge_cells(area)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def make_zip(entries: int = 1, size: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            with archive.open(f"xl/{number}.xml", "w", force_zip64=True) as entry:
                for _ in range(size // 1_000_000):
                    entry.write(b"\0" * 1_000_000)
    return made.getvalue()


def owners_simple() -> bytes:
    """Six columns, a user name that is not a name, the unit as a letter, more than a thousand empty formatted rows."""
    rows = [["用户名", "姓名", "楼号", "单元号", "房间号", "手机号"]]
    rows += [
        [f"user{at}", f"样例{at}", f"{1 + at // 3}", "ABC"[at % 3], f"{at + 1}01", f"1{at:010}"] for at in range(6)
    ]
    return make_formatted_xlsx(rows, 1_242)


def residents_marked_required() -> bytes:
    """Obligatory columns are marked, the building is named in words with its compound."""
    head = [
        "姓名(必填)",
        "性别(必填)",
        "手机号码(必填)",
        "身份证号码(必填)",
        "工作单位",
        "户籍地址",
        "身份证有效期",
        "楼栋名称(必填)",
        "单元",
        "门牌号",
        "身份信息",
    ]
    rows = [
        [
            f"样例{at}",
            "男",
            f"1{at:010}",
            f"00000019000101{at:04}",
            None,
            None,
            None,
            f"样例小区{1 + at // 4}栋",
            f"{1 + at % 2}",
            f"{at + 1}01",
            "业主",
        ]
        for at in range(8)
    ]
    return make_xlsx([head, *rows], sheet="Sheet1")


def owners_compound_room_number() -> bytes:
    """One number for building, unit and room; telephones that end in a semicolon; two owners in a cell; real dates."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(
        [
            "房号",
            "姓名",
            "电话",
            "面积",
            "入住日期",
            "身份(identity，可选：房主/租户)",
            "房屋类型(property_type，可选：住宅/商铺)",
        ]
    )
    import datetime

    for at in range(11):
        page.append(
            [
                f"1-{1 + at // 6}-{at + 1}01",
                f"样例{at:02}",
                f"1{at:010};",
                98.2,
                datetime.datetime(2025, 11, 16),
                "房主",
                "住宅",
            ]
        )
    page.append(["1-2-1201", "赵样例 李样例", "10000000012;", 98.2, datetime.datetime(2025, 11, 16), "租户", "住宅"])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
