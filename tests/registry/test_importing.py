"""The import against both databases."""

import pytest
from sqlmodel import col, select

from bulou.announcements import _listeners
from bulou.crypto import field_keys
from registry.errors import CommunityNotFound, DoorTaken, RowsRefused, TooManyLeave
from registry.models import Building, Compound, Household, ImportRow, NeedFlag, Resident, RosterImport
from registry.queries.registered import take_snapshot
from registry.reading import read_roster
from registry.rules import DoorState, NeedKind, Origin, RosterChanged
from registry.sheets import roster_workbook
from registry.usecases import add_household, compare_roster, import_roster, set_door_state
from registry.usecases.groups import add_group
from tests.factories import count_rows, make_community
from tests.registry.workbooks import make_xlsx

HEAD = ["楼栋", "单元", "房号", "姓名", "手机号", "身份证号", "人数", "特殊情况", "居住状态"]


def file_of(*rows):
    return read_roster(make_xlsx([HEAD, *rows]), "roster.xlsx")


def line(room="101", name=None, phone=None, identity=None, heads=None, needs=None, building="1"):
    return [building, "1", room, name, phone, identity, heads, needs]


@pytest.fixture
def take_in(session, clock):
    community = make_community(session)

    def take_in(*rows, **facts):
        return import_roster(session, community.id, file_of(*rows), now=clock.now(), **facts)

    take_in.community_id = community.id
    return take_in


def people(session):
    return session.exec(select(Resident).order_by(col(Resident.number))).all()


def test_a_roster_makes_buildings_doors_and_people(session, take_in):
    account = take_in(line("101", "赵样例", "10000000000", needs="独居"), line("102", heads="3"))

    assert account.counts == {"added": 4, "changed": 0, "moved": 0, "left": 0, "unchanged": 0, "refused": 0}
    assert [building.name for building in session.exec(select(Building))] == ["1栋"]
    assert sorted((door.door, door.floor) for door in session.exec(select(Household))) == [("101", 1), ("102", 1)]
    assert [flag.kind for flag in session.exec(select(NeedFlag))] == [NeedKind.LIVES_ALONE]


def test_numbers_are_encrypted_and_found_by_their_index(session, take_in):
    take_in(line("101", "赵样例", "10000000000", "E00000001"))

    [person] = people(session)
    assert b"10000000000" not in person.phone
    assert field_keys().decrypt(take_in.community_id, person.phone) == "10000000000"
    assert person.identity_index == field_keys().blind_index(take_in.community_id, "E00000001")


def test_the_same_file_again_writes_no_person_and_announces_nothing(session, take_in, monkeypatch):
    rows = [line("101", "赵样例", "10000000000"), line("102", heads="2")]
    take_in(*rows)
    heard = []
    monkeypatch.setitem(_listeners, RosterChanged, [lambda session, event: heard.append(event)])

    account = take_in(*rows)

    assert account.counts["unchanged"] == 3
    assert account.change.changes_nothing
    assert heard == []
    assert count_rows(session, RosterImport) == 2


def test_who_leaves_is_marked_and_comes_back_as_the_same_person(session, take_in):
    take_in(line("101", "赵样例"), line("102", "钱样例"))
    take_in(line("101", "赵样例"), may_leave=True)
    [gone] = session.exec(select(Resident).where(col(Resident.left_at).is_not(None))).all()

    account = take_in(line("101", "赵样例"), line("102", "钱样例"))

    session.expire_all()
    assert account.counts["added"] == 1
    assert session.get_one(Resident, (take_in.community_id, gone.id)).left_at is None
    assert count_rows(session, Resident) == 2


def test_a_move_and_a_change_keep_the_person_and_take_a_new_number_at_the_new_door(session, take_in):
    take_in(line("101", "赵样例", "10000000000"), line("102", "钱样例"), line("103", "孙样例"))
    before = {person.name: person.id for person in people(session)}

    account = take_in(line("102", "赵样例", "10000000000"), line("102", "钱样例"), line("103", "孙样例", "10000000003"))

    session.expire_all()
    after = {person.name: person for person in people(session)}
    assert account.counts == {"added": 0, "changed": 1, "moved": 1, "left": 0, "unchanged": 1, "refused": 0}
    assert {name: person.id for name, person in after.items()} == before
    assert after["赵样例"].household_id == after["钱样例"].household_id
    assert after["赵样例"].number == 2


def test_a_correction_by_hand_stands_against_the_old_file(session, take_in):
    take_in(line("101", "赵样例"), line("102", "钱样例"))
    [person] = session.exec(select(Resident).where(Resident.name == "赵样例"))
    person.name = "赵改样"
    session.add(person)
    session.flush()

    account = take_in(line("101", "赵样例"), line("102", "钱样例"))

    assert account.counts["unchanged"] == 2
    assert [kept.old for pair in account.change.unchanged for kept in pair.kept] == ["赵改样"]


def test_a_refused_row_stops_everything_unless_it_may_be_skipped(session, take_in):
    rows = [line("101", "赵样例"), line("102", "钱样例", "1.38E+10")]

    with pytest.raises(RowsRefused):
        take_in(*rows)
    assert count_rows(session, Resident) == 0

    account = take_in(*rows, skip_refused=True)
    assert account.counts == {"added": 1, "changed": 0, "moved": 0, "left": 0, "unchanged": 0, "refused": 1}


