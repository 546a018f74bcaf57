"""Giving out tickets, taking them back, and the list of them."""

import csv
import re

from click.testing import CliRunner
from sqlmodel import Session, col, select

from accounts.models import AuditEntry
from accounts.rules import Role
from app import cli, connect
from bulou.announcements import announce
from bulou.database import database, transaction
from bulou.ids import new_id
from bulou.models import JobRequest
from checkin import jobs
from checkin.models import Ticket
from checkin.rules import Outcome, TicketKind, read_ticket_code
from checkin.usecases import record_scan
from checkin.usecases.tickets import issue_tickets, reissue_ticket
from registry.rules import RosterChanged
from scheduling.rules import PlanPublished
from tests.checkin.factories import make_entry, make_open_round, make_ticket, registrar, scan_of
from tests.factories import NOON, count_rows, make_household, make_resident


def test_publishing_gives_a_ticket_to_each_resident_and_each_household_once(session):
    connect()
    place = make_open_round(session, households=3, members=2)
    make_household(session, place.unit, "999")  # nobody lives there

    for _time in range(2):
        announce(session, PlanPublished(place.community_id, place.round.id, place.plan.id, 1))

    tickets = session.exec(select(Ticket)).all()
    assert sorted(ticket.kind for ticket in tickets) == [TicketKind.HOUSEHOLD] * 3 + [TicketKind.RESIDENT] * 6
    assert all(ticket.code.startswith(place.community_id) for ticket in tickets)
    assert all(read_ticket_code(ticket.code) == ticket.code for ticket in tickets)


def test_who_moves_in_after_publishing_gets_a_ticket_too(session):
    connect()
    place = make_open_round(session)
    newcomer = make_resident(session, place.households[0])

    announce(session, RosterChanged(place.community_id, (place.building.id,)))

    tickets = select(Ticket).where(col(Ticket.resident_id) == newcomer.id)
    assert session.exec(tickets).one().campaign_id == place.campaign.id


def test_many_tickets_are_given_out_by_the_worker(session, monkeypatch, clock):
    monkeypatch.setattr(jobs, "PART", 4)
    place = make_open_round(session, households=3, members=2)

    jobs.issue_on_publishing(session, PlanPublished(place.community_id, place.round.id, place.plan.id, 1))

    assert count_rows(session, Ticket) == 0
    assert session.exec(select(JobRequest)).one().kind == jobs.KIND


def test_nobody_gets_more_than_was_asked_for_at_once(session):
    place = make_open_round(session, households=3, members=2)

    given = [issue_tickets(session, (place.community_id, place.campaign.id), most=4, now=NOON) for _part in range(4)]

    assert given == [4, 4, 1, 0]


def test_a_ticket_in_place_of_another_makes_the_old_one_worthless(session):
    place = make_open_round(session)
    old = make_ticket(session, place, place.residents[0])

    new = reissue_ticket(session, old.code, place.campaign.id, now=NOON)
    again = reissue_ticket(session, old.code, place.campaign.id, now=NOON)
    answers = [record_scan(session, scan_of(place, one), by=registrar(place), now=NOON) for one in (old, new)]

    assert again.id == new.id
    assert [answer.outcome for answer in answers] == [Outcome.REVOKED, Outcome.ACCEPTED]


def test_the_list_says_where_and_when_each_ticket_is_called(app, tmp_path):
    with transaction() as session:
        place = make_open_round(session, households=2, members=2)
        at_the_door = make_resident(session, make_household(session, place.unit, "801"))
        make_entry(session, place, at_the_door, cohort_id=None, is_doorstep=True)
    file = tmp_path / "tickets.csv"

    run = list_tickets(place, file, app)

    assert run.exit_code == 0, run.output
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    called = {"point": str(place.point.id), "cohort": str(place.cohort.id), "slot": "0", "from": NOON.isoformat()}
    assert list(rows[0]) == ["kind", "code", "point", "cohort", "slot", "from", "to"]
    assert sorted(row["kind"] for row in rows) == ["household"] * 3 + ["resident"] * 5
    assert sum(called.items() <= row.items() for row in rows) == 6
    assert sum(row["cohort"] == row["slot"] == row["from"] == "" for row in rows) == 2


def test_an_unknown_round_has_no_list_and_the_sentence_says_so(app, tmp_path):
    run = CliRunner().invoke(cli, ["tickets", str(new_id()), "--out", str(tmp_path / "x.csv")], env=environment(app))

    assert (run.exit_code, run.stderr) == (1, "There is no such round.\n")
    assert not (tmp_path / "x.csv").exists()


def list_tickets(place, file, app):
    return CliRunner().invoke(cli, ["tickets", str(place.round.id), "--out", str(file)], env=environment(app))


def environment(app):
    settings = app.config["SETTINGS"]
    return {
        "BULOU_DATABASE_URL": settings.database_url,
        "BULOU_DATA": str(settings.data),
        "BULOU_SECRET_KEY": settings.secret_key,
        "BULOU_DATA_KEY": settings.data_key,
        "LC_ALL": "C",
    }


# The manager's page.


def test_a_manager_replaces_a_lost_ticket_by_clicks(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session)
        old = make_ticket(session, place, place.residents[0]).code
    browser = signed_in(Role.MANAGER, place.community_id)
    address = f"/rounds/{place.round.id}/tickets"

    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(address).text)[1]
    page = browser.post(address, data={"csrf_token": token, "q": "小样"})
    answer = browser.post(f"{address}/replace", data={"csrf_token": token, "code": old, "q": "张小样"})

    assert f"/Q/{old}" in page.text and "张小样" not in page.text
    assert (answer.status_code, answer.location) == (302, address)
    assert f"/Q/{old}" not in browser.get(answer.location).text
    assert "not valid any more" in browser.get(f"/Q/{old}").text


def test_slips_of_a_building_are_printed_and_it_is_noted(app, signed_in, clock):
    with transaction() as session:
        place = make_open_round(session, households=3)
        issue_tickets(session, (place.community_id, place.campaign.id), now=NOON)
    browser = signed_in(Role.POINT_LEAD, place.community_id)
    address = f"/rounds/{place.round.id}/tickets.pdf?who=all&where=building:{place.building.id}"

    answers = [browser.get(address), browser.get(f"{address}&kind=household&size=small")]

    assert [answer.data[:4] for answer in answers] == [b"%PDF", b"%PDF"]
    with Session(database().engine) as session:
        printed = select(AuditEntry).where(AuditEntry.action == "tickets.printed")
        assert [entry.facts["slips"] for entry in session.exec(printed)] == [6, 3]


def test_slips_are_for_those_who_may_print_and_for_buildings_that_are_there(app, signed_in, clock):
    with transaction() as session:
        place, other = make_open_round(session), make_open_round(session)
    address = f"/rounds/{place.round.id}/tickets.pdf"
    lead = signed_in(Role.POINT_LEAD, place.community_id)

    assert lead.get(f"{address}?where=building:nonsense").status_code == 404
    assert lead.get(f"{address}?who=all&where=building:{other.building.id}").status_code == 409
    assert lead.get(f"/rounds/{other.round.id}/tickets").status_code == 404
    assert signed_in(Role.REGISTRAR, place.community_id).get(f"/rounds/{place.round.id}/tickets").status_code == 403
