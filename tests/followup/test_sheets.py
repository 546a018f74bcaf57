"""The day's workbook. All names are invented."""

from datetime import UTC, datetime

import pytest

from followup.rules import BuildingCoverage, Count
from followup.sheets import DayReport, ExcuseRow, MissingRow, coverage_line, day_workbook
from tests.paper import HOSTILE_NAMES, formulas_in, lines_of, read_book, reader

FIVE = datetime(2022, 4, 3, 9, tzinfo=UTC)  # 17:00 in Shanghai


def make_building(name: str, roster: int, sampled: int, excused: int, unverified_doors: int = 0) -> BuildingCoverage:
    return BuildingCoverage(None, name, "", Count(roster, sampled, excused), unverified_doors)


BUILDINGS = [
    make_building("1栋", 120, 100, 8, 2),
    make_building("2栋", 80, 80, 0),
    make_building("", 3, 0, 1),
]


def make_missing(**facts) -> MissingRow:
    given = {
        "building": "1栋",
        "door": "1单元101",
        "name": "赵*例",
        "state": "过时未检",
        "since": FIVE,
        "reason": "敲门无人",
    }
    return MissingRow(**{**given, **facts})


def make_report(**facts) -> DayReport:
    excuse = ExcuseRow("1栋", "1单元102", "钱*例", "外出", FIVE, None, "周五回来", "孙样例")
    given = {"community": "样例社区", "round_name": "第三轮", "as_of": FIVE, "viewer": "李样例", "buildings": BUILDINGS}
    given |= {"missing": [make_missing()], "excuses": [excuse], "visitors": 7}
    return DayReport(**{**given, **facts})


def test_the_summary_adds_up_in_every_row():
    with reader("zh"):
        lines = lines_of(day_workbook(make_report()), "汇总")

    header = lines.index(("楼栋", "在册人数", "应检", "已检", "未检", "无需采样", "检测率", "未摸排户"))
    for _name, roster, expected, sampled, missing, excused, _share, _unverified in lines[header + 1 :]:
        assert roster == sampled + excused + missing
        assert expected == roster - excused
    assert lines[header + 3][0] == "门牌不详"
    assert lines[-1] == ("合计", 203, 194, 180, 14, 9, 0.927, 2)


def test_a_hundred_percent_is_said_only_when_nobody_is_missing():
    nearly = [make_building("1栋", 10_000, 9_999, 0)]

    with reader("zh"):
        lines = lines_of(day_workbook(make_report(buildings=nearly)), "汇总")

    assert lines[-1][6] == 0.999


def test_a_building_where_nobody_is_expected_has_no_share():
    empty = [make_building("1栋", 4, 0, 4)]

    with reader("zh"):
        report = make_report(buildings=empty)

        assert lines_of(day_workbook(report), "汇总")[-1][6] is None
        assert coverage_line(report) == "截至2022-04-03 17:00，应检0人，已检0人，未检0人，检测率–"


def test_the_line_for_the_group_says_the_totals():
    with reader("zh"):
        assert coverage_line(make_report()) == "截至2022-04-03 17:00，应检194人，已检180人，未检14人，检测率92.7%"


@pytest.mark.parametrize("sheet", ["汇总", "未检名单", "无需采样"])
def test_each_sheet_says_as_of_when_and_for_whom(sheet):
    with reader("zh"):
        lines = lines_of(day_workbook(make_report()), sheet)

    assert lines[2][0] == "截至2022-04-03 17:00，查看人：李样例  尚未签字确认，数字可能变动"


def test_the_missing_stand_by_building_with_a_count():
    people = [make_missing(), make_missing(door="1单元102"), make_missing(building="", door="", since=None)]

    with reader("zh"):
        lines = lines_of(day_workbook(make_report(missing=people)), "未检名单")

    assert lines[3] == ("楼栋", "门牌", "姓名", "状态", "起始时间", "已知情况", "跟进人")
    assert lines[4] == ("1栋", "1单元101", "赵*例", "过时未检", "2022-04-03 17:00", "敲门无人", "")
    assert [line[0] for line in lines[4:]] == ["1栋", "1栋", "1栋：未检2人", "门牌不详", "门牌不详：未检1人"]


def test_the_workbook_speaks_english_too():
    with reader("en"):
        book = read_book(day_workbook(make_report()))

    assert book.sheetnames == ["Summary", "List of the missing", "Need not come"]
    assert book["Summary"]["A5"].value == "Visitors from outside, counted apart: 7"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_text(name):
    report = make_report(
        viewer=name,
        buildings=[make_building(name, 1, 0, 0)],
        missing=[make_missing(building=name, door=name, name=name, reason=name)],
        excuses=[ExcuseRow(name, name, name, name, FIVE, FIVE, name, name)],
    )

    with reader("en"):
        book = day_workbook(report)

    assert formulas_in(book) == []
    assert lines_of(book, "List of the missing")[4][:3] == (name, name, name)
