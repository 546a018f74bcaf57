"""Mistakes by hand are taken back on the pages; buildings are moved and left."""

import re

import pytest
from sqlmodel import delete, select

from accounts.models import AuditEntry
from accounts.rules import Role
from bulou.database import reading, transaction
from registry import usecases
from registry.errors import BuildingInhabited
from registry.models import Community, RegistryMerge
from registry.queries.buildings import get_building
from registry.queries.history import list_history
from registry.rules import ChangeKind
from tests.checkin.factories import make_open_round
from tests.factories import make_compound, make_resident
from tests.registry.hands import key
from tests.test_routes import csrf_token


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the kinds of database."""
    return "sqlite"


def test_two_people_are_compared_told_apart_merged_and_separated_on_the_pages(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session, households=2, members=1)
        one, other = (make_resident(session, door, name="赵样例") for door in place.households)
    manager = signed_in(Role.MANAGER, place.community_id)

    def post(address, **facts):
        return manager.post(address, data={"csrf_token": csrf_token(manager), **facts}, follow_redirects=True)

    both = {"one": one.id, "other": other.id}
    masked = manager.get(f"/roster/residents/{one.id}/merge?with={other.id}").text
    unmasked = post("/roster/residents/merge/unmask", **both).text
    assert ("赵*例" in masked, "赵样例" in masked, "赵样例" in unmasked) == (True, False, True)
    with reading() as session:
        looks = session.exec(select(AuditEntry.about).where(AuditEntry.action == "registry.unmasked_resident")).all()
    assert set(looks) == {str(one.id), str(other.id)}

    merged = post("/roster/residents/merge", gone=one.id, kept=other.id).text
    (address,) = re.findall(r'action="(/roster/merges/[^"]+)"', merged)
    assert "Separate again" not in post(address).text
    assert "separated again" in manager.get(f"/roster/residents/{other.id}").text
    assert "separated again" in manager.get(f"/roster/residents/{one.id}").text
    assert post("/roster/residents/apart", **both).status_code == 200
    assert post(f"/roster/merges/{one.id}/separate").status_code == 404


def test_the_page_says_why_a_merge_of_former_times_is_not_separated(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session, households=2, members=1)
        one, other = place.households
        usecases.merge_households(session, key(one), key(other), now=clock.now())
        session.exec(delete(RegistryMerge))
    manager = signed_in(Role.MANAGER, place.community_id)

    page = manager.get(f"/roster/doors/{other.id}").text

    assert "cannot be separated again" in page and "Separate again" not in page


def test_a_building_is_left_when_nobody_lives_there_and_is_moved_with_its_history(session, clock):
    place = make_open_round(session, households=1, members=1)
    there = make_compound(session, session.get_one(Community, place.community_id))
    house = key(place.building)

    with pytest.raises(BuildingInhabited):
        usecases.leave_building(session, house, now=clock.now())
    usecases.leave_household(session, key(place.households[0]), now=clock.now())
    for _again in range(2):
        usecases.leave_building(session, house, now=clock.now())
        usecases.move_building(session, house, key(there), now=clock.now())

    line = get_building(session, house)
    assert (line.has_left, line.compound) == (True, there.name)
    assert [it.kind for it in list_history(session, place.community_id, [house[1]])] == [
        ChangeKind.MOVED,
        ChangeKind.LEFT,
    ]
    usecases.bring_building_back(session, house, now=clock.now())
    assert not get_building(session, house).has_left
