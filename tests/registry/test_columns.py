"""What the columns of a list mean, said once on a page and remembered."""

import io
import re

import pytest
from sqlmodel import col, select

from accounts.rules import Role
from bulou.database import reading, transaction
from bulou.jobs import do_request, take_request
from registry import jobs
from registry.models import ColumnWord, Resident
from registry.reading import files
from registry.usecases.columns import masked_sample
from tests.factories import make_community
from tests.registry.workbooks import make_xlsx

ROWS = [
    ["栋数", "门洞", "家庭门牌标识", "住的人", "打给", "口味"],
    ["3", "2", "501", "赵样例", "10000000001", "甜"],
]
MEANINGS = ["building", "unit", "room", "name", "phone", "ignored"]


@pytest.fixture
def community_id(app):
    with transaction() as session:
        return make_community(session).id


@pytest.fixture
def manager(signed_in, community_id):
    return signed_in(Role.MANAGER, community_id)


def send(browser, path, fields):
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/roster/import").text)[1]
    return browser.post(path, data={**fields, "csrf_token": token})


def upload(browser, rows=ROWS, **fields):
    return send(browser, "/roster/import", {"file": (io.BytesIO(make_xlsx(rows)), "roster.xlsx"), **fields})


def answers(meanings):
    headers = {f"header-{at}": header for at, header in enumerate(ROWS[0])}
    return headers | {f"meaning-{at}": meaning for at, meaning in enumerate(meanings)}


def imported(browser, preview):
    send(browser, preview, {})
    with reading() as session:
        return [person.name for person in session.exec(select(Resident).order_by(col(Resident.name)))]


def test_a_file_of_unknown_columns_is_asked_about_and_read_by_the_answer(manager):
    asked = upload(manager).location
    page = manager.get(asked).text

    assert asked.endswith("/columns")
    assert "No column says at which door people live" in page
    assert all(header in page for header in ROWS[0])
    assert "100****0001" in page and "赵*例" in page and "赵样例" not in page and "10000000001" not in page

    preview = send(manager, asked, answers(MEANINGS)).location

    assert "1 row was read" in manager.get(preview).text
    assert imported(manager, preview) == ["赵样例"]


def test_the_answer_is_remembered_for_the_next_list_of_the_same_compound_and_no_other(manager):
    asked = upload(manager, compound="样例东区").location
    send(manager, asked, answers(MEANINGS))

    assert not upload(manager, compound="样例东区").location.endswith("/columns")
    assert upload(manager, compound="样例西区").location.endswith("/columns")
    with reading() as session:
        words = {word.header: word.meaning for word in session.exec(select(ColumnWord))}
    assert words == dict(zip(ROWS[0], MEANINGS, strict=True))


@pytest.mark.parametrize(
    ("meanings", "sentence"),
    [
        (["ignored"] * 6, "Say which column holds the room number"),
        (["building", "building", "room", "name", "phone", "ignored"], "Two columns have the same meaning"),
    ],
)
def test_an_answer_that_leaves_no_door_or_two_is_refused_and_keeps_what_was_said(manager, meanings, sentence):
    asked = upload(manager).location

    answer = send(manager, asked, answers(meanings))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert answer.text.count("selected") >= 6
    with reading() as session:
        assert session.exec(select(ColumnWord)).all() == []


def test_a_meaning_that_there_is_not_is_refused(manager):
    asked = upload(manager).location

    assert send(manager, asked, answers(["owner"] * 6)).status_code == 422


def test_another_communitys_file_is_not_found(manager, signed_in):
    asked = upload(manager).location
    with transaction() as session:
        other_id = make_community(session).id
    other = signed_in(Role.MANAGER, other_id)

    assert other.get(asked).status_code == 404
    assert send(other, asked, answers(MEANINGS)).status_code == 404


