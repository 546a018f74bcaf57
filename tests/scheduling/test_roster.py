"""The roster of a round: taken once, then following the registry."""

from uuid import UUID

import pytest
from sqlmodel import col, delete, func, select

from registry.models import Excuse, Household, NeedFlag, Resident
from registry.rules import ExcuseKind, NeedKind, RosterChanged
from scheduling.models import Cohort, Plan, RosterEntry
from scheduling.queries.facts import count_cohort_heads, largest_cohorts
from scheduling.queries.setup import count_heads
from scheduling.rules import EntryCause, RoundState
from scheduling.usecases.cutting import cut_cohorts
from scheduling.usecases.roster import follow_registry, take_roster
from tests.factories import make_building, make_compound, make_household, make_resident, make_unit
from tests.scheduling.estates import Estate, make_estate, make_need


def entry_of(session, estate: Estate, resident: UUID) -> RosterEntry | None:
    return session.get(RosterEntry, (*estate.key, resident), populate_existing=True)


def count_entries(session, estate: Estate) -> int:
    of_round = (RosterEntry.community_id == estate.community.id, RosterEntry.round_id == estate.round.id)
    return session.exec(select(func.count()).select_from(RosterEntry).where(*of_round)).one()


def take_and_cut(session, estate: Estate, clock, state: RoundState = RoundState.DRAFT) -> None:
    take_roster(session, estate.round, now=clock.now())
    cut_cohorts(session, estate.round, largest_cohorts(session, estate.round), now=clock.now())
    estate.round.state = state
    session.flush()


def changed(session, estate: Estate, clock) -> None:
    session.flush()
    follow_registry(session, RosterChanged(estate.community.id, ()), now=clock.now())


def leave(session, estate: Estate, resident: UUID, clock) -> None:
    session.get(Resident, (estate.community.id, resident)).left_at = clock.now()


def test_everybody_who_lives_here_is_on_the_roster_and_nobody_else(session, clock):
    estate = make_estate(session)
    leave(session, estate, estate.residents[0], clock)
    session.get(Resident, (estate.community.id, estate.residents[1])).merged_into = estate.residents[2]

    take_roster(session, estate.round, now=clock.now())

    assert count_entries(session, estate) == len(estate.residents) - 2
    assert entry_of(session, estate, estate.residents[0]) is None
    assert entry_of(session, estate, estate.residents[2]).cause is EntryCause.TAKEN


def test_the_roster_is_taken_once(session, clock):
    estate = make_estate(session)
    take_roster(session, estate.round, now=clock.now())
    taken_at = estate.round.roster_taken_at
    clock.advance(hours=1)

    take_roster(session, estate.round, now=clock.now())

    assert estate.round.roster_taken_at == taken_at
    assert count_entries(session, estate) == len(estate.residents)


def test_people_to_sample_are_counted_the_same_before_and_after_the_roster_is_taken(session, clock):
    """All the household of somebody who is visited at the door is visited, before it stands on the roster too."""
    estate = make_estate(session, heads=3)
    make_need(session, estate, estate.residents[0], NeedKind.BED_BOUND)
    before = count_heads(session, estate.round)

    take_and_cut(session, estate, clock)

    assert before == count_heads(session, estate.round) == len(estate.residents) - 3


def test_a_household_visited_at_the_door_is_on_the_roster_and_in_no_cohort(session, clock):
    estate = make_estate(session, heads=3)
    make_need(session, estate, estate.residents[0], NeedKind.BED_BOUND)

    take_and_cut(session, estate, clock)

    visited = [entry_of(session, estate, resident) for resident in estate.residents[:3]]
    assert all(entry.is_doorstep and entry.cohort_id is None for entry in visited)
    assert sum(count_cohort_heads(session, estate.round).values()) == len(estate.residents) - 3


def test_the_same_roster_cut_twice_gives_the_same_cohorts(session, clock):
    estate = make_estate(session, floors=30, heads=3)
    take_and_cut(session, estate, clock)
    first = count_cohort_heads(session, estate.round)

    cut_cohorts(session, estate.round, largest_cohorts(session, estate.round), now=clock.now())

    assert count_cohort_heads(session, estate.round) == first
    assert len(session.exec(select(Cohort.id)).all()) == len(first)


