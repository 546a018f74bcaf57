from io import BytesIO

import pytest
import typst
import zxingcpp
from PIL import Image

from bulou.qr import QUIET_ZONE, qr_modules, qr_svg

TICKET = "HTTPS://BULOU.EXAMPLE.ORG/Q/7Q4M0000XKZ2TWPB"


def drawn(svg: str) -> Image.Image:
    """The SVG as a picture, so that what is decoded is the path and not the modules."""
    source = b"#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), width: 300pt)"
    png = typst.Compiler(source).compile(format="png", ppi=72, sys_inputs={"svg": svg})
    return Image.open(BytesIO(png)).convert("L")


def test_the_link_of_a_ticket_is_version_3():
    modules = qr_modules(TICKET)

    assert len(modules) == 29
    assert all(len(row) == 29 for row in modules)


@pytest.mark.parametrize("number", range(20))
def test_a_drawn_code_reads_as_its_text(number):
    link = f"HTTPS://BULOU.EXAMPLE.ORG/Q/7Q4M{number:012d}"

    (code,) = zxingcpp.read_barcodes(drawn(qr_svg(link)))

    assert code.text == link
    assert code.ec_level == "Q"


def test_the_path_darkens_exactly_the_dark_modules():
    modules, side = qr_modules(TICKET), 8

    picture = drawn(qr_svg(TICKET)).resize((37 * side, 37 * side))

    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            middle = ((x + QUIET_ZONE) * side + side // 2, (y + QUIET_ZONE) * side + side // 2)
            assert (picture.getpixel(middle) < 128) is is_dark


def test_a_code_is_small_enough_to_stand_in_a_page():
    assert len(qr_svg(TICKET)) < 2_000


def test_the_quiet_zone_is_white_on_each_side():
    picture = drawn(qr_svg(TICKET))
    zone = picture.width * QUIET_ZONE // 37 - 1

    for box in ((0, 0, 300, zone), (0, 300 - zone, 300, 300), (0, 0, zone, 300), (300 - zone, 0, 300, 300)):
        assert picture.crop(box).getextrema() == (255, 255)


def test_the_width_of_a_module_may_be_given():
    assert 'width="370"' in qr_svg(TICKET, module=10)
    assert "width=" not in qr_svg(TICKET).split(">")[0]
