"""Where buildings stand: by a table in any coordinates, and by clicks on a drawing."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from PIL import Image
from sqlmodel import select

from accounts.rules import Role
from bulou.database import reading, transaction
from registry.errors import PictureUnusable
from registry.models import Building, Community, Drawing
from registry.reading import read_roster
from registry.reading.files import read_file
from registry.reading.pictures import MOST_WIDE, read_picture
from registry.reading.positions import number_in, read_places_table, sheets_sent
from registry.rules import Position, RowCode
from registry.rules.coordinates import System
from registry.rules.drawings import Paper, scaled
from registry.rules.positions import PlaceCode
from tests.accounts.pages import submit
from tests.factories import make_building, make_community, make_compound


def read(text: str, system: System = System.WGS84):
    return read_places_table(read_file(text.encode(), "places.csv"), system)


# Reading.


@pytest.mark.parametrize(
    "table",
    [
        "3栋\t114.39\t30.5",
        "某小区楼栋位置\n楼栋\t经度\t纬度\n3栋\t114.39\t30.5",
        "纬度,经度,名称\n30.5,114.39,3栋",
        '楼号,坐标（高德）\n3栋,"114.39,30.5"',
        '楼号,坐标\n3栋,"30.5，114.39"',
        "name,longitude,latitude\n3栋,１１４.39°,北纬30.5",
        "楼栋,东经,北纬\n3栋,114°23′24″,30°30'0\"",
    ],
)
def test_a_table_is_read_in_whatever_order_its_columns_stand(table):
    rows, problems = read(table)

    assert problems == []
    assert [(row.name, row.first, row.second) for row in rows] == [("3栋", pytest.approx(114.39), pytest.approx(30.5))]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("楼栋 经度 纬度\n3栋 114.39 30.5", ["3栋"]),
        ("3栋   114.39 30.5\n 东 区 4栋 114.39\u300030.5 ", ["3栋", "东 区 4栋"]),
        ("3栋 114.39 30.5\n4栋\t114.39\t30.5", ["3栋", "4栋"]),
        ("东 区\t114.39\t30.5", ["东 区"]),
    ],
)
def test_a_table_typed_with_spaces_is_read_like_one_with_tabs(table, names):
    rows, problems = read_places_table(sheets_sent(table, b"", ""), System.WGS84)

    assert problems == []
    assert [(row.name, row.first, row.second) for row in rows] == [(name, 114.39, 30.5) for name in names]


def test_a_line_without_position_says_nothing_and_half_of_one_is_refused():
    rows, problems = read("楼栋,x,y\n1栋,,\n2栋,5,\n,1,2\n4栋,abc,2\n5栋,7,8", System.METRES)

    assert [row.name for row in rows] == ["5栋"]
    assert [(one.line, one.code) for one in problems] == [
        (3, PlaceCode.NUMBERS_MISSING),
        (4, PlaceCode.NAME_MISSING),
        (5, PlaceCode.NOT_A_NUMBER),
    ]


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "十", "1.2.3", "--1"])
def test_what_is_no_number_is_none(text):
    assert number_in(text) is None


# On the page.


@pytest.fixture
def place(app):
    with transaction() as session:
        community = make_community(session)
        compound = make_compound(session, community, "甲小区")
        for name in ("1栋", "2栋", "3栋"):
            make_building(session, compound, name=name)
        return community.id, compound.id


@pytest.fixture
def manager(signed_in, place):
    return signed_in(Role.MANAGER, place[0])


def send(manager, table: str, system: str = "wgs84", **more: str):
    return submit(manager, "/roster/positions", "/roster/positions/table", system=system, table=table, **more)


def positions() -> dict[str, tuple[float | None, float | None]]:
    with reading() as session:
        return {row.name: (row.x, row.y) for row in session.exec(select(Building))}


def test_degrees_become_metres_and_the_middle_becomes_metre_0(manager, place):
    answer = send(manager, "1号楼\t114.390000\t30.500000\n2#\t114.391000\t30.500000\n3\t114.390000\t30.501000")

    at = positions()
    assert answer.status_code == 302
    assert at["2栋"][0] - at["1栋"][0] == pytest.approx(96.0, abs=0.2)  # 0.001° at 30.5°: 96 m
    assert at["3栋"][1] - at["1栋"][1] == pytest.approx(110.9, abs=0.2)
    with reading() as session:
        community = session.get_one(Community, place[0])
        assert (community.origin_latitude, community.origin_longitude) == (30.5, 114.39)


ROSTER = "姓名,楼号,单元,房间号,经度,纬度\n赵样例,1,1,101,114.39,30.5\n钱样例,1,1,102,114.39,30.5\n孙样例,2,1,101,114.391,30.5"


def test_a_roster_with_positions_places_the_buildings_on_the_page_that_asks_for_the_system(manager):
    read_as_roster = read_roster(ROSTER.encode(), "roster.csv")
    answer = send(manager, ROSTER)
    placed = positions()
    wrong = ROSTER.replace("孙样例,2,1,101,114.391,30.5", "孙样例,1,1,101,114.5,30.5\n李样例,2,1,101,30.5,114.391")
    refused = send(manager, wrong, "gcj02").text

    assert [(it.code, dict(it.facts)) for it in read_as_roster.notices] == [
        (RowCode.POSITIONS_ELSEWHERE, {"columns": "经度, 纬度"})
    ]
    assert not read_as_roster.asks
    assert answer.status_code == 302
    assert placed["2栋"][0] - placed["1栋"][0] == pytest.approx(96.0, abs=0.2)
    assert "Line 4, 1: an earlier line named it already" in refused
    assert positions() == placed


def test_one_place_from_three_maps_is_one_place(manager):
    send(manager, "1栋\t116.404\t39.915")
    send(manager, "2栋\t116.41024449916938\t39.91640428150164", "gcj02")
    send(manager, "3栋\t116.41662724378733\t39.922699552216216", "bd09")

    at = positions()
    assert at["2栋"] == pytest.approx(at["1栋"], abs=0.2)
    assert at["3栋"] == pytest.approx(at["1栋"], abs=0.2)
    assert "stand in one spot" in manager.get("/roster/positions").text


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("1栋\t30.5\t114.39", "Line 1, 1栋: latitude and longitude are swapped"),
        ("1栋\t0\t0", "a place in the sea"),
        ("9栋\t114.39\t30.5", "Line 1, 9栋: nothing here is called so"),
        ("1栋\t114.39\t30.5\n1号楼\t114.391\t30.5", "Line 2, 1号楼: an earlier line named it"),
        ("1栋\t114.39\t30.5\n2栋\t114.39\t30.5\n3栋\t114.39\t31.5", "Line 3, 3栋: this is more than 20 km away"),
        ("1栋", "No line with a position"),
        ("", "The file is empty"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_kept(manager, table, sentence):
    answer = send(manager, table)

    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert set(positions().values()) == {(None, None)}


def test_far_apart_may_be_meant(manager):
    assert send(manager, "1栋\t114.39\t30.5\n2栋\t114.39\t31.5", may_be_far="1").status_code == 302


def test_metres_without_an_origin_take_no_degrees_until_it_is_said(manager):
    send(manager, "1栋\t0\t0\n2栋\t50\t10", "metres")
    refused = send(manager, "3栋\t114.391\t30.5")
    said = {"system": "wgs84", "latitude": "30.5", "longitude": "114.39"}
    submit(manager, "/roster/positions", "/roster/positions/origin", **said)
    send(manager, "3栋\t114.391\t30.5")
    again = submit(manager, "/roster/positions", "/roster/positions/origin", **{**said, "latitude": "31"})

    assert refused.status_code == 409 and "nobody has said where metre 0 is" in refused.text
    assert positions()["3栋"] == pytest.approx((96.0, 0.0), abs=0.2)
    assert again.status_code == 409 and "reckoned from the present origin" in again.text


def test_another_communitys_buildings_are_unknown_and_stay(app, manager, place, signed_in):
    with transaction() as session:
        elsewhere = make_community(session).id
    stranger = signed_in(Role.MANAGER, elsewhere)

    assert "nothing here is called so" in send(stranger, "1栋\t114.39\t30.5").text
    assert stranger.get(f"/roster/drawings/{place[1]}").status_code == 404
    assert stranger.get(f"/roster/drawings/{place[1]}/picture").status_code == 404


# Drawings.


def picture(width: int = 1200, height: int = 800, kind: str = "PNG", mode: str = "RGB") -> bytes:
    sent = io.BytesIO()
    Image.new(mode, (width, height)).save(sent, kind)
    return sent.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 50,000 pixels wide and high."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "1", "LA"])
def test_a_picture_is_written_anew_and_not_too_large(mode):
    read = read_picture(picture(3000, 1500, mode=mode))

    assert (read.width, read.height, read.media_type) == (MOST_WIDE, 1000, "image/jpeg")
    assert Image.open(io.BytesIO(read.content)).getexif() == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        bomb(),
        picture()[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\0" * (10 * 1024 * 1024 + 1),
    ],
    ids=["nothing", "gif", "svg", "bomb", "cut off", "broken", "too large"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PictureUnusable):
        read_picture(content)


def test_a_photograph_of_several_pictures_is_taken_as_its_first():
    several = io.BytesIO()
    first, second = (Image.new("RGB", (300, 200), colour) for colour in ("white", "black"))
    first.save(several, "MPO", save_all=True, append_images=[second])

    read = read_picture(several.getvalue())

    assert (read.width, read.height, read.media_type) == (300, 200, "image/jpeg")
    assert Image.open(io.BytesIO(read.content)).format == "JPEG"


@pytest.mark.parametrize("place", range(8, 200, 3))
def test_a_damaged_picture_is_read_or_refused(place):
    """Each of the first bytes turned about: readers of pictures fail in many ways."""
    content = bytearray(picture(40, 30))
    content[place % len(content)] ^= 0xFF

    with suppress(PictureUnusable):
        assert read_picture(bytes(content)).media_type == "image/jpeg"


def test_two_marks_and_a_distance_give_the_scale():
    paper = Paper(1800, 1200)  # shown 900 wide: half

    laid = scaled(paper, (100, 500), (300, 500), 100.0, Position(10.0, 20.0))

    assert laid is not None and laid.metres_wide == 450
    assert laid.position(100, 500) == Position(10.0, 20.0)
    assert laid.position(300, 400) == Position(110.0, 70.0)
    assert laid.shown(110, 70) == (300, 400)
    assert scaled(paper, (100, 500), (101, 500), 100.0, None) is None


def put_drawing(manager, compound_id) -> None:
    page = f"/roster/drawings/{compound_id}"
    answer = submit(manager, page, page, file=(io.BytesIO(picture()), "plan.png"))
    assert answer.status_code == 302, answer.text


def test_a_building_is_placed_by_a_click_or_by_the_cross(manager, place):
    page = f"/roster/drawings/{place[1]}"
    put_drawing(manager, place[1])
    with reading() as session:
        first, second = session.exec(select(Building.id).order_by(Building.name).limit(2)).all()

    early = submit(manager, page, f"{page}/mark", building=str(first), **{"at.x": "450", "at.y": "300"})
    a = submit(manager, page, f"{page}/mark", across="100", down="100").headers["Location"]
    b = submit(manager, a, f"{page}/mark", first="100-100", **{"at.x": "400", "at.y": "100"}).headers["Location"]
    marks = {"across1": "100", "down1": "100", "across2": "400", "down2": "100"}
    asked = manager.get(b).text
    wrong = submit(manager, b, f"{page}/scale", **marks, metres="0")
    submit(manager, b, f"{page}/scale", **marks, metres="100")
    submit(manager, page, f"{page}/mark", building=str(first), **{"at.x": "450", "at.y": "300"})
    submit(manager, page, f"{page}/mark", building=str(second), across="480", down="270", **{"at.x": "0", "at.y": "0"})

    assert early.status_code == 409 and "scale of the drawing first" in early.text
    assert "Metres from A to B" in asked
    assert wrong.status_code == 422
    assert positions()["1栋"] == (150.0, 100.0)
    assert positions()["2栋"] == (160.0, 110.0)
    assert "150.0 / 100.0 m" in manager.get(f"/roster/buildings/{first}").text  # in its history
    assert manager.get(f"{page}/picture").content_type == "image/jpeg"


def test_buildings_that_another_scale_puts_outside_of_the_drawing_are_named(manager, place):
    page = f"/roster/drawings/{place[1]}"
    put_drawing(manager, place[1])
    with reading() as session:
        first = session.exec(select(Building.id).order_by(Building.name).limit(1)).one()
    marks = {"across1": "100", "down1": "100", "across2": "400", "down2": "100"}
    submit(manager, page, f"{page}/scale", **marks, metres="100")
    submit(manager, page, f"{page}/mark", building=str(first), **{"at.x": "450", "at.y": "300"})
    before = manager.get(page).text

    put_drawing(manager, place[1])
    submit(manager, page, f"{page}/scale", **marks, metres="3")
    after = manager.get(f"{page}?place={first}").text

    assert "outside of the drawing" not in before
    told = after.split("lie outside of the drawing")[1].split("</p>")[0]
    assert f'place={first}">1栋</a>' in told and "2栋" not in told
    assert "If the drawing shows them" in after
    assert 'name="across" type="number" min="0" max="900" value="450"' in after  # the cross stands on the picture


def test_a_drawing_can_be_taken_away_again(manager, place):
    put_drawing(manager, place[1])

    submit(manager, f"/roster/drawings/{place[1]}", f"/roster/drawings/{place[1]}/remove")

    with reading() as session:
        assert session.exec(select(Drawing)).all() == []
