"""Invented estates of any size from a seed, so that there is something to measure on where ../shared is absent."""

import random
from dataclasses import dataclass

from scheduling.planner import Building, Cohort, Point, Problem, Weights

SLOT_MINUTES = 20
PITCH = 45  # metres between neighbouring buildings


@dataclass(frozen=True)
class Size:
    buildings: int
    points: int
    slots: int
    tightness: float  # heads / capacity


SIZES = {
    "hamlet": Size(12, 3, 9, 0.80),
    "estate": Size(40, 5, 15, 0.85),
    "quarter": Size(200, 14, 18, 0.85),
    "borough": Size(1_200, 60, 24, 0.80),
}


def make_estate(name: str, seed: int) -> Problem:
    """Buildings of a few units in a grid with lanes between them; points among them; some windows, tiers and habits."""
    size, random_ = SIZES[name], random.Random(f"estate {name} {seed}")
    buildings = [_building(random_, k, size) for k in range(size.buildings)]
    heads = sum(building.heads for building in buildings)
    points = _points(random_, size, buildings, heads)
    weights = Weights(walk=1, open=1, finish=heads, early=SLOT_MINUTES, spread=150, move=40)
    previous = {b.id: random_.choice(points).id for b in buildings if random_.random() < 0.3}
    return Problem(SLOT_MINUTES, size.slots, tuple(points), tuple(buildings), previous=previous, weights=weights)


def _building(random_: random.Random, number: int, size: Size) -> Building:
    row, column = divmod(number, 10 if size.buildings < 100 else 40)
    units = [random_.randint(14, 42) for _ in range(random_.randint(1, 5))]
    dice, window = random_.random(), None
    if dice < 0.06:
        window = (size.slots // 2, size.slots - 1)
    elif dice < 0.12:
        window = (0, size.slots // 2)
    return Building(
        id=f"B{number + 1}",
        cohorts=tuple(Cohort(f"B{number + 1}-{k + 1}", heads) for k, heads in enumerate(units)),
        x=column * PITCH + random_.uniform(-9, 9),
        y=row * PITCH * 1.6 + random_.uniform(-9, 9),
        tier="closed" if random_.random() < 0.02 else "normal",
        window=window,
        urgency=random_.choice((1, 1, 1, 3)),
    )


def _points(random_: random.Random, size: Size, buildings: list[Building], heads: int) -> list[Point]:
    usual = heads / size.points / (size.slots - 1) / size.tightness
    noon, points = size.slots // 2, []
    for k in range(size.points):
        room = max(48, round(usual * random_.uniform(0.7, 1.3)))
        near = random_.choice(buildings)
        points.append(
            Point(
                id=f"P{k + 1}",
                capacity=tuple(0 if s == noon else room for s in range(size.slots)),
                x=near.x + random_.uniform(-30, 30),
                y=near.y + random_.uniform(-30, 30),
                open_cost=100 * random_.randint(10, 40),
                serves=("normal", "closed") if k % 3 == 0 else ("normal",),
            )
        )
    return points
