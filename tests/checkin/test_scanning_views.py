"""Who may open the scanning page, and where."""

import json
import re
from uuid import UUID

from flask.testing import FlaskClient

from accounts.rules import Role
from bulou.database import transaction
from scheduling.rules import RoundState
from tests.checkin.factories import Place, make_open_round


def make_place(**facts: object) -> Place:
    with transaction() as session:
        return make_open_round(session, **facts)


def test_staff_of_one_point_choose_among_their_points_only(signed_in) -> None:
    place = make_place()
    client: FlaskClient = signed_in(
        Role.REGISTRAR, place.community_id, round_id=place.round.id, point_id=place.point.id
    )

    page = client.get("/scan").text

    assert f"/points/{place.point.id}/scan" in page
    assert str(place.other_point.id) not in page
    assert client.get(f"/points/{place.point.id}/scan").status_code == 200
    assert client.get(f"/points/{place.other_point.id}/scan").status_code == 403


def test_a_round_that_is_not_open_is_not_offered(signed_in) -> None:
    place = make_place(state=RoundState.PUBLISHED, opened_at=None)

    page = signed_in(Role.REGISTRAR, place.community_id).get("/scan").text

    assert str(place.point.id) not in page
    assert "No round is open now" in page


def test_another_communitys_point_is_not_there(signed_in) -> None:
    place, other = make_place(), make_place()

    answer = signed_in(Role.MANAGER, other.community_id).get(f"/points/{place.point.id}/scan")

    assert answer.status_code == 404


def test_who_only_reads_may_not_scan(signed_in) -> None:
    place = make_place()

    assert signed_in(Role.VIEWER, place.community_id).get("/scan").status_code == 403


def test_the_page_is_the_same_for_everybody_and_holds_neither_name_nor_token(app, signed_in) -> None:
    place = make_place()
    address = f"/points/{place.point.id}/scan"

    readers = (app.test_client(), signed_in(Role.REGISTRAR, place.community_id))
    pages = [client.get(address, headers={"Accept-Language": "en"}).text for client in readers]

    assert pages[0] == pages[1]
    for secret in ("李样例", "13800000000", "csrf_token", "<script>", "style="):
        assert secret not in pages[0], secret


def test_a_point_that_is_none_has_no_page(app) -> None:
    assert app.test_client().get(f"/points/{UUID(int=1)}/scan").status_code == 404


def test_a_phone_keeps_the_page_with_everything_that_it_loads(app) -> None:
    client = app.test_client()

    script = client.get("/points/service-worker.js")

    shell = json.loads(script.text.split(";\n", 1)[0].removeprefix("self.SHELL="))
    assert script.mimetype == "text/javascript"
    assert script.cache_control.no_store
    page = client.get(f"/points/{make_place().point.id}/scan").text
    assert set(re.findall(r"/static/dist/[^\"'& ]+", page)) <= set(shell["assets"])
    assert [client.get(asset).status_code for asset in shell["assets"]] == [200] * len(shell["assets"])
