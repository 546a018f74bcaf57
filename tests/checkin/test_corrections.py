"""What a resident says is wrong, from the ticket page to the manager's answer and back."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from accounts.models import AuditEntry
from accounts.rules import Role
from bulou.database import reading, transaction
from checkin.usecases.tickets import reissue_ticket
from registry.errors import CorrectionAnswered, CorrectionIdReused, DeclinedWithoutReason, TooManyCorrections
from registry.models import Correction, RegistryChange
from registry.queries.corrections import PAGE, Waiting, count_waiting, list_open
from registry.rules import ChangeKind, CorrectionKind, CorrectionState
from registry.usecases import answer_correction, remind_of_corrections, send_correction
from registry.usecases.corrections import MOST_OPEN
from tests.checkin.factories import make_open_round, make_ticket
from tests.factories import NOON, make_community

SAID = "我叫张小样，不是张小洋"
WORDS = {"kind": CorrectionKind.NAME, "said": SAID}


def send(session, place, correction_id=None, home=0, now=NOON, **facts):
    given = {"resident_id": place.residents[home * 2].id, **WORDS, **facts}
    household = (place.community_id, place.households[home].id)
    send_correction(session, household, correction_id or uuid4(), now=now, **given)


def test_sent_twice_it_is_one_and_another_doors_id_is_refused(session):
    place, correction_id = make_open_round(session, households=2), uuid4()

    send(session, place, correction_id)
    send(session, place, correction_id)

    with pytest.raises(CorrectionIdReused):
        send(session, place, correction_id, home=1)
    [line] = list_open(session, place.community_id, now=NOON).lines
    assert (line.said, line.person.id, line.person.name) == (SAID, place.residents[0].id, "张*样")
    row = session.get_one(Correction, (place.community_id, correction_id))
    assert SAID.encode() not in row.said


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_one_door_cannot_fill_the_managers_page(session):
    place = make_open_round(session, households=2)
    for _each in range(MOST_OPEN):
        send(session, place)

    with pytest.raises(TooManyCorrections):
        send(session, place)
    send(session, place, home=1)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_answer_is_given_once_and_a_refusal_says_why(session):
    place, correction_id = make_open_round(session), uuid4()
    send(session, place, correction_id)
    key, here = (place.community_id, correction_id), {"by": None, "now": NOON}

    with pytest.raises(DeclinedWithoutReason):
        answer_correction(session, key, is_done=False, **here)
    answer_correction(session, key, is_done=True, answer="已改", **here)
    answer_correction(session, key, is_done=True, **here)
    with pytest.raises(CorrectionAnswered):
        answer_correction(session, key, is_done=False, answer="不改", **here)

    row = session.get_one(Correction, key)
    assert (row.state, row.answer) == (CorrectionState.DONE, "已改")
    [entry] = session.exec(select(AuditEntry).where(AuditEntry.action == "registry.correction_answered"))
    assert SAID not in str(entry.facts) and "已改" not in str(entry.facts)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_many_corrections_stand_on_pages_and_the_last_stays_when_one_of_it_is_answered(session):
    place = make_open_round(session, households=3)
    for number in range(PAGE + 1):
        send(session, place, home=number % 3, now=NOON + timedelta(minutes=number))

    first, last = (list_open(session, place.community_id, start=start, now=NOON) for start in (0, PAGE))
    answer_correction(session, (place.community_id, last.lines[0].id), is_done=True, by=None, now=NOON)
    after = list_open(session, place.community_id, start=PAGE, now=NOON)

    assert (len(first.lines), first.earlier, first.later) == (PAGE, None, PAGE)
    assert (len(last.lines), last.earlier, last.later) == (1, 0, None)
    assert (after.start, len(after.lines), after.total) == (0, PAGE, PAGE)


def test_the_manager_is_reminded_after_three_days_and_again(session):
    place = make_open_round(session)
    send(session, place)
    send(session, place, now=NOON + timedelta(days=2))

    counts = []
    for hours in (71, 72, 73):
        remind_of_corrections(session, now=NOON + timedelta(hours=hours))
        counts.append(count_waiting(session, place.community_id))
    first = session.exec(select(Correction.reminded_at).where(Correction.sent_at == NOON)).one()
    remind_of_corrections(session, now=NOON + timedelta(hours=72 * 2))
    session.expire_all()

    assert counts == [Waiting(2, 0), Waiting(2, 1), Waiting(2, 1)]
    assert first == NOON + timedelta(hours=72)
    assert count_waiting(session, place.community_id) == Waiting(2, 2)


# Pages.


@pytest.fixture
def place(app, clock):
    with transaction() as session:
        place = make_open_round(session)
        place.code = make_ticket(session, place, place.residents[0]).code
    return place


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)', page)[1]


def test_from_the_ticket_to_the_manager_and_back(place, client, signed_in, capsys):
    form = client.get(f"/Q/{place.code}/WRONG").text
    facts = {name: hidden(form, name) for name in ("csrf_token", "correction_id")}
    for _twice in range(2):
        sent = client.post(
            f"/Q/{place.code}/WRONG", data={**facts, "kind": "sampled", "said": SAID}, follow_redirects=True
        )
    assert "The manager will look at it" in sent.text and SAID not in sent.text

    manager = signed_in(Role.MANAGER, place.community_id)
    page = manager.get("/corrections").text
    assert page.count(SAID) == 1 and "Corrections (1)" in page
    scans = f"/residents/{place.residents[0].id}/scans"
    assert scans in page and "not sampled yet" in manager.get(scans).text
    assert "1 wait for an answer" in manager.get("/").text
    [correction_id] = re.findall(r'action="/corrections/([^"]+)', page)
    token = hidden(page, "csrf_token")
    declined = manager.post(f"/corrections/{correction_id}", data={"csrf_token": token, "done": "0"})
    assert declined.status_code == 422 and "the resident reads them" in declined.text
    manager.post(f"/corrections/{correction_id}", data={"csrf_token": token, "done": "1", "answer": "已补登记"})

    assert "已补登记" in client.get(f"/Q/{place.code}").text
    assert "Corrections (" not in manager.get("/corrections").text
    assert SAID not in capsys.readouterr().err


def test_the_ticket_says_corrected_only_where_the_entry_changed_since(place, client):
    with transaction() as session:
        correction_id, about = uuid4(), place.residents[0].id
        send(session, place, correction_id)
        answer_correction(session, (place.community_id, correction_id), is_done=True, by=None, now=NOON)
    answered = client.get(f"/Q/{place.code}?lang=en").text
    with transaction() as session:
        key = {"community_id": place.community_id, "id": uuid4(), "about": about, "kind": ChangeKind.CHANGED}
        session.add(RegistryChange(**key, at=NOON + timedelta(minutes=5), said=b""))
    corrected = client.get(f"/Q/{place.code}?lang=en").text

    assert "Answered." in answered and "Corrected." not in answered
    assert "Corrected." in corrected and "Answered." not in corrected


def test_who_finds_a_ticket_that_was_replaced_reads_no_answers_on_it(place, client, clock):
    with transaction() as session:
        correction_id = uuid4()
        send(session, place, correction_id)
        answer_correction(session, (place.community_id, correction_id), is_done=True, answer="已改", by=None, now=NOON)
    before = client.get(f"/Q/{place.code}").text
    with transaction() as session:
        reissue_ticket(session, place.code, place.campaign.id, now=NOON)

    assert "已改" in before
    assert "已改" not in client.get(f"/Q/{place.code}").text


def test_what_is_not_whole_is_refused_with_what_was_typed(place, client):
    form = client.get(f"/Q/{place.code}/WRONG").text
    facts = {name: hidden(form, name) for name in ("csrf_token", "correction_id")}

    long = client.post(f"/Q/{place.code}/WRONG", data={**facts, "kind": "name", "said": "字" * 301})
    odd = client.post(f"/Q/{place.code}/WRONG", data={**facts, "kind": "nothing"})
    none = client.post(f"/Q/{place.code}/WRONG", data={**facts, "kind": "", "said": SAID})
    unnamed = client.post(f"/Q/{place.code}/WRONG", data={**facts, "kind": "missing_person", "said": " "})

    assert {page.status_code for page in (long, odd, none, unnamed)} == {422}
    assert "Please write in a few words who is not listed." in unnamed.text
    assert '<select id="kind" name="kind" required><option value="">Please choose</option>' in form
    assert 'aria-describedby="h-kind"' in none.text and "Please choose what is wrong." in none.text
    assert SAID in none.text
    assert "300" in long.text and "字" * 301 in long.text
    assert hidden(long.text, "correction_id") == facts["correction_id"]
    with reading() as session:
        assert count_waiting(session, place.community_id) == Waiting(0, 0)


def test_one_door_may_not_send_without_end(place, client, app):
    app.config["RATELIMIT_ENABLED"] = True
    form = client.get(f"/Q/{place.code}/WRONG").text
    token = hidden(form, "csrf_token")

    answers = [
        client.post(
            f"/Q/{place.code}/WRONG", data={"csrf_token": token, "correction_id": str(uuid4()), "kind": "name"}
        ).status_code
        for _each in range(7)
    ]

    assert answers == [303] * 6 + [429]


def test_another_communitys_correction_and_person_are_not_found(place, signed_in):
    with transaction() as session:
        stranger, correction_id = make_community(session).id, uuid4()
        send(session, place, correction_id)
    manager = signed_in(Role.MANAGER, stranger)
    token = hidden(manager.get("/account").text, "csrf_token")

    answers = [
        manager.post(f"/corrections/{correction_id}", data={"csrf_token": token, "done": "1"}),
        manager.get(f"/residents/{place.residents[0].id}/scans"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
