"""Invented roster files, made by code. The layouts are those that property managers keep; every person is invented."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlsxwriter

SIMPLE = ["姓名", "楼号", "单元号", "房间号", "手机号"]


def make_xlsx(rows: Sequence[Sequence[Any]], sheet: str = "Sheet", **sheets: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet and perhaps more; None is an empty cell."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    for name, content in {sheet: rows, **sheets}.items():
        page = book.add_worksheet(name)
        for line, row in enumerate(content):
            page.write_row(line, 0, row)
    book.close()
    return made.getvalue()


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
