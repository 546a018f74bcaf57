"""Reading what was printed: the words and the QR codes of a PDF, the cells of a workbook."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import openpyxl
import pypdfium2
import zxingcpp
from flask import Flask
from openpyxl.utils.escape import unescape
from PIL import Image

from bulou.i18n import init_i18n, speaking

# Names that are markup, formulas or code to somebody. On paper and in workbooks they are names.
HOSTILE_NAMES = [
    "=HYPERLINK(1)",
    "+1-1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    '#"quote"',
    "#eval(1)",
    "#pagebreak()",
    "$x$",
    "\\",
    "*bold* _slanted_ `raw`",
    "= Heading",
    "https://example.org",
    "{{ 7 * 7 }}%(name)s{name}",
    "_x0041_",
    "赵样例" * 30,
    "W" * 120,
]


@contextmanager
def reader(language: str) -> Iterator[None]:
    """Sentences made inside are for somebody who reads zh or en."""
    app = Flask("bulou", root_path=str(Path(__file__).parent.parent))
    init_i18n(app)
    with app.app_context(), speaking(language):
        yield


def page_texts(pdf: bytes) -> list[str]:
    """The words of each page."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def letters(text: str) -> str:
    """Without blanks and breaks, which a page may put anywhere."""
    return "".join(text.replace("\u200b", "").replace("\ufffe", "").split())


def page_picture(pdf: bytes, page: int = 0, *, dots_per_inch: int = 100) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[page].render(scale=dots_per_inch / 72).to_pil()


def codes_on(picture: Image.Image) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)


def symbol_mm(code: zxingcpp.Barcode, *, dots_per_inch: int = 100) -> float:
    """How wide the dark part of a code is on paper."""
    return (code.position.top_right.x - code.position.top_left.x) / dots_per_inch * 25.4


def read_book(xlsx: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(xlsx))


def formulas_in(xlsx: bytes) -> list[str]:
    """Cells that a spreadsheet program would work out or open."""
    cells = [cell for sheet in read_book(xlsx) for row in sheet.iter_rows() for cell in row]
    return [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]


def lines_of(xlsx: bytes, sheet: str) -> list[tuple[object, ...]]:
    """The cells of a sheet, line by line, as Excel shows them: _x005F_ is an escaped _ (openpyxl 3.1 leaves it)."""
    lines = read_book(xlsx)[sheet].iter_rows(values_only=True)
    return [tuple(unescape(cell) if isinstance(cell, str) else cell for cell in line) for line in lines]
