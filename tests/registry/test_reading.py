import struct
import time
from pathlib import Path

import pytest

from bulou.i18n import speaking
from registry.errors import FileUnreadable, Problem
from registry.reading import read_roster
from registry.reading.cells import read_needs, read_state
from registry.reading.columns import Column, meaning_of
from registry.reading.files import DIRECTORY_BYTES
from registry.rules import Door, DoorState, NeedKind, RowCode
from registry.sheets import columns_of_a_roster
from registry.words import NEED_NAMES, STATE_NAMES, row_sentence
from tests.registry import workbooks
from tests.registry.workbooks import SIMPLE, make_csv, make_xlsx

TEMPLATES = Path(__file__).parents[3] / "shared/data/real/templates"

LAYOUTS = {
    "owners-simple": (workbooks.owners_simple, 6),
    "residents-marked-required": (workbooks.residents_marked_required, 8),
    "owners-compound-room-number": (workbooks.owners_compound_room_number, 13),
}
PERSON = ["赵样例", "3", "2", "501", "10000000000"]


def read(content: bytes, name: str = "roster.xlsx", **facts):
    return read_roster(content, name, **facts)


def told(file) -> list[tuple]:
    return [(problem.sheet, problem.row, problem.column, problem.code) for problem in file.refused]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_of_the_field_is_read_without_a_refusal(layout):
    make, people = LAYOUTS[layout]

    file = read(make())

    assert not file.refused
    assert len(file.rows) == people
    assert all(row.name and row.door.building and row.door.unit and row.door.room for row in file.rows)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_real_layout_is_read_like_our_invented_one(layout):
    if not TEMPLATES.exists():
        pytest.skip("../shared is absent: its roster templates cannot be tried")

    file = read((TEMPLATES / f"{layout}.xlsx").read_bytes())

    assert not file.refused
    assert len([row for row in file.rows if row.name]) == LAYOUTS[layout][1]


@pytest.mark.parametrize(
    ("layout", "people", "refused"),
    [
        ("rooms-and-owners", 1, []),
        ("compound-five-sheets", 5, []),
        ("mixed-sampling-form-20", 0, [("Sheet", 7, "", RowCode.NO_DOORS)]),
    ],
)
def test_every_other_layout_is_taken_exactly_or_refused_by_its_sheet_and_row(layout, people, refused):
    if not TEMPLATES.exists():
        pytest.skip("../shared is absent: its roster templates cannot be tried")

    file = read((TEMPLATES / f"{layout}.xlsx").read_bytes())

    assert told(file) == refused
    assert len([row for row in file.rows if row.name]) == people


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_file_may_be_written_in_any_usual_way(encoding, delimiter):
    content = make_csv([SIMPLE, PERSON, ["钱样例", "3", "2", "502", ""]], encoding, delimiter)

    file = read(content, "花名册.csv")

    assert [(row.line, str(row.door), row.name, row.phone) for row in file.rows] == [
        (2, "3栋2单元501", "赵样例", "10000000000"),
        (3, "3栋2单元502", "钱样例", ""),
    ]


def test_doors_and_head_counts_without_names_are_a_roster():
    file = read(
        make_csv([["楼栋", "室号", "居住人数"], ["1", "101", "3人"], ["1", "102", "0"], ["1", "103", ""]]), "a.csv"
    )

    assert [(row.door.room, row.heads, row.name) for row in file.rows] == [
        ("101", 3, ""),
        ("102", 0, ""),
        ("103", None, ""),
    ]


def test_titles_above_the_header_and_notes_below_the_table_are_no_rows():
    rows = [["样例小区居民花名册"], ["填表人：", None, "日期："], SIMPLE, PERSON, ["合计：1人"], ["备注：每月更新"]]

    file = read(make_xlsx(rows))

    assert [(row.line, row.name) for row in file.rows] == [(4, "赵样例")]
    assert not file.refused


