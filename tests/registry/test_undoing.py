"""An import taken back, against both databases."""

import pytest
from sqlmodel import col, select

from registry.errors import ImportNotFound, ImportUndone, LaterImport
from registry.models import Building, Compound, Household, NeedFlag, RegistryChange, Resident, RosterImport, Unit
from registry.queries.history import list_history
from registry.queries.imports import get_import, list_imports
from registry.queries.registered import take_snapshot
from registry.rules import ChangeKind, DoorState, ExcuseKind
from registry.rules.undoing import WhyKept
from registry.sampled import set_sampled
from registry.usecases import excuse_resident, look_at_undo, undo_import
from tests.factories import count_rows
from tests.registry.test_importing import file_of, line, take_in  # noqa: F401 - a fixture


@pytest.fixture
def undo(session, clock, take_in):  # noqa: F811
    def undo(account, **facts):
        done = undo_import(session, (take_in.community_id, account.import_id), now=clock.now(), **facts)
        session.expire_all()
        return done

    return undo


@pytest.fixture
def picture(session, take_in):  # noqa: F811
    """The registry as an import sees it, without numbers at doors."""

    def picture():
        session.expire_all()
        snapshot = take_snapshot(session, take_in.community_id)
        people = {
            person.id: (
                str(person.door),
                person.name,
                person.phone,
                person.identity_number,
                person.needs,
                person.has_left,
            )
            for person in snapshot.registered.people
        }
        return people, dict(snapshot.registered.doors), snapshot.said

    return picture


def person_called(session, name):
    return session.exec(select(Resident).where(Resident.name == name)).one()


A = [
    line("101", "赵样例", "10000000001"),
    line("102", "钱样例"),
    line("103", "孙样例", needs="独居"),
    line("104", heads=3),
]
B = [
    line("101", "赵样例", "10000000002", needs="孕妇"),
    line("103", "钱样例", "10000000003", "E00000001"),
    line("104", heads=2),
    line("201", "周样例"),
]


def test_what_an_import_did_is_taken_back_to_the_last_field(session, clock, take_in, undo, picture):  # noqa: F811
    take_in(*A)
    before = picture()
    clock.advance(hours=1)
    account = take_in(*B, may_leave=True)
    assert picture() != before

    done = undo(account)

    assert picture() == before
    assert done.counts == {"added": 2, "left": 3, "moved": 0, "changed": 1, "kept": 0}
    assert take_in(*A).change.changes_nothing


def test_a_wrong_file_leaves_no_building_and_nobody_behind(session, take_in, undo):  # noqa: F811
    account = take_in(*A)

    undo(account)

    assert [count_rows(session, table) for table in (Resident, Household, Unit, Building, Compound, NeedFlag)] == [
        0
    ] * 6
    assert count_rows(session, RosterImport) == 1
    assert take_in(*A).counts["added"] == 6


def test_who_was_sampled_excused_or_corrected_since_stays_and_the_account_says_why(session, clock, take_in, undo):  # noqa: F811
    take_in(line("101", "赵样例", "10000000001"))
    clock.advance(hours=1)
    account = take_in(
        line("101", "赵样例", "10000000002"), line("102", "钱样例"), line("103", "孙样例"), line("104", "李样例")
    )
    clock.advance(hours=1)
    sampled, excused, corrected = (person_called(session, name) for name in ("钱样例", "孙样例", "李样例"))
    key = (take_in.community_id, excused.id)
    excuse_resident(session, key, kind=ExcuseKind.AWAY, from_at=clock.now(), now=clock.now())
    corrected.name = "李改样"
    changed = person_called(session, "赵样例")
    changed.phone = None
    session.add_all([corrected, changed])
    session.flush()
    set_sampled(lambda session, community_id, residents: {sampled.id} & set(residents))
    try:
        done = undo(account)
    finally:
        set_sampled(lambda session, community_id, residents: set())

    assert {(stays.about, stays.why, stays.fields) for stays in done.kept} == {
        (sampled.id, WhyKept.SAMPLED, ()),
        (excused.id, WhyKept.EXCUSED, ()),
        (corrected.id, WhyKept.CHANGED_SINCE, ("name",)),
        (changed.id, WhyKept.CHANGED_SINCE, ("phone",)),
    }
    assert session.exec(select(Resident).where(col(Resident.left_at).is_not(None))).all() == []


def test_a_door_goes_back_to_its_state_unless_somebody_has_set_another(session, clock, take_in, undo):  # noqa: F811
    take_in(line("101", "赵样例"), line("102", "钱样例"))
    rows = session.exec(select(Household).order_by(Household.door)).all()
    rows[0].state = rows[1].state = DoorState.UNVERIFIED
    account = take_in(*_with_state("出租"))
    session.expire_all()
    assert [row.state for row in rows] == [DoorState.LET] * 2
    rows[1].state = DoorState.VACANT
    session.flush()

    done = undo(account)

    assert [row.state for row in rows] == [DoorState.UNVERIFIED, DoorState.VACANT]
    assert [(stays.about, stays.fields) for stays in done.kept] == [(rows[1].id, ("state",))]


def _with_state(word):
    return [[*line("101", "赵样例")[:7], None, word], [*line("102", "钱样例")[:7], None, word]]


def test_only_the_latest_import_of_a_building_is_taken_back_without_being_asked(session, clock, take_in, undo):  # noqa: F811
    first = take_in(line("101", "赵样例"))
    clock.advance(hours=1)
    elsewhere = take_in(line("101", "周样例", building="2"))
    clock.advance(hours=1)
    second = take_in(line("101", "赵样例"), line("102", "钱样例"))

    with pytest.raises(LaterImport):
        undo(first)
    undo(elsewhere)
    undo(second)
    undo(first)

    assert count_rows(session, Building) == 0
    with pytest.raises(ImportUndone):
        undo(first)


def test_an_undo_is_in_the_history_and_in_the_list_of_imports(session, clock, take_in, undo):  # noqa: F811
    take_in(line("101", "赵样例"))
    clock.advance(hours=1)
    account = take_in(line("101", "赵样例", "10000000001"))
    who = person_called(session, "赵样例")

    undo(account)

    latest, first, *_ = list_history(session, take_in.community_id, [who.id])
    assert {latest.undoes, first.import_id} == {account.import_id}
    assert list_imports(session, take_in.community_id)[0].undone_at == clock.now()


def test_looking_writes_nothing_and_another_communitys_import_is_not_there(session, take_in):  # noqa: F811
    account = take_in(*A)
    before = count_rows(session, RegistryChange)

    assert look_at_undo(session, (take_in.community_id, account.import_id)).counts["added"] == 6
    assert count_rows(session, RegistryChange) == before
    with pytest.raises(ImportNotFound):
        get_import(session, ("ZZZZ", account.import_id))


def test_every_change_of_an_import_has_its_history(session, clock, take_in):  # noqa: F811
    take_in(*A)
    clock.advance(hours=1)
    account = take_in(*B, may_leave=True)

    rows = session.exec(select(RegistryChange).where(RegistryChange.import_id == account.import_id)).all()
    people = {person.id for person in session.exec(select(Resident))}
    kinds = sorted(row.kind.value for row in rows if row.about in people)
    assert kinds.count("added") == account.counts["added"]
    assert kinds.count("left") == account.counts["left"]
    assert kinds.count("moved") == account.counts["moved"]
    assert ChangeKind.CHANGED in kinds
