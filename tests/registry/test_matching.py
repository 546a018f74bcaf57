import random
from collections import Counter

import pytest

from registry.reading.rows import join_people
from registry.rules import DoorState, NeedKind, Origin, RowCode
from registry.rules.matching import FieldChange, RosterChange
from tests.registry.rosters import Registry, make_door, make_row, random_edit, random_rows


def counts(change: RosterChange) -> dict[str, int]:
    names = ("added", "changed", "moved", "left", "unchanged", "refused")
    return {name: len(getattr(change, name)) for name in names if getattr(change, name)}


def test_a_first_file_adds_everybody():
    registry = Registry()

    change = registry.take_in(
        [make_row("1-1-101", "样例甲"), make_row("1-1-101", "样例乙"), make_row("1-1-102", heads=3)]
    )

    assert counts(change) == {"added": 5}
    assert registry.at("1-1-102") == ["", "", ""]
    assert set(change.new_doors) == {make_door("1-1-101"), make_door("1-1-102")}


def test_the_same_file_again_changes_nothing():
    registry = Registry()
    rows = [make_row("1-1-101", "样例甲", phone="10000000000"), make_row("1-1-102", heads=3)]
    registry.take_in(rows)

    change = registry.match(rows)

    assert counts(change) == {"unchanged": 4}
    assert change.changes_nothing


def test_a_number_on_a_card_finds_a_person_whose_name_and_door_are_new():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲", identity_number="E00000001"), make_row("1-1-102", "样例乙")])

    change = registry.take_in(
        [make_row("1-1-102", "样例丙", identity_number="E00000001"), make_row("1-1-102", "样例乙")]
    )

    assert counts(change) == {"moved": 1, "unchanged": 1}
    assert {it.field: (str(it.old), str(it.new)) for it in change.moved[0].changes} == {
        "door": ("样例小区1栋1单元101", "样例小区1栋1单元102"),
        "name": ("样例甲", "样例丙"),
    }


def test_a_name_and_a_phone_move_somebody_but_a_name_alone_moves_nobody():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲", phone="10000000001"), make_row("1-1-102", "样例乙")])

    change = registry.match([make_row("1-1-201", "样例甲", phone="10000000001"), make_row("1-1-202", "样例乙")])

    assert [pair.person.name for pair in change.moved] == ["样例甲"]
    assert [new.row.name for new in change.added] == ["样例乙"]
    assert [person.name for person in change.left] == ["样例乙"]


def test_a_file_speaks_only_for_the_buildings_it_names():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲"), make_row("2-1-101", "样例乙")])

    change = registry.match([make_row("1-1-102", "样例丙")])

    assert [person.name for person in change.left] == ["样例甲"]


def test_a_list_of_doors_alone_sends_nobody_away():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲")])

    change = registry.match([make_row("1-1-101"), make_row("1-1-102", state=DoorState.VACANT)])

    assert counts(change) == {}
    assert change.new_doors == {make_door("1-1-102"): DoorState.VACANT}


def test_a_door_with_an_empty_name_says_nothing_of_its_people():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲"), make_row("1-1-102", "样例乙")])

    change = registry.match([make_row("1-1-101"), make_row("1-1-102", "样例乙")])

    assert counts(change) == {"unchanged": 1}


def test_only_people_who_came_by_import_leave_by_absence():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲"), make_row("1-1-101", "样例乙"), make_row("1-1-101", "样例丙")])
    registry.correct("样例乙", origin=Origin.MANUAL)

    change = registry.take_in([make_row("1-1-101", "样例丙")])

    assert [person.name for person in change.left] == ["样例甲"]
    assert registry.at("1-1-101") == ["样例乙", "样例丙"]


def test_a_correction_by_hand_stands_until_the_file_says_something_new():
    registry = Registry()
    old = make_row("1-1-101", "样例甲", phone="10000000001")
    registry.take_in([old])
    registry.correct("样例甲", phone="10000000009")

    again = registry.take_in([old])
    newer = registry.take_in([make_row("1-1-101", "样例甲", phone="10000000002")])

    assert counts(again) == {"unchanged": 1}
    assert [(kept.field, kept.old, kept.new) for kept in again.unchanged[0].kept] == [
        ("phone", "10000000009", "10000000001")
    ]
    assert [(it.old, it.new) for it in newer.changed[0].changes] == [("10000000009", "10000000002")]


@pytest.mark.parametrize("correction", [{"name": "样例改"}, {"door": make_door("1-1-102")}, {"has_left": True}])
def test_who_was_renamed_moved_or_marked_as_left_by_hand_is_known_in_the_old_file(correction):
    registry = Registry()
    rows = [make_row("1-1-101", "样例甲"), make_row("1-1-102", "样例乙")]
    registry.take_in(rows)
    registry.correct("样例甲", **correction)

    change = registry.take_in(rows)

    assert counts(change) == {"unchanged": 2}
    assert sum(len(pair.kept) for pair in change.unchanged) == 1


def test_who_left_by_absence_comes_back_as_the_same_person():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲"), make_row("1-1-101", "样例乙")])
    registry.take_in([make_row("1-1-101", "样例乙")])

    change = registry.take_in([make_row("1-1-101", "样例甲"), make_row("1-1-101", "样例乙")])

    assert [new.person.name for new in change.added] == ["样例甲"]
    assert len(registry.people) == 2


