"""An invented community of several compounds that has to decide how many points it needs."""

import random
from dataclasses import replace

from scheduling.planner import Building, Cohort, Point, Problem, Weights

PITCH = 40  # metres between neighbouring buildings
BLOCK = 420  # metres between the corners of neighbouring compounds


def make_community(
    seed: int = 1,
    *,
    compounds: int = 5,
    heads: int = 12_000,
    candidates: int = 8,
    days: int = 5,
    hours: int = 12,
    slot_minutes: int = 30,
) -> Problem:
    """Walk-up houses around yards. Units of 15 to 34 heads are cohorts; a few gates and yards of each compound are
    candidates. Days of so many hours, with no break: the staff take turns."""
    rng = random.Random(seed)
    slots = days * hours * 60 // slot_minutes
    buildings: list[Building] = []
    points: list[Point] = []
    for compound in range(compounds):
        x0, y0 = (compound % 3) * BLOCK + rng.uniform(0, 60), (compound // 3) * BLOCK + rng.uniform(0, 60)
        own = _houses(rng, f"{'ABCDEFGHIJ'[compound]}", heads // compounds, x0, y0)
        buildings += own
        for number in range(candidates):
            near = rng.choice(own)
            x, y = near.x + rng.uniform(-20, 20), near.y + rng.uniform(-20, 20)
            points.append(Point(f"{'ABCDEFGHIJ'[compound]}{number + 1}", 1, round(x, 1), round(y, 1)))
    problem = Problem(slot_minutes, slots, tuple(points), tuple(buildings))
    return replace(problem, weights=Weights(walk=1, finish=heads, early=5, spread=150))


def _houses(rng: random.Random, name: str, heads: int, x0: float, y0: float) -> list[Building]:
    houses: list[Building] = []
    left = heads
    while left > 0:
        sizes = []
        for _ in range(rng.randint(2, 4)):
            if left > 0:
                sizes.append(min(left, rng.randint(15, 34)))
                left -= sizes[-1]
        row, column = divmod(len(houses), 6)
        house = f"{name}-{len(houses) + 1}"
        cohorts = tuple(Cohort(f"{house}-{unit + 1}", size) for unit, size in enumerate(sizes))
        x, y = x0 + column * PITCH + rng.uniform(-5, 5), y0 + row * PITCH + rng.uniform(-5, 5)
        houses.append(Building(house, cohorts, round(x, 1), round(y, 1)))
    return houses
