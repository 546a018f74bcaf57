"""What residents open from a QR code, without signing in and without JavaScript."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bulou.assets import asset_path
from bulou.crypto import field_keys
from bulou.database import database, transaction
from checkin.models import Scan
from checkin.queries.tickets import find_round
from checkin.rules import ScanKind
from registry.models import Resident
from registry.rules import NeedKind
from scheduling.models import RosterEntry, Round
from scheduling.rules import RoundState
from tests.checkin.factories import make_need, make_open_round, make_ticket
from tests.factories import NOON, make_building, make_community, make_compound

pytestmark = pytest.mark.usefixtures("clock")


class Estate:
    """A building with two households; everybody has a ticket, and the first resident a phone."""

    def __init__(self):
        with transaction() as session:
            self.place = make_open_round(session, households=2)
            self.tickets = [make_ticket(session, self.place, resident) for resident in self.place.residents]
            self.household = make_ticket(session, self.place)
        self.lobby = f"/B/{self.place.building.code}"
        self.poster = f"/P/{self.place.point.code}"
        self.set_phone(0, "13800006789")

    def set_phone(self, number, phone):
        with transaction() as session:
            resident = session.get_one(Resident, (self.place.community_id, self.place.residents[number].id))
            resident.phone = field_keys().encrypt(self.place.community_id, phone)
            session.add(resident)

    def entry(self, number=0):
        with Session(database().engine) as session:
            key = (self.place.community_id, self.place.round.id, self.place.residents[number].id)
            return session.get_one(RosterEntry, key)


@pytest.fixture
def estate(app):
    return Estate()


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def post(client, address, **fields):
    page = client.get(address)
    return client.post(address, data={"csrf_token": token_of(page), **fields})


# The ticket.


def test_a_ticket_says_where_and_when_and_hides_names(client, estate):
    page = client.get(f"/Q/{estate.tickets[0].code}")

    assert page.status_code == 200
    for words in ("张*样", "3栋2单元501", "08:00–08:30", estate.place.point.name, "tel:13800000000", "Not sampled yet"):
        assert words in page.text
    assert "张小样" not in page.text and "6789" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RoundState.CANCELLED, ("This round was cancelled: nobody has to come.", "大雨")),
        (RoundState.CLOSED, ("This round has ended.",)),
    ],
)
def test_a_round_that_is_over_is_said_so_instead_of_place_and_time(client, estate, state, words):
    with transaction() as session:
        round_ = session.get_one(Round, (estate.place.community_id, estate.place.round.id))
        round_.state, round_.cancelled_because = state, "大雨" if state is RoundState.CANCELLED else ""
        session.add(round_)
    code = estate.tickets[0].code

    pages = [client.get(f"/Q/{code}").text, client.get(f"/C/{code}").text]

    for page in pages:
        assert all(word in page for word in words)
        assert "08:00–08:30" not in page and "No time yet" not in page


def test_what_was_cancelled_before_anybody_was_told_is_not_the_round_meant(estate):
    with transaction() as session:
        round_ = session.get_one(Round, (estate.place.community_id, estate.place.round.id))
        round_.state, round_.published_at = RoundState.CANCELLED, None
        session.add(round_)
        session.flush()

        assert find_round(session, round_.community_id) is None


def test_a_ticket_page_is_small_and_asks_for_one_file_more(client, estate):
    page = client.get(f"/Q/{estate.household.code}")

    style = Path(asset_path("css/public.css")).stat().st_size
    assert len(page.data) + style <= 15 * 1024
    assert "<script" not in page.text
    assert len(re.findall(r'(?:src|href)="/static', page.text)) == 1


@pytest.mark.parametrize("spell", [str.lower, str.upper, lambda code: code.replace("0", "O").replace("1", "l")])
def test_a_ticket_opens_however_its_code_was_typed(client, estate, spell):
    assert client.get(f"/q/{spell(estate.tickets[0].code)}").status_code == 200


def test_a_ticket_shows_that_its_owner_was_sampled(client, estate):
    with transaction() as session:
        entry = session.get_one(
            RosterEntry, (estate.place.community_id, estate.place.round.id, estate.place.residents[0].id)
        )
        entry.sampled_at = NOON + timedelta(minutes=10)
        session.add(entry)

    assert "Sampled at 08:10" in client.get(f"/Q/{estate.tickets[0].code}").text


def test_a_households_ticket_names_everybody_behind_the_door(client, estate):
    page = client.get(f"/Q/{estate.household.code}")

    assert page.text.count("张*样") == 2
    assert "Ticket of the whole household" in page.text


def test_who_must_stay_at_home_is_not_told_to_come(client, estate):
    with transaction() as session:
        make_need(session, estate.place.residents[0], NeedKind.HOME_ISOLATION)

    page = client.get(f"/Q/{estate.tickets[0].code}")

    assert "Please stay at home" in page.text
    assert "08:00" not in page.text and "solation" not in page.text


def test_a_revoked_ticket_says_so_and_has_no_code_to_show(client, estate):
    with transaction() as session:
        ticket = make_ticket(session, estate.place, estate.place.residents[0], revoked_at=NOON)

    page = client.get(f"/Q/{ticket.code}")

    assert "not valid any more" in page.text
    assert "<svg" not in page.text


def test_an_unknown_ticket_is_not_there(client, estate):
    for code in ("nonsense", "0" * 16, "%00", "'--", "ud83d", "A" * 500):
        assert client.get(f"/Q/{code}").status_code == 404


# The lobby.


def test_the_lobbys_poster_leads_to_the_buildings_page_of_the_round_that_is_on(client, estate):
    answer = client.get(estate.lobby)

    assert answer.status_code == 302
    assert answer.location == f"/r/{estate.place.round.code}/b/{estate.place.building.code}"


def test_without_a_round_the_poster_says_that_nothing_is_planned(client, estate):
    with transaction() as session:
        code = make_building(session, make_compound(session, make_community(session))).code

    assert "No sampling planned" in client.get(f"/B/{code}").text


def test_a_poster_that_was_never_printed_leads_nowhere(client, estate):
    for path in ("/B/NONSENSE", "/B/%00", "/B/NONSENSE/TICKET", "/P/NONSENSE", "/P/%F0%9F%98%80"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("door", ["501", "2-501", "3-2-501", "3栋2单元501", " 501 "])
def test_a_ticket_is_found_by_door_and_last_digits_and_stays_on_the_phone(client, estate, door):
    answer = post(client, f"{estate.lobby}/TICKET", door=door, digits="6789")

    assert (answer.status_code, answer.location) == (303, f"/Q/{estate.tickets[0].code}")
    assert client.get(f"{estate.lobby}/TICKET").location == f"/Q/{estate.tickets[0].code}"


def test_where_two_share_a_phone_the_households_ticket_is_found(client, estate):
    estate.set_phone(1, "13900006789")

    assert post(client, f"{estate.lobby}/TICKET", door="501", digits="6789").location == f"/Q/{estate.household.code}"


def test_a_wrong_door_and_wrong_digits_get_the_same_answer(client, estate):
    wrong = [
        post(client, f"{estate.lobby}/TICKET", door=door, digits=digits)
        for door, digits in (("501", "0000"), ("999", "6789"), ("501", "67891"), ("", ""), ("4-2-501", "6789"))
    ]

    assert {answer.status_code for answer in wrong} == {404}
    sentences = {re.search(r'role="alert">([^<]+)<', answer.text)[1] for answer in wrong}
    assert sentences == {
        "No ticket was found for this door and these digits. Please try again, or ask the person in charge."
    }


def test_a_door_can_be_guessed_at_a_few_times_only(client, estate):
    client.application.config["RATELIMIT_ENABLED"] = True

    answers = [post(client, f"{estate.lobby}/TICKET", door="501", digits=f"{guess:04}") for guess in range(10)]
    right = post(client, f"{estate.lobby}/TICKET", door="501", digits="6789")

    assert [answer.status_code for answer in answers] == [404] * 8 + [429] * 2
    assert right.status_code == 429


def test_another_spelling_of_the_door_gives_no_further_guesses(client, estate):
    client.application.config["RATELIMIT_ENABLED"] = True
    spellings = [
        "2-501",
        "3-2-501",
        "3栋2单元501",
        "２－５０１",
        "3#2-501",
        "02-0501",
        "2单元501室",
        "3-2-501室",
        "二单元501",
    ]

    answers = [
        post(client, f"{estate.lobby}/TICKET", door=door, digits=f"{guess:04}") for guess, door in enumerate(spellings)
    ]

    assert [answer.status_code for answer in answers] == [404] * 8 + [429]


def test_a_building_without_numbers_sends_people_to_the_person_in_charge(client, estate):
    with transaction() as session:
        for resident in session.exec(select(Resident)):
            resident.phone = None
            session.add(resident)

    page = client.get(f"{estate.lobby}/TICKET")

    assert "ask the person in charge for your ticket" in page.text
    assert "<form" not in page.text


# The point.


def test_who_says_i_am_here_gets_a_number_and_is_not_sampled(client, estate):
    first = post(client, estate.poster, code=estate.tickets[1].code)
    client.delete_cookie("bulou_ticket")
    second = post(client, estate.poster, code=estate.tickets[0].code)

    page = client.get(estate.poster)
    assert (first.status_code, second.status_code) == (303, 303)
    assert "<strong>2</strong>" in page.text and "1 person is before you." in page.text
    assert (estate.entry().arrived_number, estate.entry().sampled_at) == (2, None)


def test_a_household_ticks_who_is_here(client, estate):
    members = [str(resident.id) for resident in estate.place.residents[:2]]

    nobody = post(client, estate.poster, code=estate.household.code)
    both = post(client, estate.poster, code=estate.household.code, member=members)

    assert (nobody.status_code, both.status_code) == (422, 303)
    with Session(database().engine) as session:
        scans = session.exec(select(Scan)).all()
    assert [scan.kind for scan in scans] == [ScanKind.ARRIVED] * 2
    assert len({scan.group_id for scan in scans}) == 1


def test_at_the_wrong_point_it_says_where_to_go(client, estate):
    answer = post(client, f"/P/{estate.place.other_point.code}", code=estate.tickets[0].code)

    assert answer.status_code == 200
    assert f"Their point is {estate.place.point.name}" in answer.text
    assert estate.entry().arrived_number is None


def test_at_the_point_a_ticket_is_found_by_its_whole_door(client, estate):
    answer = post(client, estate.poster, door="3-2-501", digits="6789")
    wrong = post(client.application.test_client(), estate.poster, door="501", digits="6789")

    assert (answer.status_code, answer.location) == (303, estate.poster)
    assert "I am here" in client.get(estate.poster).text or "我到了" in client.get(estate.poster).text
    assert wrong.status_code == 404


def test_an_unknown_ticket_does_not_arrive(client, estate):
    for code in ("nonsense", "", "\x00", "0" * 16):
        assert post(client, estate.poster, code=code).status_code == 404


def test_another_communitys_ticket_does_not_arrive(client, estate):
    other = Estate()

    assert post(client, estate.poster, code=other.tickets[0].code).status_code == 404
