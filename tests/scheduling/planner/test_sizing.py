"""How much is needed: options that plans confirm, the least that is proved, targets that cannot be kept."""

import random
from dataclasses import replace
from itertools import product

import pytest

from scheduling.planner import Building, Point, Problem, Status, Together, Weights, violations
from scheduling.planner.sizing import Ask, Goal, LackKind, Sizing, Staffing, Target, Targets, lane_room, rooms_of, size
from scheduling.planner.sizing.ground import Ground
from scheduling.planner.sizing.options import pareto
from scheduling.planner.sizing.trials import Limits, problem_of, weights_of
from tests.scheduling.planner.communities import make_community
from tests.scheduling.planner.making import make_building, make_point, make_problem

STAFF = Staffing(at_hand=None, per_lane=2, per_point=1)


def tiny(seed: int) -> Ask:
    """Up to four candidates with one or two lanes, two or three slots, a few buildings in a street."""
    rng = random.Random(seed)
    slots = rng.randint(2, 3)
    points = tuple(make_point(f"P{k}", 1, x=rng.uniform(0, 300)) for k in range(rng.randint(2, 4)))
    if rng.random() < 0.3:
        points = (replace(points[0], serves=("closed",)), *points[1:])
    buildings = []
    for k in range(rng.randint(2, 4)):
        heads = tuple(rng.randint(2, 9) for _ in range(rng.randint(1, 2)))
        window = (1, slots - 1) if rng.random() < 0.2 else None
        buildings.append(make_building(f"B{k}", heads, x=rng.uniform(0, 300), window=window))
    together = rng.choice(tuple(Together))
    problem = Problem(60, slots, points, tuple(buildings), together=together, weights=Weights(walk=1, finish=1))
    targets = Targets(rng.choice((None, slots - 2)), rng.choice((None, 120, 200)))
    rooms = rooms_of(problem, lane_heads=10, utilisation=1, most_lanes=2)
    return Ask(problem, rooms, Staffing(rng.choice((None, 6, 9))), targets)


def places_everybody(problem: Problem) -> bool:
    """Tried exhaustively."""
    cohorts = [(b, c) for b in problem.buildings for c in b.cohorts]
    load: dict[tuple[str, int], int] = {}

    def rest(k: int, home: dict[str, str]) -> bool:
        if k == len(cohorts):
            return True
        building, cohort = cohorts[k]
        first, last = problem.window(building)
        for point, slot in product(problem.points, range(first, last + 1)):
            tied = problem.together is Together.BUILDING and home.get(building.id, point.id) != point.id
            listed = building.points is None or point.id in building.points
            heads = load.get((point.id, slot), 0) + cohort.heads
            if tied or not listed or building.tier not in point.serves or heads > problem.capacity(point.id, slot):
                continue
            load[point.id, slot] = heads
            if rest(k + 1, home | {building.id: point.id}):
                return True
            load[point.id, slot] = heads - cohort.heads
        return False

    return rest(0, {})


def every_choice(ask: Ask) -> list[tuple[int, int, int]]:
    """(points, staff, last slot) of every choice that keeps the targets."""
    ground, weights, found = Ground(ask), weights_of(ask.problem), []
    for counts in product(range(3), repeat=len(ask.problem.points)):
        lanes = {p: n for p, n in enumerate(counts) if n}
        staff = ground.staff(lanes)
        if lanes and (ask.staffing.at_hand is None or staff <= ask.staffing.at_hand):
            for last in range(ask.last_slot + 1):
                problem = problem_of(ground, lanes, Limits(last, None, ask.targets.walk), (), weights)
                if places_everybody(problem):
                    found.append((len(lanes), staff, last))
                    break
    return found


def figures(sizing: Sizing) -> tuple[int, int, int] | None:
    """The fewest points, the fewest staff and the earliest end of all options."""
    options = sizing.options
    if not options:
        return None
    return (
        min(len(option.points) for option in options),
        min(option.staff for option in options),
        min(option.end_slot for option in options),
    )


@pytest.mark.parametrize("seed", range(25))
def test_a_tiny_sizing_is_what_trying_every_choice_says(seed):
    ask = tiny(seed)
    choices = every_choice(ask)

    sizing = size(ask, steps=400)

    kept = [option for option in sizing.options if not option.misses]
    if not choices:
        assert not kept
        return
    assert len(kept) == len(sizing.options)
    best = tuple(min(choice[k] for choice in choices) for k in range(3))
    assert figures(sizing) == best
    least = sizing.least
    assert (least.points, least.staff, least.end_slot) <= best and least.points <= best[0] and least.end_slot <= best[2]


