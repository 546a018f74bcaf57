"""What keeps the house itself honest: lock files, arrows between the parts, a work tree that stays clean."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tools.install import check_python

ROOT = Path(__file__).parent.parent
FEATURES = ("accounts", "messages", "registry", "scheduling", "checkin", "followup")
PRIVATE_ROOMS = ("views", "api", "jobs", "commands", "forms", "sheets", "errors")
PRIVATE = tuple(f"{feature}.{room}" for feature in FEATURES for room in PRIVATE_ROOMS)
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
MADE_BY_SETUP = (
    ".venv/bin/bulou",
    ".assets/fonts/NotoSansSC-Regular.ttf",
    "node_modules/esbuild/package.json",
    "static/dist/manifest.json",
    "translations/bulou/zh/LC_MESSAGES/messages.mo",
    "bulou.egg-info/PKG-INFO",
    "scheduling/planner/__pycache__/solve.nbi",
    "var/bulou.sqlite3",
)


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json"])
def test_a_lock_file_names_no_place_to_fetch_from(name):
    lock = (ROOT / name).read_text()

    # Who asks to be sponsored says so with an address; npm copies that and never fetches from it.
    fetched_from = [line for line in lock.splitlines() if "://" in line and '"url":' not in line]

    assert fetched_from == []
    assert not re.search(r'"resolved"|index-url|find-links|trusted-host', lock)


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_locked_python_package_has_a_version_and_hashes(name):
    lock = (ROOT / name).read_text().replace("\\\n", " ")

    packages = [line for line in lock.splitlines() if line and not line.lstrip().startswith("#")]

    assert len(packages) > 30
    for package in packages:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", package), package


def test_every_locked_front_end_package_has_a_hash():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    without = [name for name, package in packages.items() if name and "integrity" not in package]

    assert len(packages) > 5
    assert without == []


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_a_lock_file_holds_what_pyproject_asks_for(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    asked = project["dependencies"] + optional["setup"]
    if name == "requirements-dev.lock":
        asked = asked + optional["test"] + optional["check"]

    locked = {re.split(r"[=\[]", line)[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}

    names = {re.match(r"[A-Za-z0-9-]+", requirement)[0].lower() for requirement in asked}
    assert names - locked == set(), "make lock"


def test_the_lock_for_tests_pins_the_same_versions_as_the_other():
    pins = [set(re.findall(r"^([a-z0-9-]+(?:\[[a-z,]+\])?==\S+)", (ROOT / n).read_text(), re.M)) for n in PYTHON_LOCKS]

    assert pins[0] - pins[1] == set()


def test_imports_keep_to_the_arrows(capsys):
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_the_private_rooms_of_a_feature_are_not_entered_from_another():
    graph = grimp.build_graph("bulou", *FEATURES, cache_dir=None)

    entered = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if importer.split(".")[0] != imported.split(".")[0] and imported.startswith(PRIVATE)
    ]

    assert entered == []


def test_the_planner_imports_nothing_of_its_own_feature_either():
    graph = grimp.build_graph("scheduling", cache_dir=None)

    leans_on = {
        imported
        for importer in graph.find_descendants("scheduling.planner") | {"scheduling.planner"}
        for imported in graph.find_modules_directly_imported_by(importer)
        if not imported.startswith("scheduling.planner")
    }

    assert leans_on == set()


@pytest.mark.parametrize("path", MADE_BY_SETUP)
def test_what_setup_makes_is_ignored_by_git(path):
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no clone of the repository, so there is nothing to ask git about")

    answer = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT)

    assert answer.returncode == 0


def test_the_manifest_lists_files_that_are_there():
    dist = ROOT / "static" / "dist"

    manifest = json.loads((dist / "manifest.json").read_text())

    assert all((dist / name).is_file() for name in manifest.values())
    sources = {path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static" / "css").glob("*.css")}
    assert sources <= set(manifest)


def test_an_old_python_is_told_what_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit) as refusal:
        check_python()

    assert "Python 3.11 or newer, this is 3.9" in str(refusal.value)


def test_a_python_without_venv_is_told_the_name_of_debians_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit) as refusal:
        check_python()

    assert re.search(r"apt-get install python3(\.\d+)?-venv", str(refusal.value))


def test_make_alone_lists_each_target_with_what_it_does():
    if not shutil.which("make"):
        pytest.skip("make is not installed here")

    listed = subprocess.check_output(["make", "--no-print-directory"], cwd=ROOT, text=True)

    for target in ("setup", "run", "test", "check", "translations", "lock", "clean"):
        assert re.search(rf"^make {target} +\S+ .+", listed, re.M), listed
