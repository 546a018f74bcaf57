"""The pages of the roster through the browser's eyes."""

import io
import re
from uuid import uuid4

import pytest
from sqlmodel import select

from accounts.models import AuditEntry
from accounts.rules import Role
from bulou.database import reading, transaction
from bulou.forms import BadInput
from bulou.jobs import do_request, take_request
from bulou.models import JobRequest
from registry import jobs, usecases
from registry.forms import MOST_NAMED, GroupForm
from registry.models import Building, Compound, Excuse, Household, NeedFlag, Resident, RosterUpload
from registry.reading import files, read_roster
from registry.rules import DoorState
from registry.usecases import import_roster
from registry.usecases.residents import Details, change_resident
from tests.factories import count_rows, make_community
from tests.registry.workbooks import SIMPLE, make_csv, make_xlsx

ROWS = [["赵样例", "3", "2", "501", "10000000001"], ["钱样例", "3", "2", "502", "10000000002"]]


@pytest.fixture
def community_id(app):
    with transaction() as session:
        return make_community(session).id


@pytest.fixture
def manager(signed_in, community_id):
    return signed_in(Role.MANAGER, community_id)


@pytest.fixture
def registered(community_id, clock):
    """Two people behind two doors of one building."""
    with transaction() as session:
        import_roster(session, community_id, read_roster(make_xlsx([SIMPLE, *ROWS]), "a.xlsx"), now=clock.now())
    with reading() as session:
        return {row.name: row for row in session.exec(select(Resident))}


