"""What is handed out on paper: slips for those without a phone, tickets of several people, the mark of the green lane."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from accounts.rules import Role
from bulou.database import transaction
from checkin.queries.slips import SlipsAsked, list_carer_slips, list_slips
from checkin.queries.ticket_pages import get_ticket_page, list_ticket_pages
from checkin.usecases import record_scan
from checkin.usecases.tickets import issue_tickets
from registry.models import Excuse
from registry.rules import ExcuseKind, NeedKind
from registry.usecases import move_resident
from tests.checkin.factories import make_excuse, make_need, make_open_round, make_ticket, registrar, scan_of
from tests.factories import NOON
from tests.paper import codes_on, page_picture, page_texts
from tests.test_routes import csrf_token


@pytest.fixture
def database_kind() -> str:
    """Nothing here differs between the kinds of database."""
    return "sqlite"


def test_slips_are_for_those_without_a_phone_unless_all_are_asked_for(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session, households=3)
        issue_tickets(session, (place.community_id, place.campaign.id), now=NOON)
    address = f"/rounds/{place.round.id}/tickets.pdf"
    manager = signed_in(Role.MANAGER, place.community_id)

    nobody = manager.get(address)
    with transaction() as session:
        make_need(session, place.residents[3], NeedKind.NO_PHONE)
        make_need(session, place.residents[3], NeedKind.FRAIL)
    (page,) = page_texts(manager.get(address).data)
    (of_unit,) = page_texts(manager.get(f"{address}?who=all&where=unit:{place.unit.id}").data)

    assert nobody.status_code == 409 and "no phone" in nobody.text
    assert "1/1" in page and "502" in page and "501" not in page
    assert "Green lane" in page and "frail" not in page
    assert "6/6" in of_unit and of_unit.count("Green lane") == 1


def test_the_mark_of_the_green_lane_is_on_the_ticket_and_in_the_answer_without_its_reason(app, client, clock):
    with transaction() as session:
        place = make_open_round(session)
        ticket, plain = (make_ticket(session, place, resident) for resident in place.residents)
        make_need(session, place.residents[0], NeedKind.PREGNANT)
        answers = [
            record_scan(session, scan_of(place, one), by=registrar(place), now=NOON).resident for one in (ticket, plain)
        ]

    pages = [client.get(f"/Q/{one.code}").text for one in (ticket, plain)]

    assert ["Green lane" in page for page in pages] == [answer.is_green for answer in answers] == [True, False]
    assert "pregnant" not in pages[0]


@pytest.mark.parametrize("kind", [ExcuseKind.IN_ISOLATION, ExcuseKind.IN_HOSPITAL, ExcuseKind.AWAY])
def test_who_is_excused_is_shown_no_time_no_point_and_no_word_to_come(app, client, clock, kind):
    with transaction() as session:
        place = make_open_round(session)
        place.round.bring = "身份证"
        excused, due = place.residents
        tickets = [make_ticket(session, place, one) for one in (excused, due)]
        whole = make_ticket(session, place, household_id=place.households[0].id)
        excuse = make_excuse(session, excused, kind=kind, until_at=NOON + timedelta(days=7))
        point = place.point.name

    alone, carer, other, home = (
        client.get(f"{path}?lang=en").text
        for path in (f"/Q/{tickets[0].code}", f"/C/{tickets[0].code}", f"/Q/{tickets[1].code}", f"/Q/{whole.code}")
    )
    with transaction() as session:
        session.get_one(Excuse, (excuse.community_id, excuse.id)).withdrawn_at = NOON
    withdrawn = client.get(f"/Q/{tickets[0].code}?lang=en").text

    for page in (alone, carer):
        assert not any(word in page for word in (point, "Please bring", 'class="when"', "show this code"))
        assert "This holds until" in page and "call the person in charge" in page
        assert ("do not come to the point" in page) is (kind is not ExcuseKind.AWAY)
        assert "isolation" not in page and "hospital" not in page
    assert all(point in page and "show this code" in page for page in (other, home, withdrawn))


# Several people at once.


def test_a_carer_gets_up_to_ten_tickets_on_one_page_and_one_sheet(app, signed_in, client, clock):
    with transaction() as session:
        place = make_open_round(session, households=4, members=3)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
    address, lead = f"/rounds/{place.round.id}/carer", signed_in(Role.POINT_LEAD, place.community_id)

    def choose(action, chosen):
        return lead.post(address, data={"csrf_token": csrf_token(lead), "action": action, "code": chosen})

    sheet, link = choose("sheet", codes[:10]), choose("page", codes[:9]).location

    printed = [code.text for code in codes_on(page_picture(sheet.data, dots_per_inch=200))]
    assert sorted(text.rsplit("/", 1)[1] for text in printed) == sorted(codes[:10])
    refused = choose("sheet", codes)
    assert refused.status_code == 422 and "12" in refused.text and "10" in refused.text
    assert all(re.search(f'value="{code}" checked', refused.text) for code in codes)
    assert choose("page", []).status_code == 422
    page = client.get(link)
    assert page.text.count("<figure") == 9 and "张*样" in page.text and "张小样" not in page.text
    add = {"csrf_token": re.search(r'csrf_token" value="([^"]+)', page.text)[1], "code": codes[9]}
    whole = client.post(link, data=add).location
    assert client.get(whole).text.count("<figure") == 10
    assert client.post(whole, data={**add, "code": codes[10]}).status_code == 422
    assert client.get("/C/" + codes[0] + codes[0][4:] * 9).text.count("<figure") == 1
    assert client.get(link[:-1]).status_code == client.get("/C/NOTHING").status_code == 404


def test_a_page_of_ten_tickets_asks_the_database_as_often_as_one_of_one(session, clock):
    place = make_open_round(session, households=4, members=3)
    codes = [make_ticket(session, place, resident).code for resident in place.residents[:9]]
    codes.append(make_ticket(session, place, household_id=place.households[3].id).code)
    session.flush()
    asked = []
    sa.event.listen(session.connection(), "before_cursor_execute", lambda *facts: asked.append(facts[2]))

    session.expunge_all()
    (one,) = list_ticket_pages(session, codes[:1], now=NOON)
    of_one, _cleared = len(asked), session.expunge_all()
    pages = list_ticket_pages(session, codes, now=NOON)

    assert len(asked) - of_one <= of_one
    assert [page.code for page in pages] == codes
    assert (pages[0], len(pages[9].persons)) == (one, 3)
    assert [page.persons for page in pages[:9]] == [
        get_ticket_page(session, code, now=NOON).persons for code in codes[:9]
    ]


def test_who_guesses_at_pages_of_several_tickets_is_stopped(app, client, clock):
    app.config["RATELIMIT_ENABLED"] = True

    answers = [client.get(f"/C/AB12{number:012}").status_code for number in range(61)]

    assert answers == [404] * 60 + [429]


def test_whoever_moved_since_the_ticket_was_given_out_is_still_on_the_carers_sheet(session, clock):
    place = make_open_round(session, households=2)
    mover, there = place.residents[0], place.households[1]
    code = make_ticket(session, place, mover).code
    move_resident(session, (place.community_id, mover.id), (place.community_id, there.id), now=NOON)

    (slip,) = list_carer_slips(session, place.round, [code], now=NOON)

    assert (slip.code, slip.door) == (code, "3栋2单元502")


@pytest.mark.parametrize("stays", ["excused", "isolated"])
def test_a_slip_sends_nobody_to_a_point_who_is_to_stay_at_home(session, clock, stays):
    place = make_open_round(session, households=1, members=2)
    at_home, _other = place.residents
    if stays == "excused":
        make_excuse(session, at_home)
    else:
        make_need(session, at_home, NeedKind.HOME_ISOLATION)
    codes = [make_ticket(session, place, resident).code for resident in place.residents]

    slips = {
        slip.code: (slip.point, slip.starts_at)
        for slip in (
            *list_carer_slips(session, place.round, codes, now=NOON),
            *list_slips(session, place.round, SlipsAsked(everybody=True), now=NOON),
        )
    }

    assert slips[codes[0]] == ("", None)
    assert slips[codes[1]] == (place.point.name, NOON)


@pytest.mark.parametrize("app_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_more_codes_than_a_database_takes_in_one_question_are_no_failure(app, app_kind, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
    lead = signed_in(Role.POINT_LEAD, place.community_id)
    codes = [f"{place.community_id}{number:012}" for number in range(70_000)]

    answer = lead.post(f"/rounds/{place.round.id}/carer", data={"csrf_token": csrf_token(lead), "code": codes})

    assert answer.status_code == 200