def test_a_sheet_for_each_building_names_it_in_the_tab():
    rows = [["房号", "姓名"], ["501", "赵样例"]]

    file = read(make_xlsx(rows, sheet="3栋", **{"4号楼": rows}))

    assert [str(row.door) for row in file.rows] == ["3栋501", "4栋501"]


def test_a_family_shares_the_merged_cells_of_its_door():
    rows = [SIMPLE, PERSON, ["钱样例", None, None, None, None], ["孙样例", "3", "2", "502", None]]

    file = read(workbooks.make_merged_xlsx(rows, "B2:B3", "C2:C3", "D2:D3"))

    assert [(row.name, row.door.room) for row in file.rows] == [("赵样例", "501"), ("钱样例", "501"), ("孙样例", "502")]


def test_thousands_of_empty_formatted_rows_cost_nothing():
    content = workbooks.make_formatted_xlsx([SIMPLE, PERSON], 50_000)

    started = time.perf_counter()
    file = read(content)

    assert len(file.rows) == 1
    assert time.perf_counter() - started < 5


def test_numbers_kept_as_numbers_are_read_as_they_were_typed():
    file = read(make_xlsx([[*SIMPLE, "身份证"], ["赵样例", 3, 2, 501, 10000000000, "000000190001010000"]]))

    [row] = file.rows
    assert (str(row.door), row.phone, row.identity_number) == ("3栋2单元501", "10000000000", "000000190001010000")


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (["赵样例", "3", "2", "501", "1.38E+10"], "手机号", RowCode.DIGITS_LOST),
        (["赵样例", "3", "2", "501", "12345"], "手机号", RowCode.PHONE_UNREADABLE),
        (["赵样例", "3", "2", "", "10000000000"], "房间号", RowCode.DOOR_MISSING),
        (["赵样例", "", "2", "501", "10000000000"], "楼号", RowCode.BUILDING_MISSING),
        (["赵样例", "3", "2", "2025-03-02", ""], "房间号", RowCode.DOOR_IS_DATE),
        (["样" * 61, "3", "2", "501", ""], "姓名", RowCode.TOO_LONG),
        (["#REF!", "3", "2", "501", ""], "姓名", RowCode.FORMULA_ERROR),
        (["赵样例", "3", "2", "4-1-501", ""], "房间号", RowCode.DOOR_UNREADABLE),
    ],
)
def test_a_bad_cell_is_refused_by_sheet_row_and_column_and_spoils_no_other_row(cells, column, code):
    file = read(make_xlsx([SIMPLE, PERSON, cells]))

    assert told(file) == [("Sheet", 3, column, code)]
    assert len(file.rows) == 1


def test_an_identity_number_that_the_spreadsheet_has_rounded_is_refused():
    file = read(make_xlsx([[*SIMPLE, "身份证号"], [*PERSON, 420106199001011234]]))

    assert told(file) == [("Sheet", 2, "身份证号", RowCode.DIGITS_LOST)]


def test_two_owners_in_a_cell_are_two_people():
    head = ["房号", "姓名", "电话", "身份证号"]
    rows = [
        head,
        ["1-1-101", "赵样例、李样例", "10000000000/10000000001", "E00000001、E00000002"],
        ["1-1-102", "钱 样", "", ""],
    ]

    file = read(make_xlsx(rows))

    assert [(row.name, row.phone, row.identity_number) for row in file.rows] == [
        ("赵样例", "10000000000", "E00000001"),
        ("李样例", "10000000001", "E00000002"),
        ("钱样", "", ""),
    ]


def test_one_identity_number_beside_two_owners_is_nobodys_and_refused():
    file = read(make_xlsx([["房号", "姓名", "身份证号"], ["1-1-101", "赵样例 李样例", "E00000001"]]))

    assert told(file) == [("Sheet", 2, "身份证号", RowCode.IDENTITY_COUNT)]


