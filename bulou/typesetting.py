"""PDFs for paper, set by typst. A template draws; what it says comes as data, never as source."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

from bulou.errors import DomainError
from bulou.i18n import _l
from bulou.qr import draw_modules, qr_modules
from bulou.text import clean_text

ROOT = Path(__file__).resolve().parent.parent
FONT_FOLDER = ROOT / ".assets" / "fonts"
FONT_FAMILY = "Noto Sans SC"
FONT_WEIGHTS = frozenset({400, 700})


class FontsMissing(DomainError):
    """Without its fonts typst prints empty boxes and only warns."""

    code = "typesetting.fonts_missing"
    status = 503
    text = _l("The fonts for printed sheets are missing in %(folder)s. Run “make setup”.")


def check_fonts() -> None:
    """Raise FontsMissing unless regular and bold Chinese fonts are where they are looked for."""
    _fonts(FONT_FOLDER)


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """Give the PDF that `template` draws from `data`; the same data give the same bytes, so that an ETag holds.

    The template reads `json(bytes(sys.inputs.data))`, or imports `data` from `/bulou/typesetting.typ`. Raises FontsMissing.
    """
    compiler = typst.Compiler(  # a new one each time: one compiler cannot serve two threads (typst 0.15)
        template, root=ROOT, font_paths=_fonts(FONT_FOLDER), ignore_system_fonts=True
    )
    pdf = compiler.compile(format="pdf", sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)})
    if not isinstance(pdf, bytes):
        raise TypeError("typst gives one file for a PDF")
    return pdf


def link_code(link: str) -> dict[str, Any]:
    """Give the QR code of `link` as data that `qr` of `/bulou/typesetting.typ` draws."""
    modules = qr_modules(link)
    return {"svg": draw_modules(modules), "modules": len(modules), "link": link}


@cache
def _fonts(folder: Path) -> typst.Fonts:
    # Rare characters of names that the Chinese font lacks are looked for in the fonts of the machine.
    fonts = typst.Fonts(include_system_fonts=True, font_paths=[folder] if folder.is_dir() else [])
    ours = [font for font in fonts.fonts() if font.family == FONT_FAMILY and Path(font.path or "").parent == folder]
    if not FONT_WEIGHTS.issubset(font.weight for font in ours):
        raise FontsMissing(folder=f"{folder.parent.name}/{folder.name}")
    return fonts


def _printable(value: Any) -> Any:
    """Texts without what turns a line around or breaks it; input was cleaned, but paper cannot be called back."""
    if isinstance(value, str):
        return value if value.isprintable() else clean_text(value, max_length=len(value))
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
