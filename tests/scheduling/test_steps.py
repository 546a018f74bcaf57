"""What the first page tells a manager to do next."""

from datetime import date

from accounts.rules import Role
from bulou.database import transaction
from scheduling.models import Round
from scheduling.rules import RoundState
from scheduling.usecases import start_round
from tests.factories import (
    NOON,
    make_building,
    make_community,
    make_compound,
    make_household,
    make_resident,
    make_unit,
)


def test_from_the_roster_to_the_next_round(app, signed_in):
    with transaction() as session:
        community = make_community(session)
    manager = signed_in(Role.MANAGER, community.id)

    assert "Read a roster in" in manager.get("/").text

    with transaction() as session:
        building = make_building(session, make_compound(session, community))
        make_resident(session, make_household(session, make_unit(session, building)))
    assert "A round needs a name and a day" in manager.get("/").text

    with transaction() as session:
        made = start_round(session, community.id, "演练", 30, date(2030, 1, 5), by=None, now=NOON)
    assert f"/rounds/{made.id}/plan" in manager.get("/").text

    with transaction() as session:
        round_ = session.get_one(Round, (community.id, made.id))
        round_.state = RoundState.CLOSED
        session.add(round_)
    home = manager.get("/").text
    assert f"/rounds/{made.id}/missing" in home and f"/rounds/{made.id}/copy" in home


def test_whoever_prepares_no_round_is_told_no_steps(app, signed_in):
    with transaction() as session:
        community = make_community(session).id

    for role in set(Role) - {Role.MANAGER}:
        assert "What comes next" not in signed_in(role, community).get("/").text