def test_more_than_a_tenth_leaving_is_asked_for_again(session, take_in):
    take_in(*[line(f"{floor}01", f"样例{floor}") for floor in range(1, 10)])

    with pytest.raises(TooManyLeave):
        take_in(line("101", "样例1"))

    assert take_in(line("101", "样例1"), may_leave=True).counts["left"] == 8


def test_people_of_other_buildings_and_those_added_by_hand_stay(session, take_in):
    take_in(line("101", "赵样例"), line("102", "钱样例"), line("101", "孙样例", building="2"))
    [person] = session.exec(select(Resident).where(Resident.name == "钱样例"))
    person.origin = Origin.MANUAL
    session.add(person)
    session.flush()

    account = take_in(line("103", "李样例"), may_leave=True)

    assert [person.name for person in account.change.left] == ["赵样例"]


def test_a_comparison_writes_nothing(session, take_in):
    account = compare_roster(session, take_in.community_id, file_of(line("101", "赵样例")))

    assert account.counts["added"] == 1
    assert count_rows(session, Resident) == 0
    assert count_rows(session, RosterImport) == 0


def test_what_the_file_said_is_kept_unreadable(session, take_in):
    take_in(line("101", "赵样例", "10000000000"))

    [kept] = session.exec(select(ImportRow)).all()
    assert "赵样例".encode() not in kept.said


def test_an_unknown_community_is_refused(session, clock):
    with pytest.raises(CommunityNotFound):
        import_roster(session, "ZZZZ", file_of(line("101", "赵样例")), now=clock.now())


def test_whom_a_skipped_row_may_have_meant_does_not_leave(session, take_in):
    take_in(line("101", "赵样例"), line("102", "钱样例"), line("103", "孙样例"), line("104", "李样例"))
    rows = [line("101", "赵样例"), line("102", "钱样例", "1.38E+10"), line("", "孙样例")]

    account = take_in(*rows, skip_refused=True, may_leave=True)

    assert [person.name for person in account.change.left] == ["李样例"]


def test_a_door_takes_the_state_that_the_file_says_and_follows_the_next_file(session, clock, take_in):
    head = ["楼栋", "房号", "居住状态"]

    def state_said(word):
        file = read_roster(make_xlsx([head, ["1", "101", word]]), "a.xlsx")
        import_roster(session, take_in.community_id, file, now=clock.now())
        session.expire_all()
        return session.exec(select(Household.state)).one()

    assert [state_said(word) for word in ("", "出租", "空置")] == [
        DoorState.UNVERIFIED,
        DoorState.LET,
        DoorState.VACANT,
    ]


def test_a_door_that_a_file_empties_is_vacant_until_somebody_comes_unless_it_was_set_by_hand(session, clock, take_in):
    def states():
        session.expire_all()
        return {door.door: door.state for door in session.exec(select(Household))}

    there = [
        line("101", "赵样例", "10000000000"),
        line("102", "钱样例", "10000000001"),
        line("103", "孙样例", "10000000002"),
    ]
    away = [line("104", "赵样例", "10000000000"), line("104", "钱样例", "10000000001"), there[2]]
    take_in(*there)
    [let] = session.exec(select(Household).where(Household.door == "102"))
    set_door_state(session, (let.community_id, let.id), DoorState.LET, now=clock.now())

    take_in(*away)
    unverified = DoorState.UNVERIFIED
    assert states() == {"101": DoorState.VACANT, "102": DoorState.LET, "103": unverified, "104": unverified}
    assert take_in(*away).change.changes_nothing

    take_in(*there)
    assert states() == {"101": unverified, "102": DoorState.LET, "103": unverified, "104": DoorState.VACANT}


def test_the_export_imports_again_unchanged_with_groups_states_addresses_and_heads(session, clock, take_in):
    head = ["小区", "楼栋", "房号", "姓名", "户籍地址", "居住状态", "人数"]
    rows = [
        ["样例小区", "1", "101", "赵样例", "样例省样例市1号", "出租", None],
        ["样例小区", "1", "102", None, None, "空置", 0],
    ]
    rows.append(["样例小区", "1", "103", None, None, None, 3])
    file = read_roster(make_xlsx([head, *rows]), "a.xlsx")
    import_roster(session, take_in.community_id, file, now=clock.now())
    [compound] = session.exec(select(Compound.id))
    place = (take_in.community_id, compound)
    add_group(session, place, "样例保安队", heads=3, people=["钱样例"], now=clock.now())
    add_group(session, place, "样例工地", heads=45, now=clock.now())
    [house] = session.exec(select(Building.id).where(Building.name == "1栋"))
    for typed in ("1单元101", "1-1-102"):
        with pytest.raises(DoorTaken):
            add_household(session, (take_in.community_id, house), room=typed, now=clock.now())
    add_household(session, (take_in.community_id, house), room="1单元二〇一", heads=1, now=clock.now())
    content = roster_workbook(take_snapshot(session, take_in.community_id).registered)

    account = import_roster(session, take_in.community_id, read_roster(content, "b.xlsx"), now=clock.now())

    assert account.change.changes_nothing, account.counts
    assert (account.counts["unchanged"], account.refused) == (4 + 1 + 3 + 45, ())