def test_a_long_file_is_looked_through_by_a_worker_which_leaves_the_questions(manager, monkeypatch, clock):
    monkeypatch.setattr(files, "LONG", 10)
    works = {work.kind: work for work in jobs.WORKS}

    def done(waiting):
        request = take_request(works, now=clock.now())
        do_request(works[request.kind], request)
        return manager.get(waiting).location

    asked = done(upload(manager).location)
    assert "/columns?request=" in asked
    assert "家庭门牌标识" in manager.get(asked).text
    preview = send(manager, asked, answers(MEANINGS)).location
    compared = done(manager.get(preview).location)

    assert "1 row was read" in manager.get(compared).text


def test_columns_that_no_roster_needs_are_not_asked_about(manager):
    rows = [["房号", "姓名", "性别", "年龄", "建筑面积", "备注"], ["3-2-501", "赵样例", "男", "30", "90", "好"]]

    assert not upload(manager, rows).location.endswith("/columns")


def test_a_preview_names_the_columns_that_are_not_read_and_lets_somebody_say_what_they_mean(manager):
    rows = [
        ["房号", "姓名", "手机号", "备注"],
        ["3-2-501", "赵样例", "10000000001", "孕妇"],
        ["3-2-502", "钱样例", "", ""],
    ]
    preview = upload(manager, rows).location
    page = text_of(manager.get(preview))

    assert "read: 房号, 姓名, 手机号" in page and "not read: 备注 (1 cell filled)" in page
    assert "phone: 100****0001" in page and "pregnant" not in page
    assert f"{preview}/columns" in manager.get(preview).text

    said = dict(zip(rows[0], ["room", "name", "phone", "needs"], strict=True))
    fields = {f"header-{at}": header for at, header in enumerate(said)}
    send(manager, f"{preview}/columns", fields | {f"meaning-{at}": word for at, word in enumerate(said.values())})
    page = text_of(manager.get(preview))

    assert "needs: pregnant" in page and "not read" not in page


def test_the_columns_of_a_long_file_that_is_understood_can_be_said_too(manager, monkeypatch, clock):
    monkeypatch.setattr(files, "LONG", 10)
    rows = [["房号", "姓名", "备注"], ["3-2-501", "赵样例", "孕妇"]]
    compared = work_off(manager, upload(manager, rows).location, clock)
    assert "/columns" not in compared

    asked = work_off(manager, manager.get(f"{compared.split('?')[0]}/columns").location, clock)

    assert "/columns?request=" in asked and "备注" in manager.get(asked).text


def work_off(browser, waiting, clock):
    works = {work.kind: work for work in jobs.WORKS}
    request = take_request(works, now=clock.now())
    do_request(works[request.kind], request)
    return browser.get(waiting).location


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


def test_a_form_without_doors_is_told_where_a_list_of_those_sampled_goes(manager):
    asked = upload(manager, [["姓名", "手机号", "采样管"], ["赵样例", "10000000001", "A1"]]).location

    told = manager.get(asked).text.split("A list of those sampled is read in")[1].split("</p>")[0]
    assert 'href="/rounds"' in told  # where there is a round, its official list


def test_where_nothing_can_be_imported_there_is_no_button_and_the_reason_stands_on_top(manager):
    asked = upload(manager, [["没有表格"], ["只有文字"]]).location
    page = manager.get(asked.removesuffix("/columns")).text

    assert "Nothing of this file can be imported." in page and "No line with known column headers" in page
    assert "<button>Import</button>" not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("501", "501"),
        ("3-2-501", "3-2-501"),
        ("赵样例", "赵*例"),
        ("10000000001", "100****0001"),
        ("00000019000101001X", "000****001X"),
        ("赵样例10000000001", "赵*例100****0001"),
        ("赵样例1", "赵*例1"),
        ("139-0000-0004", "139****0004"),
        ("１３９ ００００ ０００４", "139****0004"),
        ("(010) 5555-1234", "(010****1234"),
        ("12-3-1502", "12-3-1502"),
        ("样例小区3号楼2单元501室", "样例小区3号楼2单元501室"),
        ("住在样例小区三号楼二单元五楼左手边的那一家人家", "住" + "*" * 19 + "…"),
    ],
)
def test_a_sample_shows_what_a_column_holds_and_not_whom(text, shown):
    assert masked_sample(text) == shown