def test_a_person_listed_twice_at_one_door_is_one_and_at_two_doors_counts_at_the_first():
    head = ["房号", "姓名", "身份证号"]
    rows = [head, ["1-1-101", "赵样例", "E00000001"], ["1-1-101", "赵样例", ""], ["1-1-102", "赵样例", "E00000001"]]

    file = read(make_xlsx(rows))

    assert [(row.door.room, row.name) for row in file.rows] == [("101", "赵样例"), ("102", "")]
    assert [(notice.row, notice.code) for notice in file.notices if notice.code is not RowCode.CHECK_DIGIT] == [
        (3, RowCode.PERSON_REPEATED),
        (4, RowCode.SECOND_DOOR),
    ]


def test_an_explanation_beside_the_table_and_a_sheet_of_explanations_are_passed_over():
    rows = [[*SIMPLE, None, None], [*PERSON, None, None], [None, None, None, None, None, "说明", "楼号：楼栋编号"]]

    file = read(make_xlsx(rows, 说明=[["请按格式填写"], ["谢谢"]]))

    assert len(file.rows) == 1
    assert not file.refused
    assert [(notice.sheet, notice.code) for notice in file.notices] == [("说明", RowCode.SHEET_IGNORED)]


def test_needs_and_the_state_of_a_door_are_understood_in_words():
    head = ["房号", "姓名", "特殊情况", "居住状态"]

    file = read(make_xlsx([head, ["1-1-101", "赵样例", "独居老人，卧床", "自住"], ["1-1-102", "钱样例", "无", "2001"]]))

    assert file.rows[0].needs == {NeedKind.LIVES_ALONE, NeedKind.FRAIL, NeedKind.BED_BOUND}
    assert (file.rows[0].state, file.rows[1].needs, file.rows[1].state) == (DoorState.SELF_OCCUPIED, frozenset(), None)


def test_headers_in_english_are_understood():
    file = read(
        make_csv(
            [["Building", "Unit", "Room no.", "Full name", "Mobile"], ["3", "2", "501", "Ann Sample", "10000000000"]]
        ),
        "a.csv",
    )

    assert [(row.door, row.name) for row in file.rows] == [(Door("", "3栋", "2单元", "501"), "Ann Sample")]


def test_the_compound_that_the_importer_names_holds_for_every_row():
    rows = [["楼栋", "房号", "姓名"], ["东区3栋", "501", "赵样例"], ["西区3栋", "501", "钱样例"]]

    one = read(make_xlsx(rows[:2]), compound="样例小区")
    both = read(make_xlsx(rows), compound="样例小区")

    assert [row.door.building for row in one.rows] == ["3栋"]
    assert [row.door.building for row in both.rows] == ["东区3栋", "西区3栋"]
    assert {row.door.compound for row in both.rows} == {"样例小区"}


def test_formulas_and_markup_in_names_stay_text():
    names = ["=1+1", "<b>赵</b>", "@SUM(A1)", "+86"]

    file = read(make_xlsx([["房号", "姓名"], *[[f"1-1-{at}01", name] for at, name in enumerate(names, 1)]]))

    assert [row.name for row in file.rows] == names


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", Problem.EMPTY),
        (b"   \n", Problem.EMPTY),
        (b"PK\x03\x04 and then nothing", Problem.BROKEN),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, Problem.BROKEN),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), Problem.PASSWORD),
        (b"%PDF-1.7\n\0\1\2", Problem.NO_TABLE),
        (b"\x89PNG\r\n\x1a\n\0\0", Problem.NO_TABLE),
        ("<html><table><tr><td>姓名</td></tr></table>".encode(), Problem.WEB_PAGE),
        (b"\xff\xff\xff\xfe\xfd,", Problem.ENCODING),
        (b"a" * (50 * 1024 * 1024 + 1), Problem.TOO_LARGE),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content, problem):
    with pytest.raises(FileUnreadable) as refusal:
        read(content, "roster.xls")

    assert refusal.value.problem is problem


