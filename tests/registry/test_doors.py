import pytest

from registry.reading.doors import (
    DateAsDoor,
    DoorText,
    UnreadableDoor,
    find_building,
    is_whole_door,
    read_building,
    read_door,
    read_room,
    read_unit,
)
from registry.rules import floor_of

ONE = DoorText("", "3栋", "2单元", "501")


@pytest.mark.parametrize(
    "spelling",
    [
        "3栋2单元501", "3-2-501", "3#2-501", "3#2单元501", "3号楼2单元501室", "三栋二单元501", "3幢2单元501号", "３栋２单元５０１",
        "3 栋 2 单元 501 室", "3－2－501", "3/2/501", "3—2—501", "03-02-0501", "第3栋第2单元501", "3座2单元5层01室", "3-2-5-01",
        "3栋2单元5楼501", "3#楼2单元501", "3.2.501", "3号2单元501", "3栋-2单元-501", "3号楼二单元501房",
    ],
)  # fmt: skip
def test_all_usual_spellings_of_a_door_are_one(spelling):
    assert read_door(spelling) == ONE


@pytest.mark.parametrize(
    ("spelling", "door"),
    [
        ("3#501", DoorText("", "3栋", "", "501")),
        ("3幢501", DoorText("", "3栋", "", "501")),
        ("3-501", DoorText("", "3栋", "", "501")),
        ("3楼501", DoorText("", "3栋", "", "501")),
        ("B座1203", DoorText("", "B栋", "", "1203")),
        ("b座1203室", DoorText("", "B栋", "", "1203")),
        ("十二栋1203A", DoorText("", "12栋", "", "1203A")),
        ("12A栋0302", DoorText("", "12A栋", "", "302")),
        ("样例小区1栋2单元102", DoorText("样例小区", "1栋", "2单元", "102")),
        ("样例路8号样例小区3栋2单元501室", DoorText("样例路8号样例小区", "3栋", "2单元", "501")),
        ("东区3栋501", DoorText("东区", "3栋", "", "501")),
        ("2单元501", DoorText("", "", "2单元", "501")),
        ("501", DoorText("", "", "", "501")),
        ("1-B-602", DoorText("", "1栋", "B单元", "602")),
    ],
)
def test_a_door_names_what_it_names_and_no_more(spelling, door):
    assert read_door(spelling) == door


@pytest.mark.parametrize("text", ["", "备注：送检", "3栋", "小区门口", "1-2-3-4-5-6", "=HYPERLINK(1)", "🏠", "-"])
def test_what_names_no_door_is_said_to_be_unreadable(text):
    with pytest.raises(UnreadableDoor):
        read_door(text)


@pytest.mark.parametrize("text", ["2025-11-16", "2025-11-16 00:00:00", "3月2日"])
def test_a_number_that_a_spreadsheet_turned_into_a_date_is_named(text):
    with pytest.raises(DateAsDoor):
        read_door(text)


@pytest.mark.parametrize(
    ("text", "compound", "building"),
    [
        ("1", "", "1栋"), ("01", "", "1栋"), ("3号楼", "", "3栋"), ("3#", "", "3栋"), ("三幢", "", "3栋"), ("B", "", "B栋"),
        ("3号", "", "3栋"), ("B座", "", "B栋"), ("样例小区1栋", "样例小区", "1栋"), ("Building 3", "", "3栋"),
        ("Block 12", "", "12栋"), ("翠竹楼", "", "翠竹楼"), ("二十一号楼", "", "21栋"), ("A区3栋", "A区", "3栋"),
    ],
)  # fmt: skip
def test_a_building_has_one_spelling(text, compound, building):
    assert read_building(text) == DoorText(compound=compound, building=building)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2", "2单元"),
        ("二单元", "2单元"),
        ("第2单元", "2单元"),
        ("A", "A单元"),
        ("a单元", "A单元"),
        ("02", "2单元"),
        ("0", ""),
        ("", ""),
        ("东", "东单元"),
    ],
)
def test_a_unit_has_one_spelling(text, unit):
    assert read_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("501室", "501"),
        ("0501", "501"),
        ("５０１", "501"),
        ("负101", "-101"),
        ("-101", "-101"),
        ("1203a", "1203A"),
        ("5层01", "501"),
        ("二〇一", "201"),
        ("二○一室", "201"),
        ("五百零一", "501"),
        ("负二〇一", "-201"),
        ("门卫 室", "门卫 室"),
        ("", ""),
    ],
)
def test_a_room_has_one_spelling(text, room):
    assert read_room(text) == room


@pytest.mark.parametrize(
    ("room", "floor"),
    [
        ("501", 5),
        ("1203", 12),
        ("302", 3),
        ("-101", -1),
        ("20501", 5),
        ("1203A", 12),
        ("8", None),
        ("01", None),
        ("门卫室", None),
        ("A", None),
        ("", None),
    ],
)
def test_the_floor_is_told_by_the_room(room, floor):
    assert floor_of(room) == floor


def test_a_room_cell_may_hold_the_whole_door():
    assert is_whole_door("1-2-1101")
    assert is_whole_door("3栋501")
    assert not is_whole_door("501")
    assert not is_whole_door("-101")


def test_a_title_names_its_building_if_it_names_one():
    assert find_building("样例小区3栋居民花名册") == DoorText(building="3栋")
    assert find_building("样例小区居民花名册") is None
    assert find_building("3栋、4栋居民花名册") is None
