"""Addresses that leave the program: on posters, tickets and in messages."""

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
_base_url = DEFAULT_BASE_URL


def set_base_url(base_url: str) -> None:
    """Set at the start by `app.py`, from BULOU_BASE_URL."""
    global _base_url
    _base_url = base_url.rstrip("/") or DEFAULT_BASE_URL


def base_url() -> str:
    return _base_url


def public_url(path: str) -> str:
    """The whole address of a path that begins with a slash."""
    return _base_url + path


def code_url(path: str) -> str:
    """An address for a QR code: upper case, which needs fewer modules. Paths of codes are upper case already."""
    return public_url(path).upper()
