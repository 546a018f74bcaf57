from pathlib import Path

import pytest

from bulou import typesetting
from bulou.typesetting import FontsMissing, check_fonts, typeset
from tests.paper import HOSTILE_NAMES, letters, page_texts


@pytest.fixture
def template():
    """Templates live inside the program: typst reads nothing above it."""
    path = typesetting.ROOT / "var" / "test_typesetting.typ"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '#import "/bulou/typesetting.typ": *\n#show: sheet-style\n#data.names.map(breakable).join(parbreak())\n'
    )
    yield path
    path.unlink()


def words(*names: str) -> dict[str, object]:
    return {"lang": "zh", "title": "样例", "names": list(names)}


def test_chinese_words_are_printed_as_words(template):
    (page,) = page_texts(typeset(template, words("核酸采样安排", "张*三", "㐂")))

    assert "核酸采样安排" in page
    assert "张*三" in page
    assert "㐂" in page


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_is_never_read_as_markup(template, name):
    pages = page_texts(typeset(template, words(name, "after")))

    assert letters(name) in letters("".join(pages))
    assert len(pages) == 1


def test_marks_that_turn_a_line_around_are_not_printed(template):
    (page,) = page_texts(typeset(template, words("\u202e赵样例\u0000\ud83d一\u200f")))

    assert page.strip() == "赵样例一"


def test_the_same_data_give_the_same_file(template):
    assert typeset(template, words("赵样例")) == typeset(template, words("赵样例"))


def test_missing_fonts_are_said_and_not_printed_as_boxes(template, monkeypatch, tmp_path):
    monkeypatch.setattr(typesetting, "FONT_FOLDER", tmp_path / ".assets" / "fonts")

    with pytest.raises(FontsMissing) as refusal:
        check_fonts()
    with pytest.raises(FontsMissing):
        typeset(template, words("赵样例"))

    assert refusal.value.sentence == "The fonts for printed sheets are missing in .assets/fonts. Run “make setup”."


def test_the_fonts_of_this_program_are_there():
    check_fonts()

    assert Path(typesetting.FONT_FOLDER).is_dir()
