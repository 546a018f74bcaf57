"""The folder that `bulou size --out` writes: a problem and a plan for each option, and a list of what was written."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.commands import refuse

if TYPE_CHECKING:
    from scheduling.planner.sizing import Sizing
    from scheduling.planner_sentences import Translate

# Which files we wrote, and what was in them: {name: SHA-256}.
WRITTEN = ".bulou-size.json"
OURS = re.compile(r"option-[0-9]+\.(problem|plan)\.json")


def write_options(found: Sizing, folder: Path, translate: Translate) -> None:
    """option-1.problem.json and option-1.plan.json, and so on: all of them, or none.

    Those of an earlier, longer answer go, unless somebody else wrote or changed them.
    """
    from scheduling.planner_sentences import _

    try:
        folder.mkdir(parents=True, exist_ok=True)
        earlier = read_written(folder)
        with tempfile.TemporaryDirectory(prefix=".unfinished.", dir=folder) as unfinished:
            _write_each(found, Path(unfinished), translate)
            files = sorted(Path(unfinished).iterdir())
            written = {file.name: _digest(file) for file in files}
            list_of_them = Path(unfinished) / WRITTEN
            list_of_them.write_text(json.dumps(written), encoding="utf-8")
            for file in [*files, list_of_them]:
                file.replace(folder / file.name)
        for name in earlier.keys() - written.keys():
            if (file := folder / name).is_file() and _digest(file) == earlier[name]:
                file.unlink()
    except OSError:
        refuse(translate(_("The options cannot be written to %(folder)s.")) % {"folder": folder})


def read_written(folder: Path) -> dict[str, str]:
    """What an earlier answer wrote there, as far as that is known."""
    try:
        listed = json.loads((folder / WRITTEN).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    names = listed if isinstance(listed, dict) else {}
    return {name: str(digest) for name, digest in names.items() if OURS.fullmatch(name)}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _write_each(found: Sizing, folder: Path, translate: Translate) -> None:
    from scheduling.planner import problem_to_json
    from scheduling.planner.reading.files import write_plan
    from scheduling.planner_sentences import reason_sentence

    for number, option in enumerate(found.options, start=1):
        problem = json.dumps(problem_to_json(option.problem), ensure_ascii=False)
        (folder / f"option-{number}.problem.json").write_text(problem + "\n", encoding="utf-8")
        plan = folder / f"option-{number}.plan.json"
        write_plan(option.plan, plan, say=lambda reason: reason_sentence(reason, translate))
