"""Lists as property managers keep them, and worse. Every person is invented."""

import datetime
import time

import openpyxl
import pytest

from registry.reading import read_roster
from registry.reading.files import Line, Sheet
from registry.reading.rows import read_rows
from registry.rules import RowCode
from tests.registry.workbooks import SIMPLE, make_csv, make_merged_xlsx, make_xls, make_xlsx, save

DOOR = ["楼栋", "单元", "房号"]
PERSON = ["赵样例", "3", "2", "501", "10000000000"]
DIGITS = list("000000190001010000")


def read(content: bytes, name: str = "roster.xlsx", **facts):
    return read_roster(content, name, **facts)


def people(file) -> list[tuple[str, str, str]]:
    assert not file.refused
    return [(str(row.door), row.name, row.phone) for row in file.rows if row.name]


def told(file) -> list[tuple]:
    return [(problem.sheet, problem.row, problem.column, problem.code) for problem in file.refused]


FAMILY = [
    ("3栋2单元501", "赵样例", "10000000001"),
    ("3栋2单元501", "钱样例", "10000000002"),
    ("3栋2单元502", "孙样例", "10000000003"),
]
WIDE = {
    "member columns with numbers": [
        [*DOOR, "成员1姓名", "成员1电话", "成员2姓名", "成员2电话"],
        ["3", "2", "501", "赵样例", "10000000001", "钱样例", "10000000002"],
        ["3", "2", "502", "孙样例", "10000000003"],
    ],
    "names first, telephones after": [
        [*DOOR, "姓名1", "姓名2", "电话1", "电话2"],
        ["3", "2", "501", "赵样例", "钱样例", "10000000001", "10000000002"],
        ["3", "2", "502", "孙样例", None, "10000000003"],
    ],
    "the same headers again": [
        [*DOOR, "姓名", "电话", "姓名", "电话"],
        ["3", "2", "501", "赵样例", "10000000001", "钱样例", "10000000002"],
        ["3", "2", "502", "孙样例", "10000000003"],
    ],
    "an owner, then the family": [
        [*DOOR, "户主姓名", "户主电话", "家庭成员姓名", "成员电话"],
        ["3", "2", "501", "赵样例", "10000000001", "钱样例", "10000000002"],
        ["3", "2", "502", None, None, "孙样例", "10000000003"],
    ],
    "two lines of headers": [
        ["房屋", None, None, "成员一", None, "成员二", None],
        [*DOOR, "姓名", "电话", "姓名", "电话"],
        ["3", "2", "501", "赵样例", "10000000001", "钱样例", "10000000002"],
        ["3", "2", "502", "孙样例", "10000000003"],
    ],
}


@pytest.mark.parametrize("layout", WIDE)
def test_a_family_on_one_line_is_as_many_people(layout):
    assert people(read(make_xlsx(WIDE[layout]))) == FAMILY


def test_the_name_of_a_contact_is_nobody_who_lives_here():
    rows = [[*DOOR, "姓名", "电话", "联系人姓名"], ["3", "2", "501", "赵样例", "10000000001", "孙样例"]]

    assert people(read(make_xlsx(rows))) == FAMILY[:1]


def test_headers_of_two_lines_are_one_header():
    rows = [
        ["样例小区住户登记表"],
        [*DOOR, "住户信息"],
        [None, None, None, "姓名", "手机号"],
        ["3", "2", "501", "赵样例", "10000000001"],
    ]

    assert people(read(make_xlsx(rows))) == FAMILY[:1]
    assert people(read(make_merged_xlsx(rows, "A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2"))) == FAMILY[:1]


def test_merged_cells_of_building_unit_and_room_hold_for_every_line_of_their_area():
    rows = [
        [*DOOR, "姓名", "电话"],
        ["3栋", "2单元", "501", "赵样例", "10000000001"],
        [None, None, None, "钱样例", "10000000002"],
        [None, None, "502", "孙样例", "10000000003"],
    ]

    assert people(read(make_merged_xlsx(rows, "A2:A4", "B2:B4", "C2:C3"))) == FAMILY


def test_a_merged_name_over_two_telephones_is_one_person():
    rows = [[*DOOR, "姓名", "电话"], ["3", "2", "501", "赵样例", "10000000001"], ["3", "2", "501", None, "10000000002"]]

    assert people(read(make_merged_xlsx(rows, "D2:D3"))) == FAMILY[:1]


@pytest.mark.parametrize("place", [3, 8])
def test_an_identity_number_with_one_digit_a_cell_is_read(place):
    head = [*DOOR, "姓名", "电话"]
    row = ["3", "2", "501", "赵样例", "10000000001"]
    head[place:place], row[place:place] = ["身份证号", *[None] * 17], DIGITS

    file = read(make_xlsx([["混采检测登记表"], head, row]))

    assert people(file) == FAMILY[:1]
    assert file.rows[0].identity_number == "".join(DIGITS)


