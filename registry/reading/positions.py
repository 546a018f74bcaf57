"""A small table of places, pasted from a spreadsheet or in a file: which line says what."""

import math
import re
from collections.abc import Sequence
from enum import StrEnum

from bulou.text import clean_text, normal
from registry.reading.columns import plain_header
from registry.reading.files import Line, Sheet, read_file
from registry.rules.coordinates import CHINA, System
from registry.rules.positions import PlaceCode, PlaceProblem, PlaceRow

MOST_ROWS = 150_000  # a whole roster, in which each building stands many times
HEADER_WITHIN = 10  # lines; a title may stand before it


class PlaceColumn(StrEnum):
    NAME = "name"
    COMPOUND = "compound"
    FIRST = "first"  # east, or longitude
    SECOND = "second"  # north, or latitude
    BOTH = "both"  # longitude and latitude in one cell


_WORDS = {
    PlaceColumn.NAME: (
        "楼栋 楼栋号 楼栋名称 楼号 楼幢 幢号 栋 栋号 座号 楼 楼宇 楼宇名称 名称 采样点 采样点名称 点位 点位名称 "
        "building buildingname buildingno block name point pointname"
    ),
    PlaceColumn.COMPOUND: "小区 小区名 小区名称 所属小区 compound estate",
    PlaceColumn.FIRST: "经度 东经 longitude lng lon long x x坐标 东 东向 东距 east easting metreseast 向东",
    PlaceColumn.SECOND: "纬度 北纬 latitude lat y y坐标 北 北向 北距 north northing metresnorth 向北",
    PlaceColumn.BOTH: "坐标 经纬度 地理坐标 位置坐标 百度坐标 高德坐标 gps gps坐标 coordinates coordinate position location",
}
_MEANING = {word: column for column, words in _WORDS.items() for word in words.split()}
_DEGREES = re.compile(r"(-?\d+)[°度](?:(\d+(?:\.\d+)?)[′'分])?(?:(\d+(?:\.\d+)?)(?:′′|''|\"|秒))?")
_PARTING = re.compile(r"[\t,;，；|\"]")  # a sign that parts the cells of a line already
_BESIDE = re.compile(r"\(.*?\)|\[.*?\]")  # what stands in brackets: x(米)


def sheets_sent(table: str, content: bytes, file_name: str) -> tuple[Sheet, ...]:
    """What was pasted, or else the file. Raises FileUnreadable."""
    if not table.strip():
        return read_file(content, file_name)
    return read_file("\n".join(_parted(line) for line in table.splitlines()).encode(), "")


def _parted(line: str) -> str:
    """A line typed with spaces as one with tabs. The numbers, or their headings, stand last: a name may have spaces."""
    cells = line.split()
    if len(cells) < 3 or _PARTING.search(line):
        return line
    return "\t".join((" ".join(cells[:-2]), *cells[-2:]))


def read_places_table(sheets: Sequence[Sheet], system: System) -> tuple[list[PlaceRow], list[PlaceProblem]]:
    """The lines of the first sheet that has any. Without a header: name, east or longitude, north or latitude."""
    lines = next((sheet.lines for sheet in sheets if sheet.lines), ())[: MOST_ROWS + HEADER_WITHIN]
    columns, begin = _header(lines)
    rows: list[PlaceRow] = []
    problems: list[PlaceProblem] = []
    for line in lines[begin:]:
        read = _read_line(line, columns, system)
        if isinstance(read, PlaceRow):
            rows.append(read)
        elif read is not None:
            problems.append(read)
    return rows, problems


def _header(lines: Sequence[Line]) -> tuple[dict[PlaceColumn, int], int]:
    for number, line in enumerate(lines[:HEADER_WITHIN]):
        found: dict[PlaceColumn, int] = {}
        for place, cell in enumerate(line.cells):
            meaning = _MEANING.get(plain_header(_BESIDE.sub("", normal("NFKC", cell))))
            if meaning is not None:
                found.setdefault(meaning, place)
        has_numbers = PlaceColumn.BOTH in found or {PlaceColumn.FIRST, PlaceColumn.SECOND} <= set(found)
        if PlaceColumn.NAME in found and has_numbers:
            return found, number + 1
    return {PlaceColumn.NAME: 0, PlaceColumn.FIRST: 1, PlaceColumn.SECOND: 2}, 0


def _read_line(line: Line, columns: dict[PlaceColumn, int], system: System) -> PlaceRow | PlaceProblem | None:
    """None = the line says no position, which changes nothing."""

    def cell(column: PlaceColumn) -> str:
        place = columns.get(column)
        return line.cells[place] if place is not None and place < len(line.cells) else ""

    name = clean_text(cell(PlaceColumn.NAME), max_length=60)
    first, second = cell(PlaceColumn.FIRST).strip(), cell(PlaceColumn.SECOND).strip()
    if not first and not second:
        first, second = _split(cell(PlaceColumn.BOTH), system)
    if not first and not second:
        return None
    if not name:
        return PlaceProblem(line.number, PlaceCode.NAME_MISSING)
    if not first or not second:
        return PlaceProblem(line.number, PlaceCode.NUMBERS_MISSING, name)
    east, north = number_in(first), number_in(second)
    if east is None or north is None:
        return PlaceProblem(line.number, PlaceCode.NOT_A_NUMBER, name)
    return PlaceRow(line.number, name, clean_text(cell(PlaceColumn.COMPOUND), max_length=80), east, north)


def _split(text: str, system: System) -> tuple[str, str]:
    """Two numbers of one cell, longitude first. In China the larger is the longitude, in whatever order maps copy them."""
    parts = [part for part in re.split(r"[,;\s，；、]+", normal("NFKC", text[:200]).strip()) if part]
    if len(parts) != 2:
        return (text.strip(), "") if text.strip() else ("", "")
    one, other = number_in(parts[0]), number_in(parts[1])
    south, north, west, east = CHINA
    is_turned = one is not None and other is not None and south < one < north and west < other < east
    return (parts[1], parts[0]) if is_turned and system is not System.METRES else (parts[0], parts[1])


def number_in(text: str) -> float | None:
    """114.39, 114.39°, 东经114.39, E 114°23′24″; None = no number."""
    plain = normal("NFKC", text[:60]).replace("−", "-").strip()
    plain = re.sub(r"^(东经|北纬|西经|南纬|[ENen])\s*|\s*[ENen]$|米$|m$", "", plain).strip()
    sexagesimal = _DEGREES.fullmatch(plain)
    if sexagesimal:
        degrees, minutes, seconds = sexagesimal.groups()
        return float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    try:
        value = float(plain.rstrip("°度"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
