import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.deeds import Subject, tell_deed
from accounts.rules import Role
from accounts.words import ROLE_NAMES, ROLE_WORDS, action_name, is_named, list_named
from bulou.i18n import FEATURES, speaking
from registry.rules import MergeKind
from scheduling.rules import RoundState

ROOT = Path(__file__).parents[2]
# What `accounts.usecases.note` is called where it is used, and which argument says the deed.
NOTES = {"note": 2, "note_each": 2, "note_change": 2, "write_down": 2, "_mark_building": 4}
# Facts that are reckoned elsewhere: the expression in the code, and the keys that it has.
RECKONED = {
    "account.counts": ("added", "changed", "moved", "left", "unchanged", "refused"),
    "plan.counts": ("added", "left", "moved", "changed", "kept"),
    "facts_of(areas)": ("roles",),
    "facts_of([area])": ("roles",),
}
# Where one function notes deeds for others, under a name that is given.
PASSED_ON = {
    "action": (),
    "deed": (),
    "f'round.{wanted}'": tuple(f"round.{state}" for state in RoundState),
    "f'registry.{row.kind}s_separated'": tuple(f"registry.{kind}s_separated" for kind in MergeKind),
}
DOOR = UUID("00000000-0000-7000-8000-000000000001")


def noted(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each deed that a file notes, with each of its facts; a deed alone has an empty fact."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and len(node.args) > (at := NOTES.get(_name(node.func), 99)):
                    facts = next((word.value for word in node.keywords if word.arg == "facts"), None)
                    for action in _actions(node.args[at]):
                        keys = () if facts is None else _keys(facts, function)
                        yield from ((action, key) for key in ("", *keys))


def _name(called: ast.expr) -> str:
    return getattr(called, "id", "") or getattr(called, "attr", "")


def _actions(written: ast.expr) -> tuple[str, ...]:
    return (str(written.value),) if isinstance(written, ast.Constant) else PASSED_ON[ast.unparse(written)]


def _keys(facts: ast.expr, function: ast.FunctionDef) -> tuple[str, ...]:
    """The keys of a dict that is written down in the call or in the function; KeyError for what nobody can look up."""
    if isinstance(facts, ast.Name):
        given = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
        facts = next(each.value for each in given if facts.id in map(_name, each.targets))
    if isinstance(facts, ast.IfExp):
        return (*_keys(facts.body, function), *_keys(facts.orelse, function))
    if isinstance(facts, ast.Dict):
        return tuple(str(key.value) for key in facts.keys if isinstance(key, ast.Constant))
    return RECKONED[ast.unparse(facts)]


def all_noted() -> set[tuple[str, str]]:
    paths = [path for feature in FEATURES for path in (ROOT / feature).rglob("*.py")]
    found = {pair for path in paths for pair in noted(ast.parse(path.read_text()))}
    # note_change adds the round to what is done to its parts.
    parts = {action for action, _ in found if action.startswith(("point.", "session."))}
    return found | {(action, "round") for action in parts}


def test_every_deed_that_is_noted_and_every_fact_of_it_has_words(app):
    nameless = {(action, fact) for action, fact in all_noted() if not is_named(action, fact)}

    assert nameless == set()


def test_no_deed_has_words_that_nobody_notes(app):
    assert set(list_named()) - {action for action, _ in all_noted()} == set()


def test_a_deed_without_words_is_found_wherever_it_is_noted():
    code = "def f():\n    facts = {'wrong': 1}\n    usecases.note(session, community_id, 'new.deed', facts=facts)"

    assert set(noted(ast.parse(code))) == {("new.deed", ""), ("new.deed", "wrong")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_deed_reads_as_a_sentence_that_names_the_thing(app, language):
    with app.test_request_context(), speaking(language):
        told = {action: tell_deed(action, str(DOOR), {}, {DOOR: Subject("3栋501")}) for action in list_named()}
        named = {action for action in told if "%(about)s" in action_name(action)}

    assert all("%" not in deed.before + deed.after and deed.before + deed.after for deed in told.values())
    assert {action for action, deed in told.items() if deed.subject == Subject("3栋501")} == named
    assert len(told) - len(named) < 12  # a way of signing in, an export, or what is gone: nothing to name


def test_every_role_has_a_name_and_says_what_it_may_do():
    assert set(ROLE_NAMES) == set(ROLE_WORDS) == set(Role)


def test_facts_of_a_deed_are_said_in_the_reader_s_language(app: Flask) -> None:
    def facts(action: str, facts: dict[str, object]) -> list[tuple[str, str]]:
        return [(fact.name, fact.value.name) for fact in tell_deed(action, None, facts, {}).facts]

    with app.test_request_context(), force_locale("zh"):
        assert facts("registry.roster_imported", {"added": 1, "moved": 0}) == [("新增", "1")]
        assert facts("registry.sampled_excuses_set", {"kinds": "away,in_hospital"}) == [("", "外出、住院")]
        assert facts("account.added", {"roles": ["viewer", "manager"]}) == [("", "查看者、管理员")]
        assert facts("point.removed", {"round": str(DOOR)}) == [("轮次", "（已不在）")]
