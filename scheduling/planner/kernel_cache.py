"""Whether the kernels run compiled: only where their compile cache is ready, so that nobody waits for a compiler.

`python -m scheduling.planner.compile` makes the cache (95 s of one processor) and leaves a mark of what it was made for.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

NAMES = (
    "local_search/kernels",
    "local_search/move_kernels",
    "local_search/closing_kernels",
    "local_search/exchange_kernels",
    "local_search/refill_kernels",
    "local_search/anneal",
    "large/guide_kernels",
    "one_slot/site_kernels",
    "one_slot/descent_kernels",
    "one_slot/shake_kernels",
    "one_slot/knapsack_kernels",
    "one_slot/dual_kernels",
    "one_slot/strike_kernels",
    "bounds/price_kernels",
    "bounds/worth_kernels",
    "bounds/fillings",
    "replanning/exchange_kernels",
    "replanning/keep_kernels",
    "simulation/kernels",
)
KERNELS = tuple(Path(__file__).parent / f"{name}.py" for name in NAMES)
MARK = Path(__file__).parent / "__pycache__" / "kernels.ready"
# Set by `compile.py` alone: compile now, whatever the mark says.
FORCED = "BULOU_COMPILE_KERNELS"


def fingerprint() -> dict[str, Any]:
    """What a compile cache is good for: these sources (by time, as numba itself looks), this numba, this processor."""
    import llvmlite.binding as llvm
    import numba

    sources = [[path.name, path.stat().st_mtime_ns, path.stat().st_size] for path in KERNELS]
    return {
        "sources": sources,
        "numba": numba.__version__,
        "python": sys.version,
        "processor": [llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()],
        "where": str(MARK),
    }


def is_ready() -> bool:
    """Whether the cache fits this machine and these sources."""
    try:
        return bool(json.loads(MARK.read_text()) == fingerprint())
    except (OSError, ValueError, ImportError):
        return False


def mark_ready() -> None:
    MARK.parent.mkdir(exist_ok=True)
    MARK.write_text(json.dumps(fingerprint()))


COMPILED = bool(os.environ.get(FORCED)) or (MARK.exists() and is_ready())


def kernel(function: F) -> F:
    """The function compiled, or itself where the cache is not ready."""
    if not COMPILED:
        return function
    import numba

    # `_nrt=False` (numba 0.68): nothing is allocated inside, and without counting references to the many arrays
    # of a task the search is fifteen times as fast.
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    compiled: F = numba.njit(**options)(function)
    return compiled
