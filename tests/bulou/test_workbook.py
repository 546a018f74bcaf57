import zipfile
from io import BytesIO

import pytest

from bulou.workbook import Column, Row, Sheet, write_workbook
from tests.paper import HOSTILE_NAMES, formulas_in, lines_of, read_book

COLUMNS = [Column("门牌", 12), Column("人数", 8, "count"), Column("检测率", 8, "share")]


def make_book(*rows, **facts) -> bytes:
    return write_workbook([Sheet(name="汇总", columns=COLUMNS, rows=rows, **facts)])


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "0012", "3-2", "2022-04-03", "1E5", "TRUE", "'quoted"])
def test_what_people_typed_stays_text(name):
    book = make_book([name, 1, 0.5], notes=[name])

    assert formulas_in(book) == []
    assert lines_of(book, "汇总")[0][0] == name
    assert lines_of(book, "汇总")[2] == (name, 1, 0.5)
    assert read_book(book)["汇总"]["A3"].data_type == "s"


def test_a_text_cell_stays_text_when_somebody_edits_it():
    sheet = read_book(make_book(["3-2", 1, 0.5]))["汇总"]

    assert sheet["A2"].number_format == "@"
    assert sheet["C2"].number_format == "0.0%"


def test_signs_that_would_break_the_file_are_left_out():
    book = make_book(["赵\u0000样\u0007例\ud83d一\u202e\ufffe", 1, 0.5], ["W" * 40_000, 1, 0.5])

    assert lines_of(book, "汇总")[1][0] == "赵样例一"
    assert len(lines_of(book, "汇总")[2][0]) == 32_767


def test_an_empty_cell_is_empty():
    assert lines_of(make_book(["101", None, None]), "汇总")[1] == ("101", None, None)


def test_the_header_is_frozen_and_printed_on_each_page():
    sheet = read_book(make_book(["101", 1, 0.5], notes=["第三轮", "截至17:00"]))["汇总"]

    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.column_dimensions["A"].width == pytest.approx(12, abs=1)


def test_a_total_is_bold():
    sheet = read_book(make_book(["101", 1, 0.5], Row(["合计", 1, 0.5], is_total=True)))["汇总"]

    assert sheet["A3"].font.bold
    assert not sheet["A2"].font.bold


def test_sheets_with_names_that_excel_refuses_get_others():
    names = ["3/4栋[A]*?", "很长" * 30, "很长" * 30, "", "'quoted'", "History"]

    book = read_book(write_workbook([Sheet(name, COLUMNS, []) for name in names]))

    assert len(set(book.sheetnames)) == 6
    assert book.sheetnames[0] == "3 4栋 A"
    assert all(0 < len(name) <= 31 for name in book.sheetnames)


def test_rows_may_be_streamed():
    book = write_workbook([Sheet("楼栋", COLUMNS, ([str(door), 1, 0.5] for door in range(1, 5_001)))])

    assert len(lines_of(book, "楼栋")) == 5_001
    assert zipfile.ZipFile(BytesIO(book)).testzip() is None


def test_a_row_of_the_wrong_length_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="shorter"):
        make_book(["101", 1])
