"""What of a plan is handed out. All names are invented."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.sheets import (
    BuildingSheet,
    BuildingSheetRow,
    Contact,
    PlanRow,
    PointHours,
    PointOnSheet,
    PointSheet,
    PointSheetRow,
    SheetHead,
    building_sheet_pdf,
    plan_workbook,
    point_sheet_pdf,
)
from tests.paper import (
    HOSTILE_NAMES,
    codes_on,
    formulas_in,
    letters,
    lines_of,
    page_picture,
    page_texts,
    reader,
    symbol_mm,
)

EIGHT = datetime(2022, 4, 3, tzinfo=UTC)  # 08:00 in Shanghai
QUARTER = timedelta(minutes=15)
HEAD = SheetHead("样例社区", "第三轮核酸检测", 3, published_at=EIGHT - timedelta(hours=14))
NORTH = PointOnSheet("北门采样点", "北门广场岗亭东侧", Contact("赵样例", "13800000001"))
SOUTH = PointOnSheet("南门采样点", "南门篮球场", Contact("钱样例", "13800000002"))
LOBBY, POSTER = "HTTPS://BULOU.EXAMPLE.ORG/B/7Q4M9XKZ", "HTTPS://BULOU.EXAMPLE.ORG/P/7Q4M9XKZ"


def make_row(number: int, **facts) -> BuildingSheetRow:
    starts_at = EIGHT + number * QUARTER
    given = {"who": f"{number + 1}单元", "point": "北门采样点", "starts_at": starts_at, "ends_at": starts_at + QUARTER}
    return BuildingSheetRow(**{**given, **facts})


def make_building_sheet(units: int = 2, **facts) -> BuildingSheet:
    given = {"head": HEAD, "compound": "样例小区", "building": "5栋", "link": LOBBY, "points": [NORTH, SOUTH]}
    given |= {"rows": [make_row(unit) for unit in range(units)], "steward": Contact("孙样例", "13800000003")}
    return BuildingSheet(**{**given, **facts})


def make_point_sheet(**facts) -> PointSheet:
    rows = [PointSheetRow(EIGHT, EIGHT + QUARTER, f"{number}栋1单元", 40) for number in range(1, 4)]
    given = {"head": HEAD, "point": "北门采样点", "place": "北门广场", "link": POSTER, "rows": rows}
    given |= {"hours": [PointHours(EIGHT, EIGHT + 16 * QUARTER)], "person_in_charge": Contact("赵样例", "13800000001")}
    return PointSheet(**{**given, **facts})


def make_plan_row(number: int, **facts) -> PlanRow:
    starts_at = EIGHT + number * QUARTER
    given = {"point": "北门采样点", "place": "北门广场", "who": f"5栋{number + 1}单元", "heads": 40 + number}
    given |= {
        "starts_at": starts_at,
        "ends_at": starts_at + QUARTER,
        "person_in_charge": "赵样例",
        "phone": "13800000001",
    }
    return PlanRow(**{**given, **facts})


def test_the_lobby_sheet_says_when_where_and_whom_to_call():
    with reader("zh"):
        (page,) = page_texts(building_sheet_pdf([make_building_sheet()]))

    for words in (
        "5栋",
        "样例小区",
        "4月3日周日",
        "2单元",
        "08:15–08:30",
        "北门广场岗亭东侧",
        "13800000001",
        "孙样例",
        "第3版",
    ):
        assert letters(words) in letters(page)
    assert "请带好" in page
    assert "2022-04-02 18:00发布" in page


def test_the_lobby_sheet_speaks_english_too():
    with reader("en"):
        (page,) = page_texts(building_sheet_pdf([make_building_sheet(building="Building 5")]))

    for words in ("Building 5", "Sampling timetable", "Sun 3 Apr", "Please bring", "Version 3"):
        assert words in page


def test_the_code_of_the_lobby_sheet_is_large_enough_for_a_lobby():
    picture = page_picture(building_sheet_pdf([make_building_sheet()]))

    (code,) = codes_on(picture)

    assert code.text == LOBBY
    assert symbol_mm(code) >= 60


def test_a_poster_can_be_read_from_two_metres():
    """A phone's camera sees 1.5 m at 2 m on 1,600 pixels across: the sheet is then 220 pixels wide."""
    pdf = point_sheet_pdf([make_point_sheet()])

    (code,) = codes_on(page_picture(pdf))
    (seen_from_afar,) = codes_on(page_picture(pdf).resize((220, 311)))

    assert code.text == seen_from_afar.text == POSTER
    assert symbol_mm(code) >= 149  # 150, less what the corner of a pixel takes


