"""What is measured on: published, realistic and real instances where ../shared is at hand, our own invented ones always."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.plans.estates import make_estate
from scheduling.planner import problem_to_json

ROOT = Path(__file__).parent.parent.parent
OWN = ROOT / "tests" / "scheduling" / "planner" / "instances"


@dataclass(frozen=True)
class Case:
    """One instance: `known` is its proved optimum, `bound` a proved lower bound; None = neither is known."""

    name: str
    kind: str
    path: Path
    seconds: float
    known: float | None = None
    bound: float | None = None


def own_cases(folder: Path, seconds: float, sizes: tuple[str, ...]) -> list[Case]:
    """Small ones of the tests, and estates made into the folder."""
    cases = [Case(path.stem, "own", path, seconds) for path in sorted(OWN.glob("*.json"))]
    for size in sizes:
        path = folder / f"{size}-7.json"
        path.write_text(json.dumps(problem_to_json(make_estate(size, 7))))
        cases.append(Case(f"{size}-7", "own", path, 2 * seconds if size == "borough" else seconds))
    return cases


def shared_cases(shared: Path, seconds: tuple[float, float, float]) -> list[Case]:
    """Those of `shared`/instances; seconds for literature, realistic ones, and streets and larger ones."""
    folder, cases = shared / "instances", []
    known = _known(folder / "known.json")
    for path in sorted(folder.glob("*.json")):
        if path.stem in known:
            cases.append(Case(path.stem, "literature", path, seconds[0], **_facts(known[path.stem])))
    realistic = _known(folder / "realistic" / "known.json")
    for path in sorted(folder.glob("realistic/*.json")):
        if path.stem in realistic:
            limit = seconds[2] if path.stem.startswith(("street", "district", "city")) else seconds[1]
            cases.append(Case(path.stem, "realistic", path, limit, **_facts(realistic[path.stem])))
    cases += [Case(path.stem, "real", path, seconds[1]) for path in sorted(folder.glob("real/*.json"))]
    return cases


def _known(path: Path) -> dict[str, dict[str, float]]:
    return json.loads(path.read_text()) if path.exists() else {}


def _facts(known: dict[str, float]) -> dict[str, float | None]:
    return {"known": known.get("optimum"), "bound": known.get("bound")}
