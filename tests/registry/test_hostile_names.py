"""Names that were made to harm, or only look so: each is kept as people would read it, or refused where it stands."""

import pytest

from registry.reading import read_roster
from registry.rules import RowCode
from tests.registry.workbooks import make_csv, make_xlsx

HEAD = ["房号", "姓名"]
SAME = None  # kept letter for letter

# What stands in the cell → the names that are kept.
NAMES: dict[str, list[str] | None] = {
    # Formulas: text here; workbooks that we write must keep them text.
    "=cmd|' /C calc'!A0": SAME,
    "=1+1": SAME,
    '=HYPERLINK("http://x.test","样例")': SAME,
    "+8613": SAME,
    "-2+3": SAME,
    "@SUM(A1:A9)": SAME,
    "@样例": SAME,
    "\t=1+1": ["=1+1"],
    "\r=1+1": ["=1+1"],
    "＝1+1": SAME,
    "%0A=1": SAME,
    # Markup and other languages of machines.
    "<script>alert(1)</script>": SAME,
    "<b>赵</b>": SAME,
    "<img src=x onerror=alert(1)>": SAME,
    "&lt;b&gt;": SAME,
    "{{ 7*7 }}": SAME,
    "${7*7}": SAME,
    "{% raw %}": SAME,
    "%(name)s": SAME,
    "%s%n%x": SAME,
    "#set page(fill: red)": SAME,
    "$sum_1^2$": SAME,
    "\\write18{ls}": SAME,
    "'); DROP TABLE resident;--": SAME,
    "' OR '1'='1": SAME,
    "../../etc/passwd": SAME,
    "..\\..\\x": SAME,
    "file:///etc/hostname": SAME,
    "javascript:alert(1)": SAME,
    "a`id`b": SAME,
    "$(id)": SAME,
    "[链接](http://x.test)": SAME,
    # Letters that are not seen, or turn the others.
    "赵\u202e样例": ["赵样例"],
    "赵\u2066样\u2069例": ["赵样例"],
    "赵\u200b样\u200d例": ["赵样例"],
    "\ufeff赵样例": ["赵样例"],
    "赵\u00ad样例": ["赵样例"],
    "赵\u0000样例": ["赵样例"],
    "赵\u0007样\u001b[31m例": ["赵样[31m例"],
    "赵\ufffe样例": ["赵样例"],
    "\u200b\u200b": [],
    "赵\u3000样例": ["赵样例"],
    "张\u00a0三": ["张三"],
    # Letters that are rare.
    "𠮷田样": SAME,
    "㐂样": SAME,
    "买买提·样例": SAME,
    "阿依古丽•样": SAME,
    "Ann O'Sample": SAME,
    "José Muestra": SAME,
    "Jose\u0301": ["José"],
    "محمد": SAME,
    "דוגמה": SAME,
    "نمونه\u200cای": ["نمونهای"],
    "山田ﾀﾛｳ": SAME,
    "김견본": SAME,
    "😀": SAME,
    "👨\u200d👩\u200d👧样": ["👨👩👧样"],
    "Z̷̡̢a̸l̴g̵o̶": SAME,
    "样" * 40: SAME,
    '"赵样例"': SAME,
    "“赵样例”": SAME,
    "赵样例\n钱样例": ["赵样例", "钱样例"],
    "无": [],
    "NULL": [],
    "0": SAME,
}
NOT_IN_XML = {
    text for text in NAMES if any(ord(letter) < 32 and letter not in "\t\n" for letter in text) or "\ufffe" in text
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hostile_name_is_kept_as_it_is_read(kind):
    assert len(NAMES) >= 60
    # XML cannot hold all of them: the reader is given those in the other kind.
    texts = [text for text in NAMES if kind == "csv" or text not in NOT_IN_XML]
    rows = [[f"1-1-{at}01", text] for at, text in enumerate(texts, 1)]

    if kind == "csv":
        file = read_roster(
            make_csv([HEAD, *([door, '"' + text.replace('"', '""') + '"'] for door, text in rows)]), "a.csv"
        )
    else:
        file = read_roster(make_xlsx([HEAD, *rows]), "a.xlsx")

    assert not file.refused
    for at, text in enumerate(texts, 1):
        expected = NAMES[text]
        names = [row.name for row in file.rows if row.door.room == f"{at}01" and row.name]
        assert names == ([text] if expected is SAME else expected), ascii(text)


@pytest.mark.parametrize("name", ["样" * 61, "a" * 5_000, "样\u0301" * 61])
def test_a_name_that_is_longer_than_any_is_refused_where_it_stands(name):
    file = read_roster(make_csv([HEAD, ["1-1-101", name]]), "a.csv")

    assert [(it.sheet, it.row, it.column, it.code) for it in file.refused] == [("a", 2, "姓名", RowCode.TOO_LONG)]


@pytest.mark.parametrize("door", ["<script>", "../../x", "=1+1", "1-1-1-1-1-1", "样" * 30, "😀" * 21])
def test_a_hostile_door_is_a_room_of_that_name_or_refused(door):
    file = read_roster(make_xlsx([["楼栋", "房号", "姓名"], ["1", door, "赵样例"]]), "a.xlsx")

    assert [row.door.room for row in file.rows] + [it.code for it in file.refused] in (
        [door],
        [RowCode.TOO_LONG],
        [RowCode.DOOR_UNREADABLE],
    )
