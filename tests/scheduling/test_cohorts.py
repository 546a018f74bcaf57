"""Who is called together."""

import random
from uuid import UUID

import pytest

from scheduling.rules.cohorts import HouseholdFacts, Span, cut_unit, find_span, smallest_slot

LIMIT = 40


def household(number: int, floor: int | None, heads: int, door: str | None = None) -> HouseholdFacts:
    return HouseholdFacts(UUID(int=number), door or f"{floor or ''}{number:02d}", floor, heads)


def unit_of(floors: int, doors: int, heads: int) -> list[HouseholdFacts]:
    return [
        household(100 * floor + door, floor, heads, f"{floor}{door:02d}")
        for floor in range(1, floors + 1)
        for door in range(1, doors + 1)
    ]


def random_unit(seed: int) -> list[HouseholdFacts]:
    draw = random.Random(seed)
    floors = [None, *range(-1, draw.randint(1, 30))]
    doors = draw.randint(1, 12)
    return [
        household(number, draw.choice(floors), draw.choice([1, 2, 2, 3, 4, 5, 60 if draw.random() < 0.02 else 2]))
        for number in range(1, draw.randint(1, 8 * doors) + 1)
    ]


def test_a_unit_that_fits_into_a_slot_is_called_as_a_whole():
    unit = unit_of(floors=6, doors=2, heads=3)

    bands = cut_unit(unit, LIMIT)

    assert [band.span for band in bands] == [Span()]
    assert bands[0].heads == 36


def test_a_tall_unit_is_called_by_bands_of_floors_from_below():
    unit = unit_of(floors=20, doors=2, heads=2)

    bands = cut_unit(unit, LIMIT)

    assert [band.span for band in bands] == [Span(1, 10), Span(11, 20)]


def test_a_crowded_floor_is_called_by_its_doors_and_spares_the_other_floors():
    unit = [*unit_of(floors=3, doors=2, heads=3), *(household(400 + n, 4, 5, f"4{n:02d}") for n in range(1, 11))]

    bands = cut_unit(unit, LIMIT)

    assert [band.span for band in bands] == [Span(1, 3), Span(4, 4, "401", "408"), Span(4, 4, "409", "410")]


def test_doors_whose_floor_nobody_knows_are_called_by_doors():
    unit = [*unit_of(floors=2, doors=2, heads=9), household(1, None, 20, "甲"), household(2, None, 30, "乙")]

    bands = cut_unit(unit, LIMIT)

    assert [band.span for band in bands] == [Span(1, 2), Span(None, None, "乙", "乙"), Span(None, None, "甲", "甲")]


def test_a_household_larger_than_a_slot_stands_alone():
    unit = [household(1, 1, 5, "101"), household(2, 1, 60, "102"), household(3, 1, 5, "103")]

    bands = cut_unit(unit, LIMIT)

    assert [band.heads for band in bands] == [5, 60, 5]
    assert bands[1].span == Span(1, 1, "102", "102")


@pytest.mark.parametrize("seed", range(100))
def test_every_household_is_called_once_and_no_band_is_larger_than_it_may_be(seed):
    unit = random_unit(seed)

    bands = cut_unit(unit, LIMIT)

    called = [household.id for band in bands for household in band.households]
    assert sorted(called) == sorted(household.id for household in unit)
    assert all(band.heads <= LIMIT or len(band.households) == 1 for band in bands)
    assert len({band.span for band in bands}) == len(bands)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_roster_gives_the_same_cohorts_in_whatever_order_it_is_read(seed):
    unit = random_unit(seed)
    shuffled = random.Random(seed + 1).sample(unit, len(unit))

    assert cut_unit(shuffled, LIMIT) == cut_unit(unit, LIMIT)


def test_the_smallest_slot_is_that_of_an_open_one_within_the_window():
    capacities = [(50, 0, 20), (60, 60, 60)]

    assert smallest_slot(capacities, (0, 2)) == 20
    assert smallest_slot(capacities, (0, 1)) == 50
    assert smallest_slot([(0, 0)], (0, 1)) is None


def test_a_newcomer_is_called_with_the_same_doors_else_with_the_nearest_floor():
    low, high, crowded = UUID(int=1), UUID(int=2), UUID(int=3)
    spans = [(low, Span(1, 6)), (high, Span(8, 12)), (crowded, Span(7, 7, "701", "720"))]

    assert find_span(spans, "502", 5) == low
    assert find_span(spans, "711", 7) == crowded
    assert find_span(spans, "1502", 15) == high
    assert find_span([(low, Span())], "甲", None) == low
    assert find_span([], "101", 1) is None
