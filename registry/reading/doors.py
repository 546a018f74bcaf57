"""The spellings of a door: `3栋2单元501`, `3-2-501`, `3#2-501` and `３号楼二单元501室` are one."""

import re
from dataclasses import dataclass

from bulou.text import normal

MOST_LETTERS = 500  # what is longer names no door
_NUMERALS = "零〇一二三四五六七八九十百"
_DIGIT = {letter: value for value, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DASHES = re.compile(r"[‐‑‒–—―−－_~～/／\\.．·、,，|丨]+")
_BUILDING_MARK = r"(?:号楼|楼栋|栋|幢|座|号院|#楼|#|楼)"
# From the first digit on: tried again from each digit, a long number takes the square of its length.
_VALUE = r"(?:(?<![0-9])[0-9]+[A-Z]?|[A-Z][0-9]*)"
_BUILDING = re.compile(rf"(?P<before>.*?)(?P<value>{_VALUE})(?P<mark>{_BUILDING_MARK}|号)$")
_STRONG_BUILDING = re.compile(rf"(?P<before>.*?)(?P<value>{_VALUE})(?P<mark>号楼|楼栋|栋|幢|座|#楼|#)")
_PART = re.compile(r"(?P<value>[0-9A-Z]+)(?P<mark>号楼|楼栋|栋|幢|座|#楼|#|单元|单|门洞|梯|层|楼|室|房|户|号)?-*")
_MARKED_NUMERAL = re.compile(rf"[{_NUMERALS}两]+(?=号楼|栋|幢|座|单元|层|楼|期|区|号|室|门)")
# At the end, where nothing marks them: 二〇一, 3栋2单元二〇一, 3-2-二〇一, 负二〇一.
_LAST_NUMERAL = re.compile(rf"(^|(?<=[栋幢座楼元单层号#\-负下]))[{_NUMERALS}]+$")
_NAMED_BUILDING = re.compile(rf".*?{_VALUE}(号楼|楼栋|栋|幢|座)")  # 3#501 may mean a unit
_ORDINAL = re.compile(r"第(?=[0-9A-Z]+(号楼|栋|幢|座|单元))")
_MONTH = "(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
_DATE = re.compile(
    r"(19|20)\d{2}-\d{1,2}-\d{1,2}(T?\d\d:.*)?|((19|20)\d{2}年)?\d{1,2}月\d{1,2}日?|((19|20)\d{2})年\d{1,2}月"
    rf"|\d{{1,2}}-{_MONTH}(-\d{{2,4}})?|{_MONTH}-\d{{1,4}}"
)
_ENGLISH_BUILDING = re.compile(
    r"(?:BUILDING|BLOCK|BLDG|BLK|TOWER|NO)\.?(?P<value>[0-9A-Z]+)|(?P<other>[0-9]+)(?:BUILDING|BLOCK)"
)


class UnreadableDoor(ValueError):
    """The text names no door."""


class DateAsDoor(UnreadableDoor):
    """A spreadsheet has turned the number into a date: 3-2 became 2 March."""


@dataclass(frozen=True, slots=True)
class DoorText:
    """The parts that a text named, each in its one spelling; empty = not named."""

    compound: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""


def read_door(text: str) -> DoorText:
    """Building, unit and room of a door written in one piece. Raises UnreadableDoor.

    What stands before the building is the compound. `501` alone names a room and nothing else.
    """
    plain = _plain_door(text)
    if _DATE.fullmatch(plain):
        raise DateAsDoor(text)
    compound, building, rest = "", "", plain
    if strong := _STRONG_BUILDING.match(plain):
        compound, building = strong["before"].strip("-"), _building_name(strong["value"])
        rest = plain[strong.end() :]
    found = _read_parts(rest.strip("-"), building)
    return DoorText(compound, found.building, found.unit, found.room)


def read_building(text: str) -> DoorText:
    """Compound and building of a building's cell: `样例小区1栋`, `3号楼`, `3`, `B座`; a house with a name keeps it."""
    plain = _plain(text)
    if _DATE.fullmatch(plain):
        raise DateAsDoor(text)
    if re.fullmatch(_VALUE, plain):
        return DoorText(building=_building_name(plain))
    if found := _BUILDING.fullmatch(plain):
        return DoorText(compound=found["before"].strip("-"), building=_building_name(found["value"]))
    if english := _ENGLISH_BUILDING.fullmatch(plain):
        return DoorText(building=_building_name(english["value"] or english["other"]))
    return DoorText(building=_spaced(text))


def read_unit(text: str) -> str:
    """`2`, `二单元`, `02` → `2单元`; `A` → `A单元`; `0`, `无` and nothing → empty."""
    plain = re.sub(r"^第|(单元|单|门洞|梯|门|UNIT)$|^UNIT", "", _plain(text)).strip("-")
    if _DATE.fullmatch(plain):
        raise DateAsDoor(text)
    plain = _number(plain) if set(plain) <= set(_NUMERALS) else plain
    if not plain.strip("0") or plain in ("无", "NONE"):
        return ""
    return f"{_without_zeros(plain)}单元"


def read_room(text: str) -> str:
    """`501室`, `0501`, `５０１` → `501`; `负101` → `-101`; a room with a name keeps it. Empty stays empty."""
    plain = re.sub(r"^(负|地下|B(?=\d{3}$))", "-", _plain_door(text))
    if _DATE.fullmatch(plain):
        raise DateAsDoor(text)
    if floor_and_door := re.fullmatch(r"(\d{1,2})[层楼F]-?0?(\d{1,2})[室房号户]?", plain):
        return f"{int(floor_and_door[1])}{int(floor_and_door[2]):02d}"
    found = re.fullmatch(r"(?P<below>-?)(?:ROOM|RM|NO\.?)?(?P<room>[0-9A-Z]+)(室|房间|房|户|号)?-*", plain)
    if found is None or (found["below"] and not found["room"][0].isdigit()):
        return _spaced(text)
    return found["below"] + _without_zeros(found["room"])


def is_whole_door(text: str) -> bool:
    """Whether a room's cell holds more than a room: `1-2-1101`, `3栋501`."""
    plain = _plain_door(text)
    return bool(
        re.fullmatch(r"[0-9A-Z]+(-[0-9A-Z]+){1,3}[室房号户]?", plain)
        or _STRONG_BUILDING.match(plain)
        or "单元" in plain
    )


def names_building(text: str) -> bool:
    """Whether a building is named with its mark: `3栋501`, and not `3-501`."""
    return _NAMED_BUILDING.match(_plain(text)) is not None


def find_building(title: str) -> DoorText | None:
    """The building that a title or the name of a sheet is about (`3栋居民花名册`), if it names exactly one."""
    found = list(_STRONG_BUILDING.finditer(_plain(title)))
    if len(found) != 1:
        return None
    return DoorText(building=_building_name(found[0]["value"]))


def find_section(heading: str) -> DoorText | None:
    """The building that a heading inside a table names, if it names nothing else: `3栋`, `3号楼居民`."""
    plain = _plain(heading)
    found = _STRONG_BUILDING.match(plain)
    if found is None or re.search(r"[0-9]", plain[found.end() :]) or len(plain) > 30:
        return None
    return DoorText(found["before"].strip("-"), _building_name(found["value"]))


def _read_parts(rest: str, building: str) -> DoorText:
    """The marked parts take their places, those without a mark fill what is left, the last one being the room."""
    parts = list(_PART.finditer(rest))
    if not parts or "".join(part.group() for part in parts) != rest:
        raise UnreadableDoor(rest)
    unit, floor, room, plain = "", "", "", []
    for place, part in enumerate(parts):
        value, mark, is_last = part["value"], part["mark"] or "", place == len(parts) - 1
        if mark in ("单元", "单", "门洞", "梯"):
            unit = value
        elif mark in ("楼", "号") and not is_last and not building and place == 0:
            building = _building_name(value)
        elif mark in ("层", "楼"):
            floor = value
        elif mark in ("室", "房", "户") or (mark == "号" and is_last):
            room = value
        else:
            plain.append(value)
    return _fill(building, unit, floor, room, plain)


def _fill(building: str, unit: str, floor: str, room: str, plain: list[str]) -> DoorText:
    room = room or (plain.pop() if plain else "")
    if plain and not building:
        building = _building_name(plain.pop(0))
    if plain and not unit:
        unit = plain.pop(0)
    if plain and not floor and len(room) <= 2:  # 3-2-5-01
        floor = plain.pop(0)
    if plain or not room:
        raise UnreadableDoor(room)
    if floor and len(room) <= 2 and room.isdigit():
        room = f"{int(floor)}{int(room):02d}" if floor.isdigit() else room
    return DoorText("", building, read_unit(unit), _without_zeros(room))


def _plain(text: str) -> str:
    """Width, case, dashes, blanks and numerals in words made one."""
    folded = (
        re.sub(r"\s+", "", normal("NFKC", text[:MOST_LETTERS]))
        .upper()
        .replace("＃", "#")
        .replace("号栋", "栋")
        .replace("○", "〇")
    )
    dashed = _DASHES.sub("-", folded)
    return _ORDINAL.sub("", _MARKED_NUMERAL.sub(lambda found: _number(found.group()), dashed))


def _plain_door(text: str) -> str:
    """The same, and of a room's number in words too."""
    return _LAST_NUMERAL.sub(lambda found: _number(found.group()), _plain(text))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", normal("NFKC", text[:MOST_LETTERS])).strip()


def _number(words: str) -> str:
    """`十二` → `12`, `三` → `3`, `一〇二` → `102`; what is no numeral stays."""
    if not words or not set(words) <= set(_NUMERALS + "两"):
        return words
    if not set(words) & set("十百"):
        return "".join(str(_DIGIT[letter]) for letter in words)
    total, digit = 0, 0
    for letter in words:
        if letter in "十百":
            total, digit = total + max(digit, 1) * (10 if letter == "十" else 100), 0
        else:
            digit = _DIGIT[letter]
    return str(total + digit)


def _building_name(value: str) -> str:
    return f"{_without_zeros(value)}栋"


def _without_zeros(value: str) -> str:
    return re.sub(r"^0+(?=[0-9])", "", value.upper())