def test_headings_between_the_lines_name_the_building():
    rows = [["单元", "房号", "姓名", "电话"], ["3栋"], ["2", "501", "赵样例", "10000000001"], ["4号楼居民"]]
    rows += [["2", "502", "孙样例", "10000000003"]]

    found = people(read(make_xlsx(rows)))

    assert [door for door, _, _ in found] == ["3栋2单元501", "4栋2单元502"]


def test_title_and_header_repeated_on_each_page_are_no_rows():
    page = [["样例小区居民花名册"], SIMPLE, PERSON]

    file = read(make_xlsx([*page, ["第 1 页 共 2 页"], *page[:2], ["钱样例", "3", "2", "502", ""]]))

    assert [(row.line, row.name) for row in file.rows] == [(3, "赵样例"), (7, "钱样例")]
    assert not file.refused


def test_a_sheet_for_each_building_and_a_list_of_them():
    rows = [["单元", "房号", "姓名"], ["2", "501", "赵样例"]]

    file = read(make_xlsx(rows, sheet="3栋", **{"4栋": rows, "目录": [["楼栋", "户数"], ["3栋", 1]]}))

    assert [str(row.door) for row in file.rows] == ["3栋2单元501", "4栋2单元501"]
    assert not file.refused


def test_one_line_for_each_household_with_its_heads():
    file = read(
        make_xlsx([["房号", "户主", "人数"], ["7#501", "赵样例", "3人"], ["7#502", None, "三"], ["7#503", None, 0]])
    )

    assert [(str(row.door), row.name, row.heads) for row in file.rows] == [
        ("7栋501", "赵样例", 3),
        ("7栋502", "", 3),
        ("7栋503", "", 0),
    ]


FIVE = {
    "楼栋": [["楼栋编号", "楼栋名称"], ["B1", "3栋"], ["B2", "5栋"]],
    "单元": [["单元编号", "单元名称", "楼栋编号"], ["U1", "2单元", "B1"], ["U2", "1单元", "B2"]],
    "房间": [["房间编号", "单元编号", "房号"], ["R1", "U1", "501"], ["R2", "U1", "502"], ["R3", "U2", "101"]],
    "业主": [
        ["业主编号", "业主姓名", "手机号", "房间编号"],
        ["Y1", "赵样例", "10000000001", "R1"],
        ["Y2", "孙样例", "10000000003", "R2"],
    ],
    "家庭": [["姓名", "与业主关系", "业主编号", "电话"], ["钱样例", "配偶", "Y1", "10000000002"]],
}


def test_many_sheets_that_share_their_headers_take_no_longer_than_they_are_long():
    """One for each building, and one of them all: every way from sheet to sheet would be tried, 20 times 19 times 18 …"""
    people = [("单元", "房号", "姓名"), ("1", "101", "赵样例"), ("1", "102", "钱样例")]
    houses = [("楼栋", "房号", "单元数"), ("9栋", "777", "2")]
    sheets = {f"{number}栋": people for number in range(1, 21)} | {"汇总": houses}
    began = time.process_time()

    file = read_rows(sheets_of(sheets))

    assert {row.door.building for row in file.rows if row.name} == {f"{number}栋" for number in range(1, 21)}
    assert time.process_time() - began < 2


def test_a_key_that_stands_for_thousands_of_doors_is_none():
    count = 3_000
    doors = [("业主编号", "楼栋", "房号"), *(("1", "3栋", str(door)) for door in range(count))]
    people = [("业主编号", "姓名"), *(("1", f"样例{number}") for number in range(count))]
    began = time.process_time()

    file = read_rows(sheets_of({"人员": people, "房屋": doors}))

    assert not any(row.name for row in file.rows)
    assert file.refused
    assert time.process_time() - began < 2


def sheets_of(tables):
    return [
        Sheet(name, tuple(Line(number, tuple(cells)) for number, cells in enumerate(rows, start=1)))
        for name, rows in tables.items()
    ]


def test_five_related_sheets_are_joined_by_their_keys():
    file = read(make_xlsx(FIVE["楼栋"], sheet="楼栋", **{name: FIVE[name] for name in list(FIVE)[1:]}))

    assert sorted(people(file)) == sorted(FAMILY)
    assert {str(row.door) for row in file.rows} == {"3栋2单元501", "3栋2单元502", "5栋1单元101"}


def test_a_key_that_the_other_sheet_does_not_have_is_refused_by_its_line():
    owners = [*FIVE["业主"], ["Y9", "李样例", "", "R9"]]

    file = read(make_xlsx(FIVE["楼栋"], sheet="楼栋", 单元=FIVE["单元"], 房间=FIVE["房间"], 业主=owners))

    assert told(file) == [("业主", 4, "房间编号", RowCode.LINK_UNKNOWN)]