@pytest.mark.parametrize("seed", range(25, 40))
def test_the_plan_behind_each_option_is_valid_and_has_the_figures_it_claims(seed):
    ask = tiny(seed)

    sizing = size(ask, steps=400)

    for option in sizing.options:
        assert violations(option.problem, option.plan.assignments) == []
        assert option.unplaced_heads == sizing.hopeless_heads
        assert option.staff == ask.staffing.needed(point.lanes for point in option.points)
        assert option.end_slot == max(slot for _, slot in option.plan.places.values())
        assert {point.point for point in option.points} == {point for point, _ in option.plan.places.values()}
        kept = Target.STAFF in option.misses or ask.staffing.at_hand is None or option.staff <= ask.staffing.at_hand
        assert kept and (Target.END in option.misses or option.end_slot <= ask.last_slot)
        assert Target.WALK in option.misses or ask.targets.walk is None or option.max_walk <= ask.targets.walk


@pytest.fixture(scope="module")
def yuanbo() -> Ask:
    """The case that asked for all this: 12,000 people, 5 compounds, 20 staff, days of 12 hours."""
    problem = make_community(1)
    return Ask(problem, rooms_of(problem), Staffing(at_hand=20), Targets(walk=500))


@pytest.fixture(scope="module")
def answer(yuanbo: Ask) -> Sizing:
    return size(yuanbo, steps=3_000)


def test_twelve_thousand_people_in_five_compounds_are_sampled_by_twenty_staff_in_two_days(yuanbo, answer):
    end = next(option for option in answer.options if Goal.END in option.goals)

    assert answer.heads == 12_000 and not answer.lacks
    assert end.minutes <= 2 * 12 * 60
    for option in answer.options:
        assert option.staff <= 20 and option.max_walk <= 500 and not option.misses
        assert option.plan.status is not Status.PARTIAL
        assert violations(option.problem, option.plan.assignments) == []


def test_no_option_is_as_good_as_another_in_everything(answer):
    assert 3 <= len(answer.options) <= 5
    assert len(pareto(answer.options)) == len(answer.options)
    assert {goal for option in answer.options for goal in option.goals} >= {
        Goal.POINTS,
        Goal.WALK,
        Goal.END,
        Goal.STAFF,
    }


def test_what_is_said_to_be_proved_meets_the_bound(answer):
    fewest = next(option for option in answer.options if Goal.POINTS in option.goals)

    assert Goal.POINTS in fewest.proved and Goal.WALK not in fewest.proved
    assert len(fewest.points) == answer.least.points == 2
    assert fewest.staff > (answer.least.staff or 0) and Goal.STAFF not in fewest.proved


def test_the_same_steps_give_the_same_answer():
    problem = make_community(3, compounds=2, heads=4_000, candidates=4, days=1)
    ask = Ask(problem, rooms_of(problem), Staffing(20), Targets(walk=300))

    first, again = size(ask, steps=1_000), size(ask, steps=1_000)

    assert [(o.goals, o.points, o.plan.assignments) for o in first.options] == [
        (o.goals, o.points, o.plan.assignments) for o in again.options
    ]


def test_stopped_it_answers_what_it_has_found_until_then():
    problem = make_community(6, compounds=2, heads=1_500, candidates=4, days=1)
    told: list[float] = []

    found = size(Ask(problem, rooms_of(problem)), seconds=60, on_progress=told.append, should_stop=lambda: bool(told))

    assert found.is_stopped and found.options and 0 < told[-1] < 1
    assert all(violations(o.problem, o.plan.assignments) == [] and not o.unplaced_heads for o in found.options)


def test_too_few_staff_are_told_with_more_staff_or_a_later_end_instead():
    problem = make_community(4, compounds=2, heads=4_000, candidates=4, days=1)
    ask = Ask(problem, rooms_of(problem), Staffing(at_hand=14), Targets(last_slot=17))

    sizing = size(ask, steps=1_000)

    (lack,) = sizing.lacks
    assert lack.kind is LackKind.TOO_FEW_STAFF
    assert lack.facts == {"staff": 14, "heads": 4_000, "hours": 9.0, "more_hours": 1, "most": 6 * 18 * 34}
    assert {option.misses for option in sizing.options} == {(Target.STAFF,), (Target.END,)}
    assert {way.target: way.facts for way in sizing.ways} == {
        Target.STAFF: {"staff": 16, "more": 2},
        Target.END: {"hours": 1.0, "slot": 19},
    }


