"""Tickets on paper. All names are invented."""

from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from checkin.sheets import SlipSize, TicketSlip, ticket_sheets_pdf
from checkin.sheets.tickets import grouped_code, stack_pages
from tests.paper import HOSTILE_NAMES, codes_on, letters, page_picture, page_texts, reader, symbol_mm

EIGHT = datetime(2022, 4, 3, tzinfo=UTC)  # 08:00 in Shanghai


def make_slip(number: int = 1, **facts) -> TicketSlip:
    code = f"7Q4M{number:012d}"
    given = {"code": code, "link": f"HTTPS://BULOU.EXAMPLE.ORG/Q/{code}", "building": "5栋", "door": f"1单元{number}01"}
    given |= {"name": "赵*例", "point": "北门采样点", "starts_at": EIGHT, "ends_at": EIGHT + timedelta(minutes=15)}
    return TicketSlip(**{**given, **facts})


def heights_of(words: str, pdf: bytes) -> list[float]:
    """How high above the lower edge of the first page these words stand, in points, each time they are printed."""
    found, page = [], pypdfium2.PdfDocument(pdf)[0].get_textpage()
    search = page.search(words)
    while place := search.get_next():
        found.append(page.get_charbox(place[0])[1])
    return found


def print_slips(*slips: TicketSlip, size: SlipSize = SlipSize.LARGE) -> bytes:
    return ticket_sheets_pdf(slips, round_name="第三轮核酸检测", size=size)


@pytest.mark.parametrize("size", SlipSize)
def test_every_code_of_a_full_sheet_reads_as_its_ticket(size):
    slips = [make_slip(number) for number in range(size.value[0] * size.value[1])]

    codes = codes_on(page_picture(print_slips(*slips, size=size), dots_per_inch=200))

    assert sorted(code.text for code in codes) == sorted(slip.link for slip in slips)
    assert all(symbol_mm(code, dots_per_inch=200) >= 23 for code in codes)


@pytest.mark.parametrize("size", SlipSize)
def test_a_slip_says_door_masked_name_point_and_time(size):
    with reader("zh"):
        (page,) = page_texts(print_slips(make_slip(12, heads=3), size=size))

    for words in ("5栋 1单元1201", "赵*例", "3人", "北门采样点", "4月3日周日", "08:00–08:15", "7Q4M 0000 0000 0012"):
        assert letters(words) in letters(page)


def test_a_slip_without_a_time_leaves_it_out():
    (page,) = page_texts(print_slips(make_slip(starts_at=None, ends_at=None, point="")))

    assert ":" not in page.replace("Keep this slip:", "")


def test_a_code_is_shown_in_groups_of_four():
    assert grouped_code("7Q4M0000XKZ2TWPB") == "7Q4M 0000 XKZ2 TWPB"


@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 21, 96, 200])
def test_cut_piles_laid_on_each_other_are_in_the_order_given(count):
    pages = stack_pages(list(range(count)), places=10)

    piles = [page[place] for place in range(10) for page in pages]

    assert [slip for slip in piles if slip is not None] == list(range(count))
    assert all(len(page) == 10 for page in pages)
    assert len(pages) == -(-count // 10)


def test_each_building_begins_a_sheet_and_counts_its_own_slips():
    five = [make_slip(number) for number in range(1, 12)]
    six = [make_slip(number, building="6栋") for number in range(20, 23)]

    pages = page_texts(print_slips(*five, *six))

    assert len(pages) == 3
    assert "11/11" in "".join(pages[:2])
    assert "6栋" not in "".join(pages[:2])
    assert "3/3" in pages[2]


@pytest.mark.parametrize("size", SlipSize)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stays_on_its_slip(name, size):
    hostile = make_slip(1, name=name, door=name, point=name)

    pdf = print_slips(hostile, make_slip(2), size=size)

    (page,) = page_texts(pdf)
    assert letters(name)[:6] in letters(page)
    assert len(codes_on(page_picture(pdf, dots_per_inch=200))) == 2


@pytest.mark.parametrize("size", SlipSize)
def test_a_long_name_is_cut_at_one_line_so_that_the_time_stays_readable(size):
    long = make_slip(1, name="赵样例" * 30, door="W" * 120, point="北门 " * 30)

    first, second = heights_of("08:00", print_slips(long, make_slip(2, door="1单元201"), size=size))

    assert first >= second  # no lower on the slip than where the names are short


def test_nothing_to_print_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no slips"):
        print_slips()
