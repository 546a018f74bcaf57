"""Points of a round on the map: by a click on the drawing, by a table in the buildings' measure."""

import io

import pytest
from PIL import Image
from sqlmodel import select

from accounts.rules import Role
from bulou.database import reading, transaction
from registry.models import Community
from registry.reading.pictures import read_picture
from registry.usecases.drawings import put_drawing, set_scale
from scheduling.models import Plan, Point, Round
from scheduling.rules import RoundState
from tests.accounts.pages import submit
from tests.factories import NOON, make_building, make_campaign, make_community, make_compound, make_point, make_round
from tests.scheduling.factories import make_plan


@pytest.fixture
def house(app):
    with transaction() as session:
        community = make_community(session, origin_latitude=30.5, origin_longitude=114.39)
        compound = make_compound(session, community)
        make_building(session, compound, name="1栋", x=0.0, y=0.0)
        round_ = make_round(session, make_campaign(session, community))
        point = make_point(session, round_, name="北门")
        make_plan(session, round_)
        return community.id, compound.id, round_.id, point.id


@pytest.fixture
def manager(signed_in, house):
    return signed_in(Role.MANAGER, house[0])


def hang_drawing(house, *, has_scale: bool = True) -> None:
    sheet = io.BytesIO()
    Image.new("RGB", (900, 600)).save(sheet, "PNG")
    with transaction() as session:
        put_drawing(session, house[:2], read_picture(sheet.getvalue()), now=NOON)
        if has_scale:
            set_scale(session, house[:2], (0, 0), (900, 0), 450.0, now=NOON)


def position(point_id) -> tuple[float | None, float | None]:
    with reading() as session:
        row = session.exec(select(Point).where(Point.id == point_id)).one()
        return row.x, row.y


def test_a_point_is_placed_by_a_click_and_drafts_are_stale(manager, house):
    page, marked = (
        f"/rounds/{house[2]}/map",
        {"point": str(house[3]), "compound": str(house[1]), "at.x": "100", "at.y": "500"},
    )
    without = submit(manager, "/account", f"{page}/mark", **marked)
    hang_drawing(house, has_scale=False)
    without_scale = submit(manager, "/account", f"{page}/mark", **marked)
    hang_drawing(house)

    done = submit(manager, page, f"{page}/mark", **marked)

    assert (without.status_code, without_scale.status_code, done.status_code) == (404, 409, 302)
    assert position(house[3]) == (50.0, 50.0)
    assert "北门" in manager.get(page).text
    with reading() as session:
        assert session.exec(select(Plan)).one().is_stale


def test_points_come_by_a_table_from_the_same_origin_as_the_buildings(manager, house):
    page = f"/rounds/{house[2]}/map"

    far = submit(manager, page, f"{page}/table", system="wgs84", table="北门\t114.39\t31.5")
    done = submit(manager, page, f"{page}/table", system="wgs84", table="采样点\t经度\t纬度\n北门\t114.391\t30.5")

    assert far.status_code == 422 and "more than 20 km away" in far.text
    assert done.status_code == 302
    assert position(house[3]) == pytest.approx((96.0, 0.0), abs=0.2)


def test_a_round_that_is_over_or_anothers_is_not_changed(app, manager, house, signed_in):
    page, table = f"/rounds/{house[2]}/map", {"system": "metres", "table": "北门\t5\t5"}
    with transaction() as session:
        elsewhere = make_community(session).id
        round_ = session.get_one(Round, (house[0], house[2]))
        round_.state = RoundState.CLOSED
        session.add(round_)
    stranger = signed_in(Role.MANAGER, elsewhere)

    assert submit(manager, "/account", f"{page}/table", **table).status_code == 409
    assert submit(stranger, "/account", f"{page}/table", **table).status_code == 404
    assert stranger.get(page).status_code == 404
    assert position(house[3]) == (None, None)
    with reading() as session:
        assert session.get_one(Community, elsewhere).origin_latitude is None
