"""What residents open without signing in."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bulou.database import transaction
from registry.models import Building
from scheduling.models import Round
from scheduling.rules.sketch import SIDE, draw_sketch
from scheduling.usecases import cancel_round, close_round, open_round
from tests.factories import NOON, make_building, make_compound, make_point, make_unit
from tests.scheduling.factories import (
    community_of,
    make_cohort,
    make_open_hours,
    make_published_round,
    make_version,
)


@pytest.fixture
def published(app, clock):
    """A round with one building, sent to one point in the first half hour: its code and the building's."""
    with transaction() as session:
        round_, *_ = make_published_round(session, bring="身份证")
        building = session.exec(select(Building)).one()
    return round_.code, building.code


def key_of(code, session):
    round_ = session.exec(select(Round).where(Round.code == code)).one()
    return round_.community_id, round_.id


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_the_own_building_is_two_taps_away(client, published):
    code, building = published

    first = client.get(f"/r/{code}")
    link = re.search(rf'href="(/r/{code}/b/{building}[^"]*)"', first.text)
    second = client.get(link[1])

    said = text_of(second)
    for words in ("08:00–08:30", "1单元 floors 1–9", "王样例", "027 0000 0000", "北门", "身份证", "Version 1"):
        assert words in said
    assert f'href="/B/{building}/TICKET' in second.text
    assert "<svg" in second.text


def test_the_rounds_page_shows_hours_points_and_whom_to_call(client, published):
    said = text_of(client.get(f"/r/{published[0]}"))

    for words in ("08:00–12:00", "北门", "王样例", "027 0000 0000", "身份证"):
        assert words in said


def test_a_code_is_read_as_people_type_it(client, published):
    assert client.get(f"/r/{published[0].lower()}/b/{published[1].lower()}").status_code == 200


def test_the_language_is_in_the_link_and_needs_no_cookie(app, published):
    browser = app.test_client(use_cookies=False)

    chinese, english = (browser.get(f"/r/{published[0]}?lang={lang}") for lang in ("zh", "en"))

    assert 'lang="zh-CN"' in chinese.text and "请在家等候" in chinese.text
    assert 'lang="en"' in english.text and "wait at home" in english.text
    assert "Set-Cookie" not in chinese.headers and "Set-Cookie" not in english.headers