def test_cohorts_stand_in_the_order_in_which_people_count(session, clock):
    estate = make_estate(session, buildings=11, units=1)

    take_and_cut(session, estate, clock)

    in_order = session.exec(select(Cohort.building_id).order_by(col(Cohort.position))).all()
    assert in_order == estate.buildings


def test_a_newcomer_joins_the_roster_and_drafts_say_they_are_stale(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.PLANNED)
    draft = Plan(
        community_id=estate.community.id,
        id=UUID(int=7),
        round_id=estate.round.id,
        created_at=clock.now(),
        problem={},
        result={},
    )
    session.add(draft)
    newcomer = make_resident(session, session.get(Household, (estate.community.id, estate.households[0])))

    changed(session, estate, clock)

    assert entry_of(session, estate, newcomer.id).cause is EntryCause.MOVED_IN
    session.refresh(draft)
    assert draft.is_stale


def test_a_change_that_does_not_touch_the_roster_leaves_drafts_as_they_are(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.PLANNED)
    draft = Plan(
        community_id=estate.community.id,
        id=UUID(int=8),
        round_id=estate.round.id,
        created_at=clock.now(),
        problem={},
        result={},
    )
    session.add(draft)

    changed(session, estate, clock)

    session.refresh(draft)
    assert not draft.is_stale


def test_before_opening_a_leaver_drops_out(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.PUBLISHED)
    leave(session, estate, estate.residents[0], clock)

    changed(session, estate, clock)

    assert entry_of(session, estate, estate.residents[0]) is None


def test_after_opening_a_leaver_stays_and_is_excused_once(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.OPEN)
    leave(session, estate, estate.residents[0], clock)

    changed(session, estate, clock)
    changed(session, estate, clock)

    assert entry_of(session, estate, estate.residents[0]) is not None
    excuses = session.exec(select(Excuse)).all()
    assert [(excuse.resident_id, excuse.kind) for excuse in excuses] == [(estate.residents[0], ExcuseKind.MOVED_OUT)]


def test_after_opening_a_merge_removes_the_one_who_was_somebody_else(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.OPEN)
    session.get(Resident, (estate.community.id, estate.residents[0])).merged_into = estate.residents[1]

    changed(session, estate, clock)

    assert entry_of(session, estate, estate.residents[0]) is None


@pytest.mark.parametrize("state", [RoundState.PUBLISHED, RoundState.OPEN])
def test_who_moves_counts_at_the_new_door_and_is_called_with_it(session, clock, state):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, state)
    mover, neighbour = estate.residents[0], estate.residents[-1]
    session.get(Resident, (estate.community.id, mover)).sqlmodel_update(
        {"household_id": estate.households[-1], "number": 9}
    )

    changed(session, estate, clock)

    moved, there = entry_of(session, estate, mover), entry_of(session, estate, neighbour)
    assert (moved.household_id, moved.building_id) == (estate.households[-1], estate.buildings[-1])
    assert moved.cohort_id == there.cohort_id


def test_after_publishing_a_new_building_gets_a_cohort_of_its_own(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.PUBLISHED)
    building = make_building(session, make_compound(session, estate.community))
    guard = make_resident(session, make_household(session, make_unit(session, building)))

    changed(session, estate, clock)

    cohort = session.get(Cohort, (estate.community.id, entry_of(session, estate, guard.id).cohort_id))
    assert cohort.building_id == building.id
    assert count_cohort_heads(session, estate.round)[cohort.id] == 1


def test_whoever_needs_a_visit_leaves_the_cohort_and_comes_back_to_it(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.PUBLISHED)
    before = entry_of(session, estate, estate.residents[0]).cohort_id
    make_need(session, estate, estate.residents[0], NeedKind.HOME_ISOLATION)

    changed(session, estate, clock)
    isolated = entry_of(session, estate, estate.residents[0])
    assert isolated.is_doorstep and isolated.cohort_id is None
    session.exec(delete(NeedFlag))
    changed(session, estate, clock)

    freed = entry_of(session, estate, estate.residents[0])
    assert not freed.is_doorstep and freed.cohort_id == before


def test_a_closed_round_never_changes(session, clock):
    estate = make_estate(session)
    take_and_cut(session, estate, clock, RoundState.CLOSED)
    leave(session, estate, estate.residents[0], clock)

    changed(session, estate, clock)

    assert entry_of(session, estate, estate.residents[0]) is not None
    assert session.exec(select(Excuse)).all() == []
