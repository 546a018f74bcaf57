"""What commands read from files of the planning format, refused with one sentence where it cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bulou.commands import refuse

if TYPE_CHECKING:
    from scheduling.planner_sentences import Translate

T = TypeVar("T")


def read_or_refuse(
    read: Callable[[Path], T], path: Path, translate: Translate, *, names_file: bool = False, is_plan: bool = False
) -> T:
    """What `read` makes of the file. `names_file`: the command reads several, so the sentence begins with the name."""
    from scheduling.planner.reading.files import UnreadableFile
    from scheduling.planner.reading.problems import UnreadableProblem
    from scheduling.planner_sentences import refusal_in_file, refusal_sentence

    try:
        return read(path)
    except (UnreadableFile, UnreadableProblem) as refusal:
        if names_file:
            refuse(refusal_in_file(refusal, path, translate, is_plan=is_plan))
        refuse(refusal_sentence(refusal, translate))
