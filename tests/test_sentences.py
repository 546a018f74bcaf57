"""Every sentence a user reads is there in Chinese, says the same, and has the same blanks."""

import re

import pytest
from babel.messages.catalog import Message

from tools.catalogues import FEATURES, collect, po_path, read, translated

BLANK = re.compile(r"%\((\w+)\)([sd])|%[sdrf]|\{\w*\}")


def sentences(feature: str) -> dict[object, Message]:
    return {message.id: message for message in read(po_path(feature)) if message.id}


def wordings(text: object) -> list[str]:
    return list(text) if isinstance(text, tuple | list) else [str(text)]


@pytest.mark.parametrize("feature", FEATURES)
def test_every_sentence_of_the_code_stands_in_the_catalogue(feature):
    said = {message.id for message in collect(feature) if message.id}

    assert said - set(sentences(feature)) == set(), "make translations"


@pytest.mark.parametrize("feature", FEATURES)
def test_no_catalogue_holds_a_sentence_nobody_says(feature):
    said = {message.id for message in collect(feature) if message.id}

    assert set(sentences(feature)) - said == set(), "make translations"


@pytest.mark.parametrize("feature", FEATURES)
def test_every_sentence_has_its_chinese_and_no_guess_stands_in_for_it(feature):
    unsure = [m.id for m in sentences(feature).values() if m.fuzzy or not translated(m.string)]

    assert unsure == []


@pytest.mark.parametrize("feature", FEATURES)
def test_both_languages_have_the_same_blanks(feature):
    differing = []
    for message in filter(lambda each: translated(each.string), sentences(feature).values()):
        # The last wording is the plural; Chinese has one wording for all numbers.
        blanks = sorted(blank.group() for blank in BLANK.finditer(wordings(message.id)[-1]))
        for chinese in wordings(message.string):
            if sorted(blank.group() for blank in BLANK.finditer(chinese)) != blanks:
                differing.append(message.id)

    assert differing == []


@pytest.mark.parametrize("feature", FEATURES)
def test_blanks_are_named(feature):
    unnamed = [id for id in sentences(feature) if re.search(r"(?<!%)(?:%%)*%(?![(%])\w", " ".join(wordings(id)))]

    assert unnamed == []


def test_one_english_sentence_has_one_chinese():
    """The catalogues are one at run time: of two wordings one would be shown everywhere."""
    chinese: dict[object, set[str]] = {}
    for feature in FEATURES:
        for key, message in sentences(feature).items():
            chinese.setdefault(key, set()).add(str(message.string))

    assert {key: words for key, words in chinese.items() if len(words) > 1} == {}
