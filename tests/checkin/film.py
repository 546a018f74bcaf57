"""What a camera sees, drawn: pictures of codes, and films of them that Chromium plays as its camera."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image

from bulou.links import code_url
from bulou.qr import QUIET_ZONE, qr_modules

SIZE = (1280, 720)
GREY = 205
FRAMES_A_SECOND = 30  # as Chromium plays them


def draw_qr(code: str, *, module: int = 8) -> Image.Image:
    """The QR code of a ticket as it is shown and printed."""
    modules = qr_modules(code_url(f"/Q/{code}"))
    width = len(modules) + 2 * QUIET_ZONE
    image = Image.new("L", (width, width), 255)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                image.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    return image.resize((width * module, width * module), Image.Resampling.NEAREST)


def draw_bars(text: str) -> Image.Image:
    """The same as Code 128, as on a printed label."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    return Image.fromarray(barcode.to_image(scale=3))


def before_the_camera(code: Image.Image | None, *, degrees: float = 0) -> Image.Image:
    """The code held up in front of a grey wall; None = nobody there."""
    picture = Image.new("L", SIZE, GREY)
    if code:
        turned = code.rotate(degrees, expand=True, fillcolor=GREY, resample=Image.Resampling.BILINEAR)
        picture.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
    return picture.convert("RGB")


def make_film(path: Path, scenes: Iterable[tuple[Image.Image | None, float]]) -> Path:
    """Scenes are (code or None, seconds). JPEG pictures one after the other are a film; it is played again and again."""
    with path.open("wb") as film:
        for code, seconds in scenes:
            frame = as_jpeg(before_the_camera(code))
            film.write(frame * round(seconds * FRAMES_A_SECOND))
    return path


def as_jpeg(picture: Image.Image) -> bytes:
    content = BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()
