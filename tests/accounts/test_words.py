import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts.rules import Role
from accounts.words import ROLE_NAMES, ROLE_WORDS, action_name, facts_words
from bulou.i18n import FEATURES, speaking
from scheduling.rules import RoundState

ROOT = Path(__file__).parents[2]
NOTES = {"note", "note_change", "write_down"}  # what `accounts.usecases.note` is called where it is used


def noted_actions() -> Iterator[str]:
    for feature in FEATURES:
        for path in (ROOT / feature).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NOTES and len(node.args) > 2:
                    yield from (arg.value for arg in node.args[2:3] if isinstance(arg, ast.Constant))
    yield from (f"round.{state}" for state in RoundState)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_deed_that_is_noted_has_a_name_in_the_list_of_what_was_done(app, language):
    with app.test_request_context(), speaking(language):
        nameless = {action for action in noted_actions() if action_name(action) == action}

    assert nameless == set()


def test_every_role_has_a_name_and_says_what_it_may_do():
    assert set(ROLE_NAMES) == set(ROLE_WORDS) == set(Role)


def test_facts_of_a_deed_are_said_in_the_reader_s_language(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        assert facts_words({"added": 1, "buildings": 3, "version": 2}) == "新增: 1; 楼栋数: 3; 版本: 2"