def test_a_bomb_whose_long_list_hides_in_the_record_for_large_files_is_not_opened(monkeypatch):
    """Its usual record says that it holds one small entry; Python believes the other and would read a million."""
    entry = b"PK\x01\x02" + b"\0" * 42
    directory = entry * (DIRECTORY_BYTES // len(entry) + 1)
    large = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(directory), 4)
    usual = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 46, 4, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 4 + len(directory), 1)

    monkeypatch.setattr("zipfile.ZipFile", pytest.fail)
    with pytest.raises(FileUnreadable) as refusal:
        read(b"PK\x03\x04" + directory + large + locator + usual)

    assert refusal.value.problem is Problem.BOMB


def test_a_table_without_a_known_header_is_refused_by_its_sheet():
    file = read(make_csv([["甲", "乙"], ["1", "2"]]), "a.csv")

    assert told(file) == [("a", 1, "", RowCode.NO_TABLE)]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_our_own_workbook_is_understood_in_either_language(app, locale):
    with app.test_request_context(), speaking(locale):
        headers = [column.title for column in columns_of_a_roster()]
        needs = {kind: str(words) for kind, words in NEED_NAMES.items()}
        states = {state: str(words) for state, words in STATE_NAMES.items()}

    assert [meaning_of(header) for header in headers] == [
        column for column in Column if column not in (Column.ADDRESS, Column.LINK)
    ]
    assert {kind: read_needs(words) for kind, words in needs.items()} == {kind: {kind} for kind in needs}
    assert {state: read_state(words) for state, words in states.items()} == {state: state for state in states}


def test_an_unusual_number_of_heads_is_taken_and_pointed_out():
    found = read("楼栋,房号,户主,人数\n9栋,1203,李样,250\n9栋,1204,王样,4\n".encode(), "roster.csv")

    assert [row.heads for row in found.rows] == [250, 4]
    assert [(notice.row, notice.code, dict(notice.facts)) for notice in found.notices] == [
        (2, RowCode.HEADS_UNUSUAL, {"heads": "250"})
    ]


BLOCKS = ["楼栋", "单元", "房号", "姓名"]


def test_a_list_that_writes_a_door_once_for_all_behind_it_is_read_so_and_says_it_once():
    rows = [
        BLOCKS,
        ["3", "1", "101", "赵样例"],
        ["", "", "", "钱样例"],
        ["", "", "102", "孙样例"],
        ["", "", "", "李样例"],
        ["", "", "", "周样例"],
        ["4", "", "101", "吴样例"],
    ]

    file = read(make_xlsx(rows))

    doors = ["3栋1单元101"] * 2 + ["3栋1单元102"] * 3 + ["4栋101"]
    assert [f"{row.door.building}{row.door.unit}{row.door.room}" for row in file.rows] == doors
    [notice] = file.notices
    assert (notice.code, notice.row, dict(notice.facts)) == (RowCode.SAME_AS_ABOVE, 3, {"count": "4", "above": "2"})
    assert not file.refused


@pytest.mark.parametrize(
    ("rooms", "refused"),
    [
        (["101", "101", "", "102", "", "", "103"], [4, 6, 7]),  # repeats a door where it knows it: forgotten elsewhere
        (["101", "102", "103", "104", "", "106", "107"], [6]),  # one forgotten
        (["", "101", "", "", "102", "", ""], [2, 4, 5, 7, 8]),  # begins with nobody's
        (["101", "", "", "", "", "", ""], [3, 4, 5, 6, 7, 8]),  # one door for everybody
    ],
)
def test_a_door_that_was_forgotten_is_refused_as_before(rooms, refused):
    rows = [["楼栋", "房号", "姓名"], *(["3", room, f"{'赵钱孙李周吴郑'[at]}样例"] for at, room in enumerate(rooms))]

    file = read(make_xlsx(rows))

    assert [problem.row for problem in file.refused] == refused
    assert {problem.code for problem in file.refused} == {RowCode.DOOR_MISSING}


