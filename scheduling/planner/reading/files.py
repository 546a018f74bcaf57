"""Problems and plans as files. What cannot be read is refused with one sentence."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from scheduling.planner.plan import Fact, Plan, Reason, english_sentence, plan_to_text
from scheduling.planner.problem import Problem
from scheduling.planner.reading.plans import places_from_json
from scheduling.planner.reading.problems import problem_from_json, without_collecting

LARGEST_FILE = 1_000_000_000
GZIP = b"\x1f\x8b"
# What unpacks to more than both is no problem but a trap: unpacking a gigabyte of nothing takes many seconds.
HARMLESS_SIZE, LARGEST_RATIO = 50_000_000, 100
PIECE = 1 << 20


class FileFault(StrEnum):
    """Why a file holds no problem. The facts of each stand in `ENGLISH_FILE_FAULTS`."""

    NOT_FOUND = "not_found"
    IS_FOLDER = "is_folder"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    UNPACKS_TOO_FAR = "unpacks_too_far"
    NOT_GZIP = "not_gzip"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    NUMBER_TOO_LARGE = "number_too_large"


ENGLISH_FILE_FAULTS: dict[FileFault, str] = {
    FileFault.NOT_FOUND: "%(file)s: there is no such file.",
    FileFault.IS_FOLDER: "%(file)s: is a folder, not a file.",
    FileFault.NOT_ALLOWED: "%(file)s: cannot be read (%(why)s).",
    FileFault.TOO_LARGE: "%(file)s: is larger than 1 GB, which is more than a problem can be.",
    FileFault.UNPACKS_TOO_FAR: "%(file)s: unpacks to more than a hundred times its size, as no problem does.",
    FileFault.NOT_GZIP: "%(file)s: is compressed, but broken.",
    FileFault.NOT_UTF8: "%(file)s: is not text in UTF-8.",
    FileFault.NOT_JSON: "%(file)s: is not JSON (line %(line)d, column %(column)d).",
    FileFault.TOO_DEEP: "%(file)s: is nested too deeply to be a problem.",
    FileFault.NUMBER_TOO_LARGE: "%(file)s: holds a number with too many digits.",
}


class UnreadableFile(Exception):
    """The file holds no JSON. `fault` and `facts` say why; `sentence` is both in English."""

    def __init__(self, path: Path, fault: FileFault, facts: Mapping[str, Fact] | None = None) -> None:
        self.fault = fault
        name = path.name or str(path)
        self.facts: dict[str, Fact] = {"file": "".join(c if c.isprintable() else "\ufffd" for c in name)}
        self.facts |= facts or {}
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        return ENGLISH_FILE_FAULTS[self.fault] % self.facts


class _NotANumber(ValueError):
    """NaN or Infinity, which JSON does not know."""


def read_problem(path: Path) -> Problem:
    """The problem in a .json or .json.gz file. Raises UnreadableFile or UnreadableProblem."""
    with without_collecting():
        return problem_from_json(read_json(path))


def read_json(path: Path) -> object:
    """The JSON value in a .json or .json.gz file, whatever it means. Raises UnreadableFile."""
    return _parsed(path, _text(path, _content(path)))


def read_places(path: Path) -> dict[str, tuple[str, int]]:
    """{cohort: (point, slot)} of the plan in a .json or .json.gz file. Raises UnreadableFile or UnreadableProblem."""
    with without_collecting():
        return places_from_json(_parsed(path, _text(path, _content(path))))


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableFile(path, FileFault.IS_FOLDER)
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableFile(path, FileFault.TOO_LARGE)
        with path.open("rb") as file:
            # One byte more than allowed is asked for: what is not a plain file has no size beforehand.
            content = file.read(LARGEST_FILE + 1)
        if content.startswith(GZIP):
            content = _unpacked(path, content)
    except FileNotFoundError:
        raise UnreadableFile(path, FileFault.NOT_FOUND) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise UnreadableFile(path, FileFault.NOT_GZIP) from None
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or "its name is no file name"
        raise UnreadableFile(path, FileFault.NOT_ALLOWED, {"why": why}) from None
    if len(content) > LARGEST_FILE:
        raise UnreadableFile(path, FileFault.TOO_LARGE)
    return content


def _unpacked(path: Path, packed: bytes) -> bytes:
    pieces, size = list[bytes](), 0
    with gzip.open(io.BytesIO(packed)) as file:
        while size <= LARGEST_FILE and (piece := file.read(PIECE)):
            pieces.append(piece)
            size += len(piece)
            if size > max(HARMLESS_SIZE, LARGEST_RATIO * len(packed)):
                raise UnreadableFile(path, FileFault.UNPACKS_TOO_FAR)
    return b"".join(pieces)


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(path, FileFault.NOT_UTF8) from None


def _parsed(path: Path, text: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except _NotANumber as constant:
        line, column = _place_of(text, str(constant))
        raise UnreadableFile(path, FileFault.NOT_JSON, {"line": line, "column": column}) from None
    except json.JSONDecodeError as reason:
        raise UnreadableFile(path, FileFault.NOT_JSON, {"line": reason.lineno, "column": reason.colno}) from None
    except RecursionError:
        raise UnreadableFile(path, FileFault.TOO_DEEP) from None
    except ValueError:  # Python 3.11 refuses whole numbers of more than 4300 digits
        raise UnreadableFile(path, FileFault.NUMBER_TOO_LARGE) from None


def _refuse_constant(constant: str) -> NoReturn:
    raise _NotANumber(constant)


def _place_of(text: str, word: str) -> tuple[int, int]:
    at = text.find(word)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def write_plan(plan: Plan, path: Path, say: Callable[[Reason], str] = english_sentence) -> None:
    """Write the plan as a whole or not at all. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            # At once: written piece by piece, a city would take ten times as long.
            file.write(plan_to_text(plan, say) + "\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
