"""Front-end files: what `make setup` built, by the name the templates use."""

import json
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, request, send_file
from werkzeug.utils import safe_join

from bulou.settings import PROJECT

DIST = PROJECT / "static" / "dist"
ADDRESS = "/static/dist/"


class AssetsMissing(Exception):
    """`make setup` has not been run: the pages have no style and no scripts."""


@cache
def manifest() -> dict[str, str]:
    """{"css/base.css": "css/base-3F2A.css", …}. Raises AssetsMissing with one sentence."""
    try:
        return dict(json.loads((DIST / "manifest.json").read_text()))
    except FileNotFoundError:
        raise AssetsMissing("The front end is not built. Run: make setup") from None


def asset_path(name: str) -> Path:
    return DIST / manifest()[name]


def asset_url(name: str) -> str:
    """Where the browser finds it. The name changes with the content, so it may be kept for ever."""
    return f"{ADDRESS}{manifest()[name]}"


def init_assets(app: Flask) -> None:
    app.before_request(send_packed)


def send_packed() -> Response | None:
    """A file as setup packed it, to browsers that unpack: the decoder of QR codes is 412 KB instead of 953."""
    if not request.path.startswith(ADDRESS) or not request.accept_encodings["gzip"]:
        return None
    name = request.path.removeprefix(ADDRESS)
    packed = safe_join(str(DIST), f"{name}.gz")
    if packed is None or not Path(packed).is_file():
        return None
    response = send_file(packed, mimetype=guess_type(name)[0], download_name=Path(name).name)
    response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    return response