def test_the_timetable_of_a_point_follows_its_poster():
    with reader("zh"):
        poster, timetable = page_texts(point_sheet_pdf([make_point_sheet()]))

    assert "到场请扫码" in poster
    assert "共120人" in timetable
    assert timetable.count("08:00–08:15") == 1  # said once for all three buildings
    assert all(f"{number}栋1单元" in timetable for number in range(1, 4))


def test_a_makeup_session_says_that_all_may_come():
    hours = [PointHours(EIGHT, EIGHT + QUARTER), PointHours(EIGHT + 40 * QUARTER, EIGHT + 44 * QUARTER, is_makeup=True)]

    with reader("zh"):
        text = page_texts(point_sheet_pdf([make_point_sheet(hours=hours)]))[1]

    assert "18:00–19:00（补采，不分楼栋）" in letters(text)


def test_who_has_no_time_yet_is_told_so():
    later = make_row(1, starts_at=None, ends_at=None)

    with reader("zh"):
        (page,) = page_texts(building_sheet_pdf([make_building_sheet(rows=[later, make_row(0)])]))

    assert "另行通知" in page
    assert page.index("1单元") < page.index("2单元")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_six_units_in_two_bands_fit_one_page(language):
    with reader(language):
        pages = page_texts(building_sheet_pdf([make_building_sheet(units=12)]))

    assert len(pages) == 1
    assert "10:45–11:00" in pages[0]


def test_a_very_long_list_goes_on_to_a_second_page_that_says_so():
    with reader("en"):
        first, second = page_texts(building_sheet_pdf([make_building_sheet(units=45)]))

    assert "5栋, 1/2" in first
    assert "5栋, 2/2" in second
    assert "Sampling point" in second


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_printed_as_names(name):
    row, point = make_row(0, who=name, point=name), PointOnSheet(name, name, Contact(name, name))
    lobby = make_building_sheet(rows=[row], points=[point], building=name, compound=name)
    poster = make_point_sheet(point=name, place=name, volunteers=[name], rows=[PointSheetRow(EIGHT, EIGHT, name, 1)])

    assert letters(name) in letters("".join(page_texts(building_sheet_pdf([lobby]))))
    assert letters(name) in letters("".join(page_texts(point_sheet_pdf([poster]))))


@pytest.mark.parametrize("name", ["赵样例" * 30, "W" * 120])
def test_a_long_name_does_not_push_the_code_off_the_poster(name):
    assert [code.text for code in codes_on(page_picture(point_sheet_pdf([make_point_sheet(point=name)])))] == [POSTER]


def test_forty_sheets_take_three_seconds_and_one_takes_one():
    building_sheet_pdf([make_building_sheet()])  # fonts are read once in a process

    started = time.process_time()
    building_sheet_pdf([make_building_sheet(units=12)])
    after_one = time.process_time()
    building_sheet_pdf([make_building_sheet(units=12, building=f"{number}栋") for number in range(1, 41)])
    after_forty = time.process_time()

    # Of the processor, since other tests run on the same machine; the figures of the pages of one sheet and of forty.
    assert after_one - started <= 1
    assert after_forty - after_one <= 3


def test_the_managers_table_has_the_columns_of_the_plan_pack():
    with reader("zh"):
        lines = lines_of(plan_workbook(HEAD, [make_plan_row(0)]), "采样安排表")

    columns = ("采样点", "地点", "楼栋/单元", "时间段", "应检人数", "负责人", "联系电话", "志愿者", "备注")
    assert lines[0][0] == "第三轮核酸检测采样安排表"
    assert lines[3] == columns
    assert lines[4][:7] == ("北门采样点", "北门广场", "5栋1单元", "4月3日周日 08:00–08:15", 40, "赵样例", "13800000001")


def test_the_table_goes_point_by_point_with_sums_that_are_numbers():
    unplaced = make_plan_row(3, starts_at=None, ends_at=None, note="无可用时段")
    rows = [make_plan_row(2), make_plan_row(1, point="东门采样点"), make_plan_row(0), unplaced]

    with reader("en"):
        book = plan_workbook(HEAD, rows)

    assert formulas_in(book) == []
    assert [(line[0], line[4]) for line in lines_of(book, "Sampling plan")[4:]] == [
        ("No place yet", 43),
        ("Total of No place yet", 43),
        ("东门采样点", 41),
        ("Total of 东门采样点", 41),
        ("北门采样点", 40),
        ("北门采样点", 42),
        ("Total of 北门采样点", 82),
        ("Total", 166),
    ]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_text_in_the_table(name):
    row = replace(make_plan_row(0), point=name, place=name, who=name, volunteers=name, note=name)

    book = plan_workbook(HEAD, [row])

    assert formulas_in(book) == []
    assert lines_of(book, "Sampling plan")[4][0] == name
