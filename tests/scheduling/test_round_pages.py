"""The managers' pages of rounds, as a browser uses them."""

import io
import re

import openpyxl
import pypdf
import pytest
from sqlmodel import select

from accounts.rules import Role
from bulou.database import reading, transaction
from registry.models import Building
from scheduling.models import BuildingRule, Plan, Point, Round, SamplingSession
from scheduling.rules import RoundState
from tests.accounts.pages import submit
from tests.factories import make_building, make_community, make_compound
from tests.scheduling.factories import community_of, make_open_hours, make_plan, make_published_round

HOURS = {"day": "2022-04-05", "from_time": "08:00", "until_time": "12:00"}
POINT = {
    "name": "南门", "kind": "lanes", "lanes": "2", "heads_per_lane_hour": "80", "utilisation": "0.85", "tiers": "normal"
}  # fmt: skip


def rows(table):
    with reading() as session:
        return session.exec(select(table)).all()


@pytest.fixture
def community_id(app, clock):
    with transaction() as session:
        return make_community(session).id


@pytest.fixture
def draft(app, clock):
    """A round in its first state, with one session of four hours."""
    with transaction() as session:
        return make_open_hours(session)


def manager_of(signed_in, round_):
    return signed_in(Role.MANAGER, round_.community_id)


def test_three_entries_make_a_round(signed_in, community_id):
    manager = signed_in(Role.MANAGER, community_id)

    entries = {"campaign": "春季演练", "slot_minutes": "30", "first_day": "2022-04-05"}
    answer = submit(manager, "/rounds/new", "/rounds", **entries)
    home = manager.get(answer.headers["Location"])

    assert answer.status_code == 302
    assert "春季演练" in home.text and 'aria-current="step"' in home.text
    assert len(rows(Point)) == len(rows(SamplingSession)) == 1


def test_a_new_round_is_named_in_the_language_of_who_makes_it(signed_in, community_id):
    manager = signed_in(Role.MANAGER, community_id)
    entries = {"campaign": "春季演练", "slot_minutes": "30", "first_day": "2022-04-05"}

    for language in ("zh", "en"):
        manager.set_cookie("lang", language)
        submit(manager, "/rounds/new", "/rounds", **entries)

    assert {round_.name for round_ in rows(Round)} == {"第1轮", "Round 2"}


def test_a_wrong_entry_is_told_beside_its_field_and_what_was_typed_stays(signed_in, community_id):
    manager = signed_in(Role.MANAGER, community_id)
    entries = {"campaign": "春季演练", "slot_minutes": "30", "first_day": "2022-04-05"}
    wrong = [
        ("campaign", ""),
        ("campaign", "长" * 81),
        ("slot_minutes", "7"),
        ("first_day", "soon"),
        ("first_day", "0001-01-01"),
    ]

    for field, value in wrong:
        answer = submit(manager, "/rounds/new", "/rounds", **{**entries, field: value})

        assert answer.status_code == 422
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', answer.text), field
        assert "2022-04-05" in answer.text or field == "first_day"
    assert rows(Round) == []