def test_a_walk_that_nobody_can_keep_is_told_with_the_nearest_that_can_be_kept():
    points = (make_point("P1", 1), make_point("P2", 1, x=1_000))
    problem = make_problem(points=points, buildings=(make_building("B1", x=60), make_building("B2", x=900)))
    ask = Ask(problem, rooms_of(problem), Staffing(), Targets(walk=50))

    sizing = size(ask, steps=200)

    (lack,) = sizing.lacks
    assert lack.kind is LackKind.TOO_FAR
    assert lack.facts == {"heads": 20, "limit": 50, "building": "B2", "point": "P2", "metres": 100}
    assert [(option.max_walk, option.misses) for option in sizing.options] == [(100, (Target.WALK,))]
    assert [(way.target, way.facts) for way in sizing.ways] == [(Target.WALK, {"metres": 100})]


def test_only_a_share_of_the_heads_has_to_keep_the_walk():
    far = make_building("B2", (5,), x=900)
    problem = make_problem(points=(make_point("P1", 1),), buildings=(make_building("B1", (95,)), far))
    ask = Ask(problem, rooms_of(problem, lane_heads=200), Staffing(), Targets(walk=100, share=0.95))

    assert not size(ask, steps=200).lacks
    assert size(replace(ask, targets=Targets(walk=100, share=0.96)), steps=200).lacks


def test_all_candidates_together_may_be_too_few():
    problem = make_problem(buildings=(make_building("B1", (15,) * 40),))

    sizing = size(Ask(problem, rooms_of(problem, most_lanes=1)), steps=200)

    assert [lack.kind for lack in sizing.lacks] == [LackKind.TOO_FEW_LANES]
    assert not sizing.options


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"points": ()}, LackKind.NO_CANDIDATES),
        ({"buildings": ()}, LackKind.NOBODY),
        ({"points": (make_point("P1", (0, 0, 0, 0)),)}, LackKind.NO_HOURS),
        ({"points": (make_point("P1", serves=("closed",)),)}, LackKind.NOWHERE_TO_GO),
    ],
)
def test_a_hopeless_question_is_answered_at_once(facts, kind):
    problem = make_problem(**facts)

    sizing = size(Ask(problem, rooms_of(problem)), steps=100)

    assert [lack.kind for lack in sizing.lacks] == [kind]
    assert not sizing.options


def test_who_can_go_nowhere_is_told_and_the_others_are_planned():
    closed = make_building("B9", (7,), tier="closed")
    problem = make_problem(buildings=(make_building("B1", (10, 12)), closed))

    sizing = size(Ask(problem, rooms_of(problem)), steps=200)

    assert [(lack.kind, lack.facts) for lack in sizing.lacks] == [(LackKind.NOWHERE_TO_GO, {"heads": 7})]
    assert sizing.options and all(option.unplaced_heads == 7 for option in sizing.options)


def test_cohorts_are_cut_for_the_smallest_slot_of_each_choice():
    asked: list[int] = []

    def cut(room: int) -> tuple[Building, ...]:
        asked.append(room)
        parts, rest = divmod(200, room)
        return (make_building("B1", (room,) * parts + ((rest,) if rest else ())),)

    problem = make_problem(buildings=cut(200), points=(make_point("P1", 1),), slots=8)
    ask = Ask(problem, rooms_of(problem, most_lanes=3), Staffing(), Targets(last_slot=3), cut)

    sizing = size(ask, steps=200)

    assert [option.unplaced_heads for option in sizing.options] == [0]
    assert max(c.heads for b in sizing.options[0].problem.buildings for c in b.cohorts) == 51
    assert 51 in asked


def test_a_lane_samples_whole_heads():
    assert lane_room(1, 30) == 34
    assert lane_room(3, 15, 50, 0.85) == 31
    assert lane_room(1, 60, 80, 0.85) == 68


def test_a_closed_slot_of_a_candidate_stays_closed():
    problem = make_problem(points=(make_point("P1", (5, 0, 5, 5)),), slots=4)

    assert rooms_of(problem, most_lanes=2) == {"P1": ((17, 0, 17, 17), (34, 0, 34, 34))}


def test_weights_that_say_nothing_still_make_short_walks_and_an_end():
    problem = Problem(30, 2, (Point("P1", 1),), (make_building("B1", (10,)),))

    assert weights_of(problem) == Weights(walk=1, finish=10)
    assert weights_of(replace(problem, weights=Weights(walk=2, early=3))) == Weights(walk=2, early=3)
