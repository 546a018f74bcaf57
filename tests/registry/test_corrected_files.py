"""Generated pairs of files against a plain oracle: A then B, A then A, A and corrections by hand and then B."""

from collections import Counter
from dataclasses import asdict, replace

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from registry.reading.rows import join_people
from registry.rules import NeedKind, Origin, RosterRow
from tests.registry.oracle import FIELDS, Person, import_by_hand
from tests.registry.rosters import Registry, make_door

DOORS = [make_door(f"{building}-1-{room}") for building in (1, 2) for room in (101, 102, 201)]
NAMES = ["样例甲", "样例乙", "样例丙"]
PHONES = [f"1000000000{last}" for last in range(4)]
NUMBERS = [f"E0000000{last}" for last in range(4)]

rows_ = st.builds(
    RosterRow,
    sheet=st.just("Sheet"),
    line=st.just(0),
    door=st.sampled_from(DOORS),
    name=st.sampled_from(["", *NAMES, *NAMES]),
    phone=st.sampled_from(["", "", *PHONES]),
    identity_number=st.sampled_from(["", "", "", *NUMBERS]),
    heads=st.none() | st.integers(0, 4),
    needs=st.none() | st.sets(st.sampled_from([NeedKind.FRAIL, NeedKind.INFANT])).map(frozenset),
)
files = st.lists(rows_, max_size=10).map(
    lambda rows: join_people([replace(row, line=number) for number, row in enumerate(rows, start=2)])[0]
)
corrections = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["样例改", *NAMES]),
        "phone": st.sampled_from(PHONES),
        "needs": st.just(frozenset({NeedKind.NO_PHONE})),
        "door": st.sampled_from(DOORS),
        "origin": st.just(Origin.MANUAL),
        "has_left": st.just(True),
    },
)
EXAMPLES = settings(max_examples=80, deadline=None, derandomize=True, phases=[Phase.generate])


def plain(registry: Registry) -> list[Person]:
    found = []
    for person in registry.people.values():
        said = registry.said.get(person.id)
        values = {name: getattr(person, name) for name in FIELDS}
        found.append(
            Person(
                person.id,
                person.door,
                person.number,
                person.origin is Origin.IMPORT,
                **values,
                needs=person.needs,
                left=person.has_left,
                said={**asdict(said), "door": said.door} if said else None,
            )
        )
    return found


def take_in_as_the_oracle(registry: Registry, rows: list[RosterRow]) -> None:
    """Take the file in, and find everybody where the oracle says."""
    wanted = import_by_hand(plain(registry), rows)
    change = registry.take_in(rows)
    assert {pair.person.id for pair in change.moved} == wanted.moved
    assert {pair.person.id for pair in change.changed} == wanted.changed
    assert {pair.person.id for pair in change.unchanged} == wanted.unchanged
    assert {person.id for person in change.left} == wanted.left
    assert Counter((new.door, new.row.name) for new in change.added) == Counter(wanted.added)
    for who, values in wanted.values.items():
        person = registry.people[who]
        assert {name: getattr(person, name) for name in values} == values


@EXAMPLES
@given(files, files)
def test_a_corrected_file_does_what_the_rules_say(first, second):
    registry = Registry()
    take_in_as_the_oracle(registry, first)
    take_in_as_the_oracle(registry, second)


@EXAMPLES
@given(files, files)
def test_the_same_file_twice_changes_nothing(first, second):
    registry = Registry()
    registry.take_in(first)
    registry.take_in(second)

    assert registry.take_in(second).changes_nothing


@EXAMPLES
@given(files, st.lists(st.tuples(st.integers(0, 30), corrections), max_size=4), files)
def test_corrections_by_hand_stand_against_the_file_before_and_give_way_to_news(first, by_hand, second):
    registry = Registry()
    registry.take_in(first)
    people = list(registry.people)
    for place, facts in by_hand:
        if people:
            who = people[place % len(people)]
            number = {"number": registry.next_number(facts["door"])} if "door" in facts else {}
            registry.people[who] = replace(registry.people[who], **facts, **number)
    take_in_as_the_oracle(registry, second)
