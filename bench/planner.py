"""Measure the planner beside CP-SAT, HiGHS and a fair greedy: the same instances, limits and judge, in one run.

    make bench-planner                                   all of it; says first how long that takes
    .venv/bin/python bench/planner.py --quick            a few instances with short limits
    .venv/bin/python bench/planner.py --write            also keeps the table in docs/bench-planner.md (and .json)
    .venv/bin/python bench/planner.py --only 'street*' --peers greedy --seconds 60
    .venv/bin/python bench/planner.py --instance problem.json
    .venv/bin/python bench/planner.py --only street-2 --add docs/bench-planner.json --write    one row again, or in pieces

Published, realistic and real instances and their judge are read from ../shared/planning where it is (or --shared);
our own invented ones are always there. On a shared machine only what stands in one row can be compared.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a file, only this folder is known

from bench.plans.cases import ROOT, Case, own_cases, shared_cases
from bench.plans.report import Row, as_json, markdown, merged, rows_of
from bench.plans.running import OURS, PLANNERS, load_judge, run
from scheduling.planner import kernel_cache

QUICK = (
    "binpack-t60-00", "binpack-u120-00", "cpmp-cpmp01", "medians-sjc1", "sscflp-holmberg-p16", "sscflp-orlib-cap92",
    "compound-1", "towers-2", "community-2", "hk-tsz-wan-shan", "estate", "crowded", "estate-7", "quarter-7",
)  # fmt: skip
# A process of ours takes about so long beside its limit, and greedy plans as long as all of it.
EXTRA_SECONDS = 2


def main() -> None:
    options = arguments()
    load = os.getloadavg()[0]
    judge = load_judge(options.shared)
    with tempfile.TemporaryDirectory(prefix="bulou-bench-") as name:
        folder = Path(name)
        cases = chosen(options, folder)
        planners = [OURS, *(p for p in PLANNERS[1:] if p in options.peers)]
        announce(cases, planners, judge is not None, load)
        rows: list[Row] = []
        for case in cases:
            results = {planner: run(planner, case, folder, options.memory, judge) for planner in planners}
            rows.append((case, results))
            show(case, results)
        if options.add and options.add.exists():
            rows = merged(rows_of(json.loads(options.add.read_text())), rows)
        page = markdown(rows, planners, options.label, load)
        print("\n" + page)
        data = json.dumps(as_json(rows, load), ensure_ascii=False, indent=1) + "\n"
        if options.json:
            options.json.write_text(data)
        if options.write:
            (ROOT / "docs" / "bench-planner.md").write_text(page)
            (ROOT / "docs" / "bench-planner.json").write_text(data)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few instances, 10 s each")
    parser.add_argument("--only", default="*", help="instances whose name fits, such as 'sscflp-*'")
    parser.add_argument(
        "--instance", type=Path, action="append", default=[], help="a problem file, instead of the usual ones"
    )
    parser.add_argument("--seconds", type=float, help="the same limit for all")
    parser.add_argument(
        "--peers", default=",".join(PLANNERS[1:]), type=lambda text: text.split(","), help="some of %(default)s"
    )
    parser.add_argument("--memory", type=float, default=10, help="GB of each process")
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared" / "planning", help="where the instances are"
    )
    parser.add_argument("--add", type=Path, help="figures of an earlier run, for the instances that are not run now")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/")
    parser.add_argument("--label", default="", help="a sentence above the table")
    options = parser.parse_args()
    if unknown := set(options.peers) - set(PLANNERS) - {""}:
        parser.error(f"there is no peer {', '.join(sorted(unknown))}")
    return options


def chosen(options: argparse.Namespace, folder: Path) -> list[Case]:
    if options.instance:
        cases = [Case(path.stem, "given", path.resolve(), 30) for path in options.instance]
    elif options.quick:
        cases = [*shared_cases(options.shared, (10, 10, 10)), *own_cases(folder, 10, ("estate", "quarter"))]
        cases = [case for case in cases if case.name in QUICK]
    else:
        cases = [
            *shared_cases(options.shared, (10, 30, 60)),
            *own_cases(folder, 10, ("hamlet", "estate", "quarter", "borough")),
        ]
    cases = [case for case in cases if fnmatch(case.name, options.only)]
    return [replace(case, seconds=options.seconds) for case in cases] if options.seconds else cases


def announce(cases: list[Case], planners: list[str], has_judge: bool, load: float) -> None:
    timed = [planner for planner in planners if planner != "greedy"]
    seconds = sum(case.seconds + EXTRA_SECONDS for case in cases) * len(timed) + EXTRA_SECONDS * len(cases)
    print(
        f"{len(cases)} instances, {', '.join(planners)}: at most {seconds / 60:.0f} minutes and some for building models."
    )
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} cores")
    if not has_judge:
        print("../shared is absent: no published instances, and plans are judged by the planner's own rules and costs.")
    if not kernel_cache.is_ready():
        print("The planner is not compiled (make setup): ours is a hundred times slower than it would be.")
    sys.stdout.flush()


def show(case: Case, results: dict) -> None:
    said = []
    for planner, result in results.items():
        figure = result.note if result.objective is None else f"{result.objective:,.0f}"
        said.append(f"{planner} {figure}{f' {result.unplaced} out' if result.unplaced else ''}")
    print(f"{case.name}: {'; '.join(said)}", flush=True)


if __name__ == "__main__":
    main()