def test_a_page_that_the_reader_has_is_not_sent_again(client, published):
    first = client.get(f"/r/{published[0]}")
    again = client.get(f"/r/{published[0]}", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert (again.status_code, again.data) == (304, b"")


def test_packed_or_not_it_is_the_same_page(client, published):
    import gzip

    plain = client.get(f"/r/{published[0]}")
    packed = client.get(f"/r/{published[0]}", headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]


def test_an_old_link_shows_the_version_in_force_and_says_so(client, published):
    code, building = published
    page = f"/r/{code}/b/{building}"
    assert "08:00–08:30" in text_of(client.get(page))
    with transaction() as session:
        round_ = session.exec(select(Round)).one()
        cohort, point = make_cohort_at_noon(session, round_)
        make_version(session, round_, [(cohort, point, NOON + timedelta(hours=1))])

    plain, old = text_of(client.get(page)), text_of(client.get(f"{page}?v=1"))

    assert "09:00–09:30" in plain and "08:00–08:30" not in plain and "replaced" not in plain
    assert "Version 2 replaced version 1" in old and "09:00–09:30" in old
    assert "replaced" not in text_of(client.get(f"{page}?v=2"))


def make_cohort_at_noon(session, round_):
    from scheduling.models import Cohort, Point

    return session.exec(select(Cohort)).one(), session.exec(select(Point)).one()


def test_a_version_that_cannot_be_is_ignored(client, published):
    for version in ("0", "-1", "x", "99999999999999999999", "１", "1.5", "", "9" * 5000):
        answer = client.get(f"/r/{published[0]}?v={version}")

        assert answer.status_code == 200
        assert "replaced" not in answer.text


def test_before_publishing_the_page_is_friendly_and_says_nothing_of_the_plan(client, clock):
    with transaction() as session:
        round_ = make_open_hours(session, name="秘密")
        make_point(session, round_, contact_name="王样例")

    answer = client.get(f"/r/{round_.code}")

    assert answer.status_code == 200
    assert "not been published yet" in text_of(answer)
    assert "秘密" not in answer.text and "王样例" not in answer.text


def test_a_cancelled_round_says_so_and_shows_no_time(client, published, clock):
    code, building = published
    with transaction() as session:
        cancel_round(session, key_of(code, session), now=clock.now())

    said = text_of(client.get(f"/r/{code}/b/{building}"))

    assert "Nobody has to come" in said
    assert "08:00" not in said.split("Version")[0]


def test_a_closed_round_says_so(client, published, clock):
    code, _building = published
    assert "is closed" not in text_of(client.get(f"/r/{code}"))
    with transaction() as session:
        open_round(session, key_of(code, session), now=clock.now())
        close_round(session, key_of(code, session), now=clock.now())

    assert "is closed" in text_of(client.get(f"/r/{code}"))


def test_what_is_not_there_is_a_404_without_a_stack(client, published):
    for address in ("/r/ZZZZZZZZ", f"/r/{published[0]}/b/ZZZZZZZZ", "/r/%00", "/r/" + "A" * 300):
        answer = client.get(address)

        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def test_another_communitys_building_is_not_on_this_rounds_pages(client, published):
    with transaction() as session:
        other = make_building(session, make_compound(session, community_of(session, make_open_hours(session))))

    assert client.get(f"/r/{published[0]}/b/{other.code}").status_code == 404


def test_a_building_whose_part_has_no_place_is_told_to_wait(client, published):
    code, building = published
    with transaction() as session:
        round_ = session.exec(select(Round)).one()
        unit = make_unit(session, session.exec(select(Building)).one(), "2单元")
        cohort = make_cohort(session, round_, unit)
        from scheduling.models import Plan

        plan = session.exec(select(Plan)).one()
        plan.result = {"unplaced": [{"cohort": str(cohort.id), "reason": "x"}]}
        session.add(plan)
        round_.changed_at = NOON
        session.add(round_)
        make_roster_entry(session, round_, unit, cohort)

    said = text_of(client.get(f"/r/{code}/b/{building}"))

    assert "2单元" in said and "you will be told" in said


def make_roster_entry(session, round_, unit, cohort):
    from scheduling.models import RosterEntry
    from scheduling.rules import EntryCause
    from tests.factories import add, make_household, make_resident

    household = make_household(session, unit)
    resident = make_resident(session, household)
    key = {"community_id": round_.community_id, "round_id": round_.id, "resident_id": resident.id}
    facts = {"household_id": household.id, "building_id": unit.building_id, "cohort_id": cohort.id}
    add(session, RosterEntry(**key, **facts, cause=EntryCause.TAKEN, changed_at=NOON))


def test_names_with_markup_stay_text(client, clock):
    with transaction() as session:
        round_, point, *_ = make_published_round(session)
        point.name = point.address = "<script>alert(1)</script>"
        session.add(point)
        building = session.exec(select(Building)).one()

    answer = client.get(f"/r/{round_.code}/b/{building.code}")

    assert "<script>" not in answer.text and "&lt;script&gt;" in answer.text


def test_two_hundred_buildings_fit_into_15_kilobytes_and_two_requests(client, published):
    from pathlib import Path

    from bulou.assets import asset_path

    with transaction() as session:
        compound = make_compound(session, community_of(session, session.exec(select(Round)).one()))
        for number in range(200):
            make_building(session, compound, x=float(number * 7 % 400), y=float(number * 13 % 400))

    for page in (f"/r/{published[0]}", f"/r/{published[0]}/b/{published[1]}"):
        answer = client.get(page, headers={"Accept-Encoding": "gzip"})
        plain = client.get(page).text
        linked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', plain))

        assert len(linked) == 1 and "<script" not in plain and "style=" not in plain
        assert len(answer.data) + Path(asset_path("css/public.css")).stat().st_size <= 15 * 1024


def test_a_sketch_shows_the_way_with_north_up():
    sketch = draw_sketch((0.0, 0.0), [("北门", (0.0, 100.0))], [(5.0, 50.0), (9999.0, 0.0)])

    assert sketch.points[0].y < sketch.home.y and sketch.points[0].x == sketch.home.x == SIDE / 2
    assert len(sketch.others) == 1
    assert sketch.bar <= SIDE / 3


def test_no_sketch_is_drawn_where_all_is_in_one_place():
    assert draw_sketch((1.0, 1.0), [("北门", (1.0, 1.0))], []) is None
    assert draw_sketch((1.0, 1.0), [], []) is None
