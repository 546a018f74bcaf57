"""A picture that somebody sends: checked, made small, and written anew, so that nothing but its colours is kept."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from registry.errors import PictureUnusable

MOST_BYTES = 10 * 1024 * 1024
# By what the first bytes say. Photographs are JPEG and are read at half the size at once; a PNG is read whole, 8 bytes a pixel.
MOST_PIXELS = {"PNG": 20_000_000, "JPEG": 40_000_000, "MPO": 40_000_000}  # MPO: what newer cameras make of a JPEG
MOST_WIDE = 2_000  # pixels kept: a house is still to be told on a plan of a kilometre


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    media_type: str
    width: int
    height: int


def read_picture(content: bytes) -> Picture:
    """A JPEG of at most 2,000 pixels, upright. What else the file held (place, camera, scripts) is gone. Raises PictureUnusable."""
    if not 0 < len(content) <= MOST_BYTES:
        raise PictureUnusable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)  # ours is the limit below
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MOST_PIXELS[picture.format or "PNG"]:
                    raise PictureUnusable()
                return _written_anew(picture)
    except Exception:  # of a file made to harm, its readers raise struct.error, EOFError, KeyError and more
        raise PictureUnusable() from None


def _written_anew(picture: Image.Image) -> Picture:
    picture.draft("RGB", (MOST_WIDE, MOST_WIDE))  # a large photograph is read at half the size at once
    picture.thumbnail((MOST_WIDE, MOST_WIDE))  # before anything copies it: 20 million pixels are 80 MB
    upright = ImageOps.exif_transpose(picture)
    paper = Image.new("RGB", upright.size, "white")  # what is transparent would turn black
    paper.paste(upright, mask=upright.convert("RGBA").getchannel("A"))
    kept = io.BytesIO()
    paper.save(kept, "JPEG", quality=85, optimize=True)
    return Picture(kept.getvalue(), "image/jpeg", *paper.size)
