"""Somebody of several doors, as a file names them."""

import pytest
from sqlmodel import select

from registry import usecases
from registry.models import Household, Resident, ResidentDoor
from registry.queries.history import list_history
from tests.registry.hands import key
from tests.registry.test_importing import line, take_in  # noqa: F401

ROWS = [
    line("101", "赵样例", "10000000000", "E00000001"),
    line("102", "钱样例"),
    line("102", "赵样例", "10000000000", "E00000001"),
    line("103", "赵样例", "10000000000", "E00000001"),
]


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the kinds of database."""
    return "sqlite"


def further(session):
    rooms = select(Household.door).join(ResidentDoor, ResidentDoor.household_id == Household.id)
    return sorted(session.exec(rooms))


def test_a_second_door_in_a_file_is_a_further_door_once_and_one_taken_back_by_hand_stays_away(session, clock, take_in):  # noqa: F811
    take_in(*ROWS)
    zhao = session.exec(select(Resident).where(Resident.name == "赵样例")).one()
    [line_] = list_history(session, take_in.community_id, [zhao.id])
    assert further(session) == ["102", "103"]
    assert next(it.new for it in line_.fields if it.field == "further_door") == [
        "样例社区1栋1单元102",
        "样例社区1栋1单元103",
    ]

    again = take_in(*ROWS)
    assert (again.change.changes_nothing, further(session)) == (True, ["102", "103"])

    taken_back = session.exec(select(Household).where(Household.door == "103")).one()
    usecases.drop_further_door(session, key(zhao), key(taken_back), now=clock.now())
    third = take_in(*ROWS)
    assert [(str(it.door), it.is_kept) for it in third.change.further] == [("样例社区1栋1单元103", True)]
    assert further(session) == ["102"]
    take_in(*ROWS[:2])
    assert further(session) == ["102"]  # a line that is missing says nothing


def test_an_import_that_is_taken_back_takes_its_further_doors_along(session, clock, take_in):  # noqa: F811
    take_in(*ROWS[:2])
    made = take_in(*ROWS)
    assert further(session) == ["102", "103"]

    usecases.undo_import(session, (take_in.community_id, made.import_id), now=clock.now())

    assert further(session) == []
    take_in(*ROWS)
    assert further(session) == ["102", "103"]