def test_hours_are_added_changed_and_removed(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"

    submit(manager, f"{home}/hours/new", f"{home}/hours", **HOURS, break1_from="10:00", break1_until="10:30")
    added = next(row for row in rows(SamplingSession) if row.breaks)
    page = manager.get(f"{home}/points").text
    assert "10:00–10:30" in page

    changed = {**HOURS, "session_id": str(added.id), "until_time": "02:00", "is_makeup": "1"}
    submit(manager, f"{home}/hours/{added.id}", f"{home}/hours", **changed)
    assert [row.is_makeup for row in rows(SamplingSession) if row.id == added.id] == [True]

    submit(manager, f"{home}/points", f"{home}/hours/{added.id}/remove")
    assert len(rows(SamplingSession)) == 1


def test_hours_that_overlap_are_refused_on_the_form(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"

    entries = {**HOURS, "day": "2022-04-03", "from_time": "11:00", "until_time": "13:00"}
    answer = submit(manager, f"{home}/hours/new", f"{home}/hours", **entries)

    assert answer.status_code == 422
    assert "overlap" in answer.text and 'value="11:00"' in answer.text


def test_half_a_break_is_refused_and_three_breaks_are_kept(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"
    three = {
        f"break{n}_{end}": f"{8 + n}:{'00' if end == 'from' else '15'}".zfill(5)
        for n in (1, 2, 3)
        for end in ("from", "until")
    }

    half = submit(manager, f"{home}/hours/new", f"{home}/hours", **HOURS, break1_from="10:00")
    assert half.status_code == 422 and "needs both times" in half.text
    submit(manager, f"{home}/hours/new", f"{home}/hours", **HOURS, **three)

    (added,) = (row for row in rows(SamplingSession) if row.breaks)
    assert len(added.breaks) == 3
    assert 'name="break4_from"' in manager.get(f"{home}/hours/{added.id}").text


def test_a_point_is_added_changed_copied_and_removed(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"

    submit(manager, f"{home}/points/new", f"{home}/points", **POINT, contact_name="王样例")
    (point,) = rows(Point)
    submit(manager, f"{home}/points/{point.id}", f"{home}/points", **{**POINT, "lanes": "5"}, point_id=str(point.id))
    assert [row.lanes for row in rows(Point)] == [5]

    submit(manager, f"{home}/points", f"{home}/points/{point.id}/copy")
    assert sorted(row.name for row in rows(Point)) == ["南门", "南门 2"]

    submit(manager, f"{home}/points", f"{home}/points/{point.id}/remove")
    assert [row.name for row in rows(Point)] == ["南门 2"]


def test_a_wrong_figure_of_a_point_is_told_beside_its_field(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"
    wrong = {
        "lanes": "-1",
        "utilisation": "1.5",
        "x": "nan",
        "standing_room": "0",
        "name": "",
        "heads_per_lane_hour": "many",
    }

    for field, value in wrong.items():
        answer = submit(manager, f"{home}/points/new", f"{home}/points", **{**POINT, field: value})

        assert answer.status_code == 422
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', answer.text), field
    assert rows(Point) == []


def test_a_form_that_no_page_of_ours_sent_is_refused_in_words(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"

    for wrong in ({"point_id": "x"}, {"lanes-x": "1"}, {"tiers": "golden"}, {"kind": "\x00"}):
        answer = submit(manager, f"{home}/points/new", f"{home}/points", **{**POINT, **wrong})

        assert answer.status_code in (302, 422), wrong
    assert all(point.name.isprintable() for point in rows(Point))


def test_ticked_buildings_get_their_tier_window_and_points(signed_in, draft):
    with transaction() as session:
        compound = make_compound(session, community_of(session, draft))
        building = make_building(session, compound, name="3栋")
        make_building(session, compound, name="4栋")
    manager, page = manager_of(signed_in, draft), f"/rounds/{draft.id}/buildings"

    submit(manager, page, building=str(building.id), tier="strict", first_slot="1", last_slot="3")

    (rule,) = rows(BuildingRule)
    assert (rule.building_id, rule.tier, rule.first_slot, rule.last_slot) == (building.id, "strict", 1, 3)
    assert "08:30" in manager.get(page).text
    assert "tick the buildings" in submit(manager, page, tier="strict").text


def test_wishes_are_kept_as_steps(signed_in, draft):
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"

    submit(manager, home, name="第一轮", slot_minutes="30", walk="2", early="0", bring="身份证")

    (kept,) = rows(Round)
    assert (kept.weights["walk"], kept.weights["early"], kept.weights["finish"]) == (4.0, 0.25, 1.0)
    assert kept.bring == "身份证"


def test_a_draft_made_before_a_change_is_said_to_be_stale(signed_in, draft):
    with transaction() as session:
        make_plan(session, draft)
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"
    assert "before the last change" not in manager.get(home).text

    submit(manager, f"{home}/points/new", f"{home}/points", **POINT)

    assert "before the last change" in manager.get(home).text
    assert rows(Plan)[0].is_stale


def test_a_round_is_opened_and_closed_by_hand(signed_in, clock, app):
    with transaction() as session:
        round_, *_ = make_published_round(session)
    manager, home = manager_of(signed_in, round_), f"/rounds/{round_.id}"

    submit(manager, home, f"{home}/open")
    submit(manager, home, f"{home}/close")

    assert [row.state for row in rows(Round)] == [RoundState.CLOSED]
    assert manager.post(f"{home}/cancel").status_code in (400, 409)


def test_enough_or_not_is_said_in_words(signed_in, draft):
    from tests.factories import make_household, make_point, make_resident, make_unit

    with transaction() as session:
        building = make_building(session, make_compound(session, community_of(session, draft)))
        household = make_household(session, make_unit(session, building))
        make_point(session, draft, name="北门", lanes=1)
        for _n in range(300):
            make_resident(session, household)

    page = manager_of(signed_in, draft).get(f"/rounds/{draft.id}").text

    assert "300" in page and "272" in page and "28" in page
    assert "1 lane more at 北门" in page and "30 minutes longer" in page


def test_who_may_only_look_sees_no_form(signed_in, draft):
    viewer, home = signed_in(Role.VIEWER, draft.community_id), f"/rounds/{draft.id}"

    assert viewer.get(home).status_code == viewer.get(f"{home}/points").status_code == 200
    assert "<form" not in viewer.get(f"{home}/points").text
    assert viewer.get(f"{home}/points/new").status_code == 403


def test_another_communitys_round_is_a_404(signed_in, draft, community_id):
    stranger, home = signed_in(Role.MANAGER, community_id), f"/rounds/{draft.id}"

    pages = [home, f"{home}/points", f"{home}/buildings", f"{home}/sheets/table.xlsx", f"{home}/points/new"]

    assert [stranger.get(page).status_code for page in pages] == [404] * len(pages)


def test_sheets_and_table_are_downloaded(signed_in, clock, app):
    with transaction() as session:
        round_, *_ = make_published_round(session)
    manager, home = manager_of(signed_in, round_), f"/rounds/{round_.id}/sheets"

    pdfs = [manager.get(f"{home}/{name}.pdf") for name in ("buildings", "points")]
    book = openpyxl.load_workbook(io.BytesIO(manager.get(f"{home}/table.xlsx").data))

    texts = ["".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.data)).pages) for pdf in pdfs]
    assert "08:00" in texts[0] and "王样例" in texts[1]
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell]
    assert any("1单元" in cell for cell in cells) and "60" in cells


def test_before_publishing_there_is_nothing_to_hand_out(signed_in, draft):
    answer = manager_of(signed_in, draft).get(f"/rounds/{draft.id}/sheets/buildings.pdf")

    assert answer.status_code == 409
    assert "nothing to hand out" in answer.text


def test_names_with_markup_stay_text_on_every_page(signed_in, draft):
    name = "<img src=x onerror=alert(1)>"
    manager, home = manager_of(signed_in, draft), f"/rounds/{draft.id}"
    with transaction() as session:
        make_building(session, make_compound(session, community_of(session, draft), name), name=name)

    submit(manager, f"{home}/points/new", f"{home}/points", **{**POINT, "name": name, "address": name})
    submit(manager, home, name=name, slot_minutes="30", bring=name)
    (point,), (building,) = rows(Point), rows(Building)

    assert building.name == name
    for page in ("/rounds", home, f"{home}/points", f"{home}/buildings", f"{home}/points/{point.id}"):
        assert "<img src=x" not in manager.get(page).text
