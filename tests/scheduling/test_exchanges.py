"""What the page "Why?" says of full points: that nobody can make room only where that is proved."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from scheduling import planner
from scheduling.planner.explain import Obstacle
from scheduling.rules import RoundState
from scheduling.rules.plan_words import Names, say_exchange
from scheduling.views.plan_hand import exchanges_of
from scheduling.views.tried_out import Patience
from tests.scheduling.planner.making import make_building, make_point, make_problem

HERE = UUID(int=1)


def page_of(problem, places):
    found = planner.Plan(planner.Status.FEASIBLE, 0, None, tuple(planner.Assignment(c, *at) for c, at in places), (), 0)
    return SimpleNamespace(
        plan=SimpleNamespace(community_id="TEST", id=HERE),
        round=SimpleNamespace(state=RoundState.DRAFT),
        problem=problem,
        found=found,
        names={},
        starts=(),
    )


@pytest.mark.parametrize(
    ("second", "said"),
    [
        pytest.param((20,), "Nobody can make room there", id="the room of all is too small"),
        pytest.param((10,), "It would push out ", id="another building makes room"),
    ],
)
def test_nobody_can_make_room_is_said_only_where_it_is_proved(app, second, said):
    points = (make_point("P1", 10), make_point("P2", 20, x=100))
    buildings = (make_building(str(HERE), (10,)), make_building("B2", second, x=100), make_building("B3", (10,), x=100))
    problem = make_problem(slots=1, points=points, buildings=buildings[: 2 if second == (20,) else 3])
    places = [(f"{HERE}-1", ("P1", 0)), ("B2-1", ("P2", 0)), ("B3-1", ("P2", 0))][: len(problem.buildings)]
    full = planner.Alternative("P2", 100, 100, Obstacle.NO_ROOM)
    block = SimpleNamespace(id=HERE, groups=())

    with app.test_request_context(headers={"Accept-Language": "en"}):
        told = exchanges_of(page_of(problem, places), block, [full], Patience(60))

    assert told["P2"].startswith(said)


def test_what_was_not_found_in_a_moment_is_not_called_impossible(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert (
            say_exchange(None, Names({}, str))
            == "No way to make room there was found in a short try; there may be one."
        )