def test_an_owner_of_several_rooms_counts_at_one_and_that_is_told():
    rooms = [["房号", "楼栋", "业主编号"], ["501", "3", "Y1"], ["502", "3", "Y1"]]

    file = read(make_xlsx(rooms, 业主=[["业主编号", "姓名"], ["Y1", "赵样例"]]))

    assert [door for door, _, _ in people(file)] == ["3栋501"]
    assert [(notice.sheet, notice.row, notice.code) for notice in file.notices] == [("业主", 2, RowCode.OTHER_DOORS)]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_file_of_full_width_digits(encoding):
    content = make_csv([SIMPLE, ["赵样例", "３栋", "２单元", "５０１", "１００００００００００"]], encoding)

    assert people(read(content, "a.csv")) == [("3栋2单元501", "赵样例", "10000000000")]


def test_the_old_binary_workbook_is_read_like_the_new():
    rows = [["样例小区"], SIMPLE, ["赵样例", 3, 2, 501, 10000000000.0], ["钱样例", "3", "2", "502", ""]]

    file = read(make_xls(rows), "roster.xls")

    assert people(file) == [("3栋2单元501", "赵样例", "10000000000"), ("3栋2单元502", "钱样例", "")]


def test_a_formula_counts_by_its_result_and_without_one_its_cell_is_refused():
    book = openpyxl.Workbook()
    for row in (SIMPLE, PERSON, ["=A2", "3", "2", "502", ""], ["钱样例", "3", "2", "=B2*100", ""]):
        book.active.append(row)

    file = read(save(book))

    assert told(file) == [("Sheet", 3, "姓名", RowCode.NOT_CALCULATED), ("Sheet", 4, "房间号", RowCode.NOT_CALCULATED)]
    assert [row.name for row in file.rows] == ["赵样例"]
    kept = make_xlsx([SIMPLE, PERSON], formulas={(2, 0): ("=A2", "孙样例"), (2, 1): ("=B2", 3), (2, 3): ("=D2", 502)})
    assert people(read(kept))[1:] == [("3栋502", "孙样例", "")]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("房间号", datetime.date(2025, 3, 2), RowCode.DOOR_IS_DATE),
        ("楼号", datetime.date(2025, 3, 2), RowCode.DOOR_IS_DATE),
        ("单元号", datetime.date(2025, 3, 2), RowCode.DOOR_IS_DATE),
        ("房间号", "3月2日", RowCode.DOOR_IS_DATE),
        ("房间号", "2-Mar", RowCode.DOOR_IS_DATE),
        ("房间号", "Mar-02", RowCode.DOOR_IS_DATE),
        ("手机号", "1.38E+10", RowCode.DIGITS_LOST),
        ("手机号", "1.38001E+10", RowCode.DIGITS_LOST),
    ],
)
def test_what_the_spreadsheet_has_made_of_a_number_is_refused_where_it_stands(column, value, code):
    row = list(PERSON)
    row[SIMPLE.index(column)] = value
    book = openpyxl.Workbook()
    book.active.append(SIMPLE)
    book.active.append(row)

    assert told(read(save(book))) == [("Sheet", 2, column, code)]


def test_hidden_rows_count_and_hidden_sheets_do_not_and_both_are_told():
    book = openpyxl.Workbook()
    old = book.create_sheet("旧表")
    old.sheet_state = "hidden"
    for sheet in (book.active, old):
        for row in (SIMPLE, PERSON, ["钱样例", "3", "2", "502", ""]):
            sheet.append(row)
    book.active.row_dimensions[3].hidden = True

    file = read(save(book))

    assert [(row.sheet, row.name) for row in file.rows] == [("Sheet", "赵样例"), ("Sheet", "钱样例")]
    assert [(notice.sheet, notice.code, dict(notice.facts)) for notice in file.notices] == [
        ("Sheet", RowCode.ROWS_HIDDEN, {"count": "1"}),
        ("旧表", RowCode.SHEET_HIDDEN, {}),
    ]


def test_a_column_that_nobody_knows_is_asked_about_and_then_understood():
    rows = [["栋数", "门洞", "家庭门牌标识", "住的人", "性别"], ["3", "2", "501", "赵样例", "男"]]

    file = read(make_xlsx(rows))

    assert file.asks and not file.has_doors
    assert [(it.header, it.samples) for it in file.questions if it.is_open] == [
        ("栋数", ("3",)),
        ("门洞", ("2",)),
        ("家庭门牌标识", ("501",)),
        ("住的人", ("赵样例",)),
    ]
    said = {"栋数": "building", "门洞": "unit", "家庭门牌标识": "room", "住的人": "name"}
    assert people(read(make_xlsx(rows), columns=said)) == [("3栋2单元501", "赵样例", "")]


def test_one_column_is_a_roster_if_somebody_says_what_it_means():
    rows = [["门"], ["3-2-501"], ["3-2-502"]]

    assert [str(row.door) for row in read(make_csv(rows), "a.csv", columns={"门": "room"}).rows] == [
        "3栋2单元501",
        "3栋2单元502",
    ]


def test_what_is_said_of_a_column_counts_more_than_its_words():
    rows = [["房号", "姓名", "业主姓名"], ["3-2-501", "赵样例", "孙样例"]]

    assert len(people(read(make_xlsx(rows)))) == 2
    assert people(read(make_xlsx(rows), columns={"业主姓名": "ignored"})) == [("3栋2单元501", "赵样例", "")]