def post(browser, action, fields):
    """Send a form with the hidden field that every page with a form carries."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/roster/import").text)[1]
    return browser.post(action, data={**fields, "csrf_token": token})


def upload(browser, content, name="roster.xlsx", **fields):
    return post(browser, "/roster/import", {"file": (io.BytesIO(content), name), **fields})


def count(table):
    with reading() as session:
        return count_rows(session, table)


def test_a_roster_is_uploaded_looked_at_and_confirmed(manager):
    answer = upload(manager, make_xlsx([SIMPLE, *ROWS]))
    preview = manager.get(answer.location).text

    assert "赵**" in preview or "赵*例" in preview
    assert "赵样例" not in preview
    assert count(Resident) == 0

    done = post(manager, answer.location, {})

    assert done.location.endswith("/roster")
    assert "2 added" in manager.get("/roster").text
    assert count(Resident) == 2
    assert count(RosterUpload) == 0


def test_a_refused_row_is_named_by_sheet_row_and_column_and_stops_the_import(manager):
    rows = [SIMPLE, *ROWS, ["孙样例", "3", "2", "503", "1.38E+10"]]
    answer = upload(manager, make_xlsx(rows))
    page = re.sub(r"\s+", " ", manager.get(answer.location).text)
    page = re.sub(r' data-label="[^"]*"', "", page)  # the headings, said again on a phone

    assert '<td>Sheet</td><td class="number">4</td><td>手机号</td>' in page
    assert "its last digits are lost" in page

    refused = post(manager, answer.location, {})
    assert refused.status_code == 422
    assert count(Resident) == 0

    post(manager, answer.location, {"skip_refused": "1"})
    assert count(Resident) == 2


def test_a_new_value_that_replaces_a_correction_by_hand_says_so(manager, registered, community_id, clock):
    resident = registered["赵样例"]
    with transaction() as session:
        change_resident(session, (community_id, resident.id), Details(phone="10000000009"), now=clock.now())
    rows = [SIMPLE, [*ROWS[0][:4], "10000000003"], [*ROWS[1][:4], "10000000004"]]

    page = manager.get(upload(manager, make_xlsx(rows)).location).text

    assert "100****0009 → 100****0003" in page and "100****0002 → 100****0004" in page
    assert page.count("replaces a correction by hand of ") == 1


def test_many_leaving_is_asked_for_again(manager, registered):
    answer = upload(manager, make_xlsx([SIMPLE, ROWS[0]]))

    refused = post(manager, answer.location, {})

    assert refused.status_code == 409
    assert "1 of 2 people would leave" in refused.text
    assert post(manager, answer.location, {"may_leave": "1"}).status_code == 302


@pytest.mark.parametrize("is_long", [False, True])
def test_a_preview_that_is_not_true_any_more_is_made_again_before_anything_is_imported(
    manager, registered, monkeypatch, clock, is_long
):
    if is_long:
        monkeypatch.setattr(files, "LONG", 10)
    one, two = (
        open_preview(manager, clock, [SIMPLE, *ROWS, ["孙样例", "3", "2", room, "10000000003"]])
        for room in ("503", "504")
    )
    post(manager, one[0], {"seen": one[1]})
    work_off(clock)

    answer = post(manager, two[0], {"seen": two[1]})
    work_off(clock)

    page = manager.get(answer.location, follow_redirects=True).text if is_long else answer.text
    assert "the roster has changed since" in page
    assert rooms_of("孙样例") == ["503"]
    post(manager, two[0], {"seen": seen_in(page)})
    work_off(clock)
    assert rooms_of("孙样例") == ["504"]
    assert post(manager, two[0], {"seen": seen_in(page)}).status_code == 404  # sent twice, it is imported once


def open_preview(browser, clock, rows):
    """Its address, and by what it is known which comparison was seen."""
    at = upload(browser, make_xlsx(rows)).location
    work_off(clock)
    page = browser.get(at, follow_redirects=True)
    return page.request.path, seen_in(page.text)


def seen_in(page):
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def work_off(clock):
    works = {work.kind: work for work in jobs.WORKS}
    while request := take_request(works, now=clock.now()):
        do_request(works[request.kind], request)


def rooms_of(name):
    with reading() as session:
        statement = select(Household.door).join(Resident, Resident.household_id == Household.id)
        return session.exec(statement.where(Resident.name == name)).all()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [(b"", "a.xlsx", "The file is empty"), (b"PK\x03\x04", "a.xlsx", "damaged"), (b"%PDF\0", "a.pdf", "not a table")],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_form(manager, content, name, sentence):
    answer = upload(manager, content, name)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert count(RosterUpload) == 0


def test_a_discarded_file_is_gone(manager):
    answer = upload(manager, make_csv([SIMPLE, *ROWS]), "a.csv")

    post(manager, f"{answer.location}/discard", {})

    assert manager.get(answer.location).status_code == 404
    assert count(Resident) == 0


def test_a_long_file_is_read_by_a_worker_while_the_page_says_how_far_it_is(manager, monkeypatch, clock):
    monkeypatch.setattr(files, "LONG", 10)
    works = {work.kind: work for work in jobs.WORKS}

    def work_once():
        request = take_request(works, now=clock.now())
        do_request(works[request.kind], request)

    waiting = upload(manager, make_xlsx([SIMPLE, *ROWS])).location
    assert "Waiting for its turn" in manager.get(waiting).text
    work_once()
    preview = manager.get(waiting).location
    assert "2 rows were read" in manager.get(preview).text
    writing = post(manager, preview.split("?")[0], {}).location
    work_once()

    assert manager.get(writing).location.endswith("/roster")
    assert count(Resident) == 2
    with reading() as session:
        news = [request.news for request in session.exec(select(JobRequest))]
    assert "*" not in str(news)  # numbers alone: not even a masked name waits in the news of a job


def test_a_door_says_how_it_is_lived_in_and_one_that_was_not_asked_at_is_answered_with_one_tap(manager, registered):
    home = registered["赵样例"]
    building, action = f"/roster/buildings/{building_of(home)}", f"/roster/doors/{home.household_id}/state"
    post(manager, action, {"state": "unverified"})
    page = manager.get(building).text
    assert action in page
    assert re.search(r'class="chip"[^>]*>unverified<', page)

    post(manager, action, {"state": "let", "to": "building"})

    page = manager.get(building).text
    assert action not in page
    assert re.search(r'class="chip"[^>]*>let<', page)
    assert post(manager, f"/roster/doors/{home.household_id}/leave", {}).status_code == 302
    assert re.search(r'class="chip"[^>]*>vacant<', manager.get(building).text)


def building_of(person):
    with reading() as session:
        return session.get_one(Household, (person.community_id, person.household_id)).building_id


def test_a_long_file_with_refused_rows_leads_back_to_its_preview(manager, monkeypatch, clock):
    monkeypatch.setattr(files, "LONG", 10)
    works = {work.kind: work for work in jobs.WORKS}
    upload(manager, make_xlsx([SIMPLE, ["孙样例", "3", "2", "503", "12"]]))
    for_compare = take_request(works, now=clock.now())
    do_request(works[for_compare.kind], for_compare)
    path = f"/roster/import/{for_compare.facts['upload']}"
    writing = post(manager, path, {}).location
    asked = take_request(works, now=clock.now())
    do_request(works[asked.kind], asked)

    answer = manager.get(writing)

    assert answer.location.endswith(path)
    assert count(Resident) == 0


def test_the_roster_shows_buildings_and_finds_a_door_by_any_spelling(manager, registered):
    for typed in ("3-2-501", "3#501", "３栋501", "赵样例"):
        page = post(manager, "/roster", {"q": typed}).text
        assert "2单元501" in page, typed
        assert "2单元502" not in page, typed


def test_names_and_numbers_are_masked_until_somebody_asks_and_the_look_is_noted(manager, registered):
    door = f"/roster/doors/{registered['赵样例'].household_id}"

    masked = manager.get(door).text
    full = post(manager, f"{door}/unmask", {}).text

    assert "赵样例" not in masked
    assert "10000000001" not in masked
    assert "赵样例" in full
    assert "10000000001" in full
    with reading() as session:
        assert [row.action for row in session.exec(select(AuditEntry)) if row.action == "registry.unmasked"]


def test_somebody_is_excused_and_the_excuse_withdrawn(manager, registered, clock):
    page = f"/roster/residents/{registered['赵样例'].id}"
    post(manager, f"{page}/excuses", {"kind": "away", "until_at": "2022-04-05T08:00", "note": "出差"})
    assert "出差" in manager.get(page).text
    with reading() as session:
        excuse = session.exec(select(Excuse)).one()
    assert excuse.until_at.isoformat() == "2022-04-05T00:00:00+00:00"  # eight o'clock in Shanghai

    post(manager, f"{page}/excuses/{excuse.id}/withdraw", {})

    assert "withdrawn" in manager.get(page).text


def test_no_reason_of_an_excuse_is_chosen_beforehand(manager, registered):
    page = f"/roster/residents/{registered['赵样例'].id}"
    form = manager.get(page).text

    answer = post(manager, f"{page}/excuses", {"kind": "", "note": "出差"})

    assert '<option value="">Please choose</option>' in form
    assert "selected" not in re.search(r'<select id="f-kind" name="kind" required.*?</select>', form, re.DOTALL)[0]
    assert answer.status_code == 422
    assert 'aria-describedby="h-kind"' in answer.text
    assert "Please choose one of these." in answer.text
    assert count(Excuse) == 0


def test_an_excuse_that_ends_before_it_begins_is_refused(manager, registered):
    page = f"/roster/residents/{registered['赵样例'].id}/excuses"

    answer = post(manager, page, {"kind": "away", "from_at": "2022-04-05T08:00", "until_at": "2022-04-04T08:00"})

    assert answer.status_code == 422
    assert "ends before it begins" in answer.text


def test_needs_are_ticked_and_unticked(manager, registered):
    page = f"/roster/residents/{registered['赵样例'].id}"
    post(manager, f"{page}/needs", {"needs": ["frail", "no_phone"]})
    assert count(NeedFlag) == 2

    post(manager, f"{page}/needs", {})

    assert count(NeedFlag) == 0


def test_places_are_added_renamed_and_positioned(manager, community_id):
    post(manager, "/roster/compounds", {"name": "样例小区"})
    with reading() as session:
        compound = session.exec(select(Compound)).one()
    post(manager, "/roster/buildings", {"compound": str(compound.id), "name": "3号楼", "grid": "一网格"})
    with reading() as session:
        building = session.exec(select(Building)).one()
    assert building.name == "3栋"

    post(manager, f"/roster/compounds/{compound.id}", {"name": "样例花园"})
    post(manager, f"/roster/buildings/{building.id}", {"name": "5", "grid": "二网格"})
    post(
        manager,
        "/roster/positions",
        {f"x-{building.id}": "12.5", f"y-{building.id}": "-40", f"grid-{building.id}": "三网格"},
    )

    with reading() as session:
        building = session.exec(select(Building)).one()
        assert session.exec(select(Compound.name)).one() == "样例花园"
    assert (building.name, building.x, building.y, building.grid) == ("5栋", 12.5, -40.0, "三网格")


@pytest.mark.parametrize(("x", "y"), [("1", ""), ("left", "2"), ("nan", "2"), ("1e99", "2")])
def test_half_a_position_or_none_at_all_is_refused_by_the_building_it_is_of(manager, registered, x, y):
    with reading() as session:
        building = session.exec(select(Building)).one()

    answer = post(manager, "/roster/positions", {f"x-{building.id}": x, f"y-{building.id}": y})

    assert answer.status_code == 422
    assert "3栋" in answer.text


def test_a_name_that_is_taken_is_refused(manager):
    post(manager, "/roster/compounds", {"name": "样例小区"})

    answer = post(manager, "/roster/compounds", {"name": "样例小区"})

    assert answer.status_code == 409
    assert "already" in answer.text


def test_another_communitys_roster_is_not_found(signed_in, registered, app):
    with transaction() as session:
        other = make_community(session)
    stranger = signed_in(Role.MANAGER, other.id)

    assert stranger.get(f"/roster/doors/{registered['赵样例'].household_id}").status_code == 404
    assert stranger.get(f"/roster/residents/{registered['赵样例'].id}").status_code == 404
    assert "赵" not in stranger.get("/roster", query_string={"q": "赵样例"}).text.replace('value="赵样例"', "")


def test_markup_in_a_name_stays_text(manager):
    answer = upload(manager, make_xlsx([SIMPLE, ["<script>alert(1)</script>", "3", "2", "501", ""]]))
    post(manager, answer.location, {})

    with reading() as session:
        building = session.exec(select(Building)).one()
        household = session.exec(select(Household)).one()
    for page in (f"/roster/buildings/{building.id}", "/roster?q=501"):
        assert "<script>" not in manager.get(page).text.replace("<script src", "")
    assert "&lt;script&gt;" in post(manager, f"/roster/doors/{household.id}/unmask", {}).text


def test_the_export_imports_again_unchanged(manager, registered):
    content = post(manager, "/roster/export.xlsx", {}).data

    page = manager.get(upload(manager, content).location).text

    assert "Nobody would change." in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REGISTRAR, Role.VOLUNTEER])
def test_who_may_not_see_the_roster_is_refused(signed_in, community_id, role):
    assert signed_in(role, community_id).get("/roster").status_code == 403


def test_two_buildings_are_looked_at_before_they_are_one_and_a_group_is_never_offered(manager, registered, clock):
    with transaction() as session:
        home = session.get_one(Household, (registered["赵样例"].community_id, registered["赵样例"].household_id))
        compound = (home.community_id, session.get_one(Building, (home.community_id, home.building_id)).compound_id)
        other = usecases.add_building(session, compound, "13栋", now=clock.now())
        group = usecases.add_group(session, compound, "样例工地", now=clock.now())
        usecases.add_household(session, (other.community_id, other.id), unit="2", room="501", now=clock.now())
    page = manager.get(f"/roster/buildings/{home.building_id}").text
    assert str(other.id) in page and str(group.id) not in page

    action = f"/roster/buildings/{other.id}/merge"
    looked = manager.get(f"{action}?kept={home.building_id}").text
    assert "Doors that exist in both: 1. People who would share such a door: 1." in looked
    assert "Separate again" in looked and "2单元501" in looked
    assert manager.get(f"{action}?kept={group.id}").status_code == 422
    assert post(manager, action, {"kept": home.building_id}).status_code == 422
    assert post(manager, action, {"kept": home.building_id, "is_sure": "1"}).status_code == 302


def test_a_phone_behind_a_name_of_a_group_is_no_part_of_the_name():
    form = GroupForm(compound=uuid4(), name="样例保安", people="王样例 13900000001\n李样例，0571-88880000\n\n赵样例")
    assert form.named() == [("王样例", "13900000001"), ("李样例", "057188880000"), ("赵样例", "")]
    for line in ("王样例 139000000", "13900000001"):
        with pytest.raises(BadInput) as refused:
            GroupForm(compound=uuid4(), name="样例保安", people=f"赵样例\n{line}").named()
        assert "2" in str(refused.value.facts["problem"])


def test_more_names_of_a_group_than_one_types_are_refused_in_a_sentence():
    many = GroupForm(
        compound=uuid4(), name="样例保安", people="\n".join("王李赵"[n % 3] for n in range(MOST_NAMED + 1))
    )
    with pytest.raises(BadInput) as refused:
        many.named()
    assert str(MOST_NAMED) in refused.value.sentence and str(MOST_NAMED + 1) in refused.value.sentence


def test_a_wrong_door_to_move_to_stays_in_the_open_form(manager, registered):
    door = registered["赵样例"].household_id

    answer = post(manager, f"/roster/doors/{door}/move", {"door": "99-9-999"})

    assert 'value="99-9-999"' in answer.text and "<details open>" in answer.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_done_names_doors_and_people_as_they_are_called_today_and_masked(
    manager, registered, community_id, clock, language
):
    person, now = registered["赵样例"], clock.now()
    with transaction() as session:
        change_resident(session, (community_id, person.id), Details(phone="10000000009"), now=now)
        usecases.set_door_state(session, (community_id, person.household_id), DoorState.LET, now=now)
        building = (community_id, session.exec(select(Building.id)).one())
        usecases.change_building(session, building, name="5", grid="", now=now)
        usecases.change_building(session, building, name="5栋", grid="", now=now)

    page = manager.get("/audit", headers={"Accept-Language": language}).text

    assert re.search(rf'href="/roster/residents/{person.id}">[^<]*5栋2单元501 赵\*例</a>', page)
    assert re.search(rf'href="/roster/doors/{person.household_id}">[^<]*5栋2单元501</a>', page)
    assert page.count(">5栋</a>") == 1  # the second change changed nothing
    assert "赵样例" not in page
    assert not re.search(r"registry\.|\b(kind|state|match)\b|self_occupied|%\(", page.split("<table>")[1])


def test_the_history_of_somebody_tells_of_their_excuses(manager, registered):
    page = f"/roster/residents/{registered['赵样例'].id}"

    before = manager.get(page).text
    post(manager, f"{page}/excuses", {"kind": "in_hospital", "until_at": "2099-04-09T08:00"})
    excuse_id = re.search(r"excuses/([0-9a-f-]{36})/withdraw", manager.get(page).text)[1]
    post(manager, f"{page}/excuses/{excuse_id}/withdraw", {})
    after = manager.get(page).text.split("<thead>")[-1]

    assert "excuse entered" not in before
    assert after.index("excuse withdrawn") < after.index("excuse entered")
    assert after.count("in hospital") == 2 and "9 Apr" in after
    assert "the program" not in after.split("</tbody>")[0].split("excuse entered")[1].split("</tr>")[0]
    assert "the program" not in after.split("excuse withdrawn")[1].split("</tr>")[0]


def test_the_history_says_in_a_sentence_who_moved_away_and_where_somebody_lived_who_left(
    manager, community_id, registered, clock
):
    mover, stayer = registered["赵样例"], registered["钱样例"]
    with transaction() as session:
        usecases.move_resident(session, (community_id, mover.id), (community_id, stayer.household_id), now=clock.now())
        only = read_roster(make_xlsx([SIMPLE, ROWS[0]]), "b.xlsx")
        import_roster(session, community_id, only, may_leave=True, now=clock.now())

    door = manager.get(f"/roster/doors/{mover.household_id}").text
    left = manager.get(f"/roster/residents/{stayer.id}").text

    assert "moved away from here." in door and "→ –" not in door
    assert "Lived at" in left and "→ –" not in left