def test_nothing_is_taken_over_a_gap_or_where_another_building_is_named():
    rows = [
        BLOCKS,
        ["3", "", "101", "赵样例"],
        ["", "", "", "钱样例"],
        ["", "", "", "孙样例"],
        ["", "", "102", "李样例"],
        [],
        ["", "", "", "周样例"],
        ["4", "", "", "吴样例"],
    ]

    file = read(make_xlsx(rows))

    assert [problem.row for problem in file.refused] == [7, 8]


def test_rows_that_say_different_things_of_one_door_come_to_one_state_and_the_larger_number():
    head = ["房号", "户人数", "居住状态"]
    said = [["1-1-101", "2", "出租"], ["1-1-101", "3", "空置"], ["1-1-102", "1", "空置"], ["1-1-102", "1", "未摸排"]]
    said += [["1-1-103", "", "出租"], ["1-1-103", "", "自住"]]

    file = read(make_xlsx([head, *said]))

    states = {row.door.room: row.state for row in file.rows}
    assert states == {"101": DoorState.LET, "102": DoorState.VACANT, "103": DoorState.SELF_OCCUPIED}
    told = [(notice.row, notice.code, dict(notice.facts)["stands"]) for notice in file.notices]
    assert sorted(told) == [
        (2, RowCode.HEADS_DIFFER, "3"),
        (3, RowCode.STATES_DIFFER, "let"),
        (5, RowCode.STATES_DIFFER, "vacant"),
        (6, RowCode.STATES_DIFFER, "self_occupied"),
    ]
    assert "let" in row_sentence(next(it for it in file.notices if it.row == 3))


def test_a_vacant_word_in_a_name_is_a_vacant_door_and_a_remark_behind_a_name_is_told():
    head = ["房号", "姓名", "手机号", "人数"]
    rows = [
        ["1-1-101", "空置", None, 0],
        ["1-1-102", "空房", "10000000001", None],
        ["1-1-103", "无人居住", None, 2],
        ["1-1-104", "赵样例 (已搬走)", None, None],
        ["1-1-105", "钱样例（住院）", None, None],
        ["1-1-106", "孙样例（大）", None, None],
    ]
    file = read(make_xlsx([head, *rows]))

    assert [(row.door.room, row.name, row.phone, row.state) for row in file.rows] == [
        ("101", "", "", DoorState.VACANT),
        ("102", "", "", DoorState.VACANT),
        ("103", "", "", None),
        ("105", "钱样例", "", None),
        ("106", "孙样例（大）", "", None),
    ]
    assert [(it.row, it.code, it.facts) for it in file.refused] == [(5, RowCode.MOVED_OUT, (("remark", "已搬走"),))]
    assert [(it.row, it.code) for it in file.notices] == [
        (3, RowCode.NAME_IS_VACANT),
        (4, RowCode.NAME_IS_VACANT),
        (6, RowCode.REMARK),
    ]


def test_a_need_that_is_not_understood_or_that_several_may_have_is_told():
    head = ["房号", "姓名", "特殊情况"]
    rows = [
        ["1-1-101", "赵样例", "租户"],
        ["1-1-102", "钱样例、孙样例", "90岁独居"],
        ["1-1-103", "李样例", "独居，租户"],
    ]
    file = read(make_xlsx([head, *rows]))

    assert [row.needs for row in file.rows] == [None, None, None, {NeedKind.LIVES_ALONE}]
    assert [(it.row, it.column, it.code) for it in file.notices] == [
        (2, "特殊情况", RowCode.NEEDS_UNKNOWN),
        (3, "特殊情况", RowCode.NEEDS_SHARED),
        (4, "特殊情况", RowCode.NEEDS_UNKNOWN),
    ]
