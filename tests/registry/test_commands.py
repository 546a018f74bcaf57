import json

import openpyxl
import pytest
from click.testing import CliRunner

from bulou.database import Database, reading, set_database, transaction
from bulou.i18n import speaking
from registry.commands import community, roster
from registry.queries.registered import take_snapshot
from registry.reading import read_roster
from registry.sheets import roster_workbook
from registry.usecases import compare_roster, import_roster
from tests.conftest import KEY
from tests.factories import make_community
from tests.registry.workbooks import SIMPLE, make_csv, make_xlsx

HEAD = ["小区", "楼栋", "单元", "房号", "姓名", "手机号", "身份证号", "人数", "特殊情况", "居住状态"]


@pytest.fixture
def run(app, tmp_path, monkeypatch):
    """Run a command on the test's database; it reads its settings from the environment as ever."""
    database_url = app.config["SETTINGS"].database_url
    given = {"DATABASE_URL": database_url, "DATA": str(tmp_path), "SECRET_KEY": KEY, "DATA_KEY": KEY}
    for name, value in given.items():
        monkeypatch.setenv(f"BULOU_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with transaction() as session:
        make_community(session, "DEM0")

    def run(command, *words):
        answer = CliRunner().invoke(command, [str(word) for word in words])
        set_database(Database(database_url))  # the command had one of its own
        return answer

    return run


def keep(folder, content, name="roster.xlsx"):
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_community_is_added_under_its_code(run):
    answer = run(community, "add", "ab1o", "--name", "样例社区", "--json")

    assert json.loads(answer.stdout) == {"community": "AB10", "name": "样例社区"}
    assert run(community, "add", "AB10", "--name", "样例").exit_code == 1
    assert run(community, "add", "A", "--name", "样例").exit_code == 1


def test_a_roster_is_imported_and_told_in_json(run, tmp_path):
    file = keep(tmp_path, make_csv([SIMPLE, ["赵样例", "3", "2", "501", ""]], "gb18030"), "a.csv")

    answer = run(roster, "import", file, "--community", "DEM0", "--json")

    told = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert [told[name] for name in ("added", "changed", "moved", "left", "unchanged", "refused")] == [1, 0, 0, 0, 0, []]


def test_a_dry_run_gives_the_same_account_and_changes_nothing(run, tmp_path):
    file = keep(tmp_path, make_xlsx([SIMPLE, ["赵样例", "3", "2", "501", ""]]))

    dry = run(roster, "import", file, "--community", "DEM0", "--dry-run", "--json")
    wet = run(roster, "import", file, "--community", "DEM0", "--json")

    without_id = [{**json.loads(answer.stdout), "import": None} for answer in (dry, wet)]
    assert without_id[0] == without_id[1]


def test_what_a_column_means_can_be_said_and_unknown_ones_are_told(run, tmp_path):
    file = keep(tmp_path, make_csv([["房号", "住的人"], ["3-2-501", "赵样例"]]), "a.csv")

    told = json.loads(run(roster, "import", file, "--community", "DEM0", "--dry-run", "--json").stdout)
    assert (told["added"], told["unknown_columns"]) == (0, [{"sheet": "a", "header": "住的人"}])

    said = run(roster, "import", file, "--community", "DEM0", "--column", "住的人=name", "--json")
    assert json.loads(said.stdout)["added"] == 1
    assert run(roster, "import", file, "--community", "DEM0", "--column", "住的人=owner").exit_code == 2


def test_a_refused_row_ends_the_command_with_one_sentence(run, tmp_path):
    file = keep(tmp_path, make_xlsx([SIMPLE, ["赵样例", "3", "2", "501", "12"]]))

    answer = run(roster, "import", file, "--community", "DEM0", "--json")

    assert answer.exit_code == 1
    assert len(answer.stderr.strip().splitlines()) == 1
    assert json.loads(answer.stdout)["refused"][0] == {
        "sheet": "Sheet",
        "row": 2,
        "column": "手机号",
        "code": "phone.unreadable",
        "message": "This is not a telephone number. A mobile number has 11 digits.",
    }
    assert run(roster, "import", file, "--community", "DEM0", "--skip-refused").exit_code == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xff\xff,", b"%PDF\0"])
def test_a_file_that_is_no_roster_is_refused_with_one_sentence(run, tmp_path, content):
    answer = run(roster, "import", keep(tmp_path, content), "--community", "DEM0")

    assert answer.exit_code == 1
    assert len(answer.stderr.strip().splitlines()) == 1


def test_wrong_usage_and_an_unknown_community_are_told_apart(run, tmp_path):
    file = keep(tmp_path, make_xlsx([SIMPLE]))

    assert run(roster, "import", tmp_path / "absent.xlsx", "--community", "DEM0").exit_code == 2
    assert run(roster, "import", file, "--community", "ZZZZ").exit_code == 1


def test_an_export_imports_again_unchanged(run, tmp_path):
    rows = [
        [None, "东区3栋", "2", "501", "赵样例", "10000000000", "E00000001", "3", "独居、卧床", "自住"],
        [None, "西区3栋", "", "0302", "", "", "", "2", "", "空置"],
        [None, "翠竹楼", "A", "门卫室", "=1+1", "", "", "", "无手机", ""],
        [None, "翠竹楼", "A", "-101", "", "10000000009", "", "", "", ""],
        [None, "翠竹楼", "A", "102", "", "", "", "0", "", "出租"],
    ]
    run(roster, "import", keep(tmp_path, make_xlsx([HEAD, *rows])), "--community", "DEM0", "--compound", "样例小区")
    out = tmp_path / "out.xlsx"

    assert run(roster, "export", "--community", "DEM0", "--out", out).exit_code == 0
    answer = run(roster, "import", out, "--community", "DEM0", "--json")

    told = json.loads(answer.stdout)
    assert [told[name] for name in ("added", "changed", "moved", "left", "unchanged")] == [0, 0, 0, 0, 7]
    assert (told["refused"], told["new_doors"]) == ([], 0)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_an_export_in_either_language_imports_again_unchanged(app, clock, locale):
    row = [
        "样例小区",
        "3",
        "2",
        "501",
        "赵样例",
        "10000000000",
        "E00000001",
        "2",
        "独居、孕妇、透析、婴儿、居家隔离、上门",
        "出租",
    ]
    file = read_roster(make_xlsx([HEAD, row]), "a.xlsx")
    with transaction() as session:
        community_id = make_community(session).id
        import_roster(session, community_id, file, now=clock.now())

    with app.test_request_context(), speaking(locale), reading() as session:
        content = roster_workbook(take_snapshot(session, community_id).registered)
        account = compare_roster(session, community_id, read_roster(content, "out.xlsx"))

    assert account.change.changes_nothing
    assert account.counts["unchanged"] == 2


def test_an_export_that_cannot_be_written_is_refused(run, tmp_path):
    answer = run(roster, "export", "--community", "DEM0", "--out", tmp_path / "absent" / "out.xlsx")

    assert answer.exit_code == 1


def test_who_is_deleted_from_an_export_leaves_and_nobody_comes_instead(run, tmp_path):
    rows = [[None, "3", "2", "501", f"样例{number}", "", "", "", "", ""] for number in range(20)]
    run(roster, "import", keep(tmp_path, make_xlsx([HEAD, *rows])), "--community", "DEM0")
    out = tmp_path / "out.xlsx"
    run(roster, "export", "--community", "DEM0", "--out", out)
    book = openpyxl.load_workbook(out)
    book.active.delete_rows(3)
    book.save(out)

    told = json.loads(run(roster, "import", out, "--community", "DEM0", "--json").stdout)

    assert [told[name] for name in ("added", "changed", "moved", "left", "unchanged")] == [0, 0, 0, 1, 19]
