"""Doors that are typed mean what the same words mean in a list."""

import pytest
from sqlmodel import select

from app import connect
from registry import usecases
from registry.errors import DoorElsewhere, DoorInhabited, DoorIsDate, DoorMissing, DoorTaken
from registry.models import Household
from registry.queries.doors import door_of
from registry.rules import DoorState
from tests.checkin.factories import OPENED, make_open_round
from tests.registry.hands import key


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the two kinds."""
    return "sqlite"


@pytest.fixture
def place(session):
    """3栋2单元501, 502 and 503, with two people behind each."""
    connect()
    return make_open_round(session, households=3, members=2, roster_taken_at=OPENED)


@pytest.mark.parametrize(
    ("unit", "room", "whole"),
    [
        ("", "1单元502", "3栋1单元502"),
        ("1", "502", "3栋1单元502"),
        ("一单元", "五〇二室", "3栋1单元502"),
        ("", "3-1-502", "3栋1单元502"),
        ("", "3栋1单元502", "3栋1单元502"),
        ("", "1-502", "3栋1单元502"),
        ("", "门卫室", "3栋门卫室"),
    ],
)
def test_a_whole_door_fills_the_unit(session, clock, place, unit, room, whole):
    row = usecases.add_household(session, key(place.building), unit=unit, room=room, now=clock.now())
    assert door_of(session, row).endswith(whole)


REFUSED = [
    ("", "6栋2单元501", DoorElsewhere),
    ("", "6栋501", DoorElsewhere),
    ("", "6-2-509", DoorElsewhere),
    ("1", "2单元509", DoorElsewhere),
    ("6栋2单元", "509", DoorElsewhere),
    ("", "2022-03-02", DoorIsDate),
    ("2022-03-02", "509", DoorIsDate),
    ("", "3月2日", DoorIsDate),
    ("", "无", DoorMissing),
    ("", "2单元502", DoorTaken),
    ("", "3-2-502", DoorTaken),
    ("", "502", DoorTaken),  # lists mean 2单元502 by it
]


@pytest.mark.parametrize(("unit", "room", "refusal"), REFUSED)
def test_another_building_a_date_and_another_spelling_of_a_door_are_refused(session, clock, place, unit, room, refusal):
    before = session.exec(select(Household.id)).all()
    door = place.households[0]
    with pytest.raises(refusal) as added:
        usecases.add_household(session, key(place.building), unit=unit, room=room, now=clock.now())
    with pytest.raises(refusal):
        usecases.change_household(
            session, key(door), unit=unit, room=room, floor=None, state=door.state, now=clock.now()
        )

    assert session.exec(select(Household.id)).all() == before
    if refusal is DoorTaken:
        assert "3栋2单元502" in added.value.sentence


def test_a_door_whose_name_was_not_typed_anew_keeps_it(session, clock, place):
    door = place.households[0]
    door.door = "501-甲"
    session.flush()

    assert usecases.change_household(
        session, key(door), unit="2单元", room="501-甲", floor=5, state=DoorState.LET, now=clock.now()
    )
    assert (door.door, door.state) == ("501-甲", DoorState.LET)


def test_a_door_behind_which_people_live_is_not_vacant(session, clock, place):
    door = place.households[0]
    with pytest.raises(DoorInhabited):
        usecases.set_door_state(session, key(door), DoorState.VACANT, now=clock.now())
    with pytest.raises(DoorInhabited):
        usecases.change_household(
            session, key(door), unit="2单元", room="501", floor=5, state=DoorState.VACANT, now=clock.now()
        )
    with pytest.raises(DoorInhabited):
        usecases.add_household(
            session, key(place.building), room="909", heads=1, state=DoorState.VACANT, now=clock.now()
        )

    usecases.leave_household(session, key(door), now=clock.now())
    assert door.state is DoorState.VACANT
    usecases.set_door_state(session, key(door), DoorState.VACANT, now=clock.now())