def test_fewer_heads_remove_the_highest_numbers_and_more_heads_add():
    registry = Registry()
    registry.take_in([make_row("1-1-101", heads=4)])

    fewer = registry.take_in([make_row("1-1-101", heads=2)])
    more = registry.take_in([make_row("1-1-101", heads=3)])

    assert sorted(person.number for person in fewer.left) == [3, 4]
    assert counts(more) == {"added": 1, "unchanged": 2}


def test_heads_that_get_names_are_the_same_people():
    registry = Registry()
    registry.take_in([make_row("1-1-101", heads=3)])

    change = registry.take_in([make_row("1-1-101", "样例甲", heads=3), make_row("1-1-101", "样例乙")])

    assert counts(change) == {"changed": 2, "unchanged": 1}
    assert registry.at("1-1-101") == ["样例甲", "样例乙", ""]


def test_a_head_count_counts_those_who_are_named_too():
    registry = Registry()

    change = registry.take_in([make_row("1-1-101", "样例甲", heads=3)])

    assert counts(change) == {"added": 3}


def test_a_door_without_its_unit_is_the_only_door_with_that_number():
    registry = Registry()
    registry.take_in([make_row("3-2-501", "样例甲"), make_row("3-1-502", "样例乙")])

    change = registry.match([make_row("3--501", "样例甲"), make_row("3--502", "样例乙")])

    assert counts(change) == {"unchanged": 2}
    assert not change.new_doors


def test_a_door_that_could_be_two_is_refused():
    registry = Registry()
    registry.take_in([make_row("3-1-501", "样例甲"), make_row("3-2-501", "样例乙")])

    change = registry.match([make_row("3--501", "样例甲", line=7)])

    [problem] = change.refused
    assert (problem.code, problem.row, dict(problem.facts)["choices"]) == (RowCode.DOOR_AMBIGUOUS, 7, "1单元, 2单元")


def test_more_than_a_tenth_leaving_asks_again():
    registry = Registry()
    rows = [make_row(f"1-1-{floor}01", f"样例{floor}") for floor in range(1, 21)]
    registry.take_in(rows)

    assert not registry.match(rows[2:]).asks_again
    assert registry.match(rows[3:]).asks_again


def test_needs_set_by_hand_stay_when_the_file_changes_its_own():
    registry = Registry()
    registry.take_in([make_row("1-1-101", "样例甲", needs=frozenset({NeedKind.FRAIL}))])
    registry.correct("样例甲", needs=frozenset({NeedKind.FRAIL, NeedKind.NO_PHONE}))

    registry.take_in([make_row("1-1-101", "样例甲", needs=frozenset({NeedKind.PREGNANT}))])

    assert registry.person("样例甲").needs == {NeedKind.PREGNANT, NeedKind.NO_PHONE}


@pytest.mark.parametrize("seed", range(200))
def test_importing_twice_changes_nothing(seed):
    registry = Registry()
    rows, _ = join_people(random_rows(seed))
    registry.take_in(rows)

    again = registry.take_in(rows)

    assert again.changes_nothing, counts(again)


@pytest.mark.parametrize("seed", range(200))
def test_a_corrected_file_imported_twice_changes_nothing_the_second_time(seed):
    registry = Registry()
    rows = random_rows(seed)
    registry.take_in(join_people(rows)[0])
    corrected, _ = join_people(random_edit(seed, rows))
    registry.take_in(corrected)

    again = registry.take_in(corrected)

    assert again.changes_nothing, counts(again)


@pytest.mark.parametrize("seed", range(100))
def test_everybody_stands_in_exactly_one_part_of_the_account(seed):
    registry = Registry()
    rows = random_rows(seed)
    registry.take_in(join_people(rows)[0])
    before = [person.id for person in registry.people.values() if not person.has_left]

    change = registry.match(join_people(random_edit(seed, rows))[0])

    told = Counter(pair.person.id for pair in (*change.changed, *change.moved, *change.unchanged))
    told.update(person.id for person in change.left)
    assert max(told.values(), default=1) == 1
    assert set(told) <= set(before)
    assert len(told) + len(change.added) >= len(told)


@pytest.mark.parametrize("seed", range(100))
def test_the_order_in_which_rows_are_read_decides_nothing(seed):
    registry = Registry()
    rows = random_rows(seed)
    registry.take_in(join_people(rows)[0])
    corrected, _ = join_people(random_edit(seed, rows))
    shuffled = random.Random(seed).sample(corrected, len(corrected))

    one, other = registry.match(corrected), registry.match(shuffled)

    assert counts(one) == counts(other)
    assert {person.id for person in one.left} == {person.id for person in other.left}
    assert {pair.person.id for pair in one.moved} == {pair.person.id for pair in other.moved}


def test_a_file_says_of_a_door_that_nobody_has_asked_there_and_what_a_person_found_out_stands():
    registry = Registry()
    registry.take_in([make_row("1-1-101", state=DoorState.LET), make_row("1-1-102")])
    registry.doors[make_door("1-1-102")] = DoorState.SELF_OCCUPIED  # somebody went and asked

    rows = [make_row(door, state=DoorState.UNVERIFIED) for door in ("1-1-101", "1-1-102")]
    change = registry.match(rows)

    assert change.door_states == {make_door("1-1-101"): DoorState.UNVERIFIED}
    kept = FieldChange("state", DoorState.SELF_OCCUPIED, DoorState.UNVERIFIED)
    assert change.kept_states == {make_door("1-1-102"): kept}
    registry.take_in(rows)
    assert registry.match(rows).door_states == {}
    assert registry.match([make_row("1-1-102", state=DoorState.LET)]).door_states == {
        make_door("1-1-102"): DoorState.LET
    }
