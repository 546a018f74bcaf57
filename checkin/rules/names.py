"""Names as lists of other systems write them: with blanks and dots inside, or with letters hidden. Pure.

A hidden name says little: 王* is every seventh person of a community. What it is worth is how many given letters it shows.
"""

import re
from functools import lru_cache

_BETWEEN = re.compile(r"[\s·•・‧∙⋅․.．。'’\-]+")  # what one list has between the parts of a name and the next has not
_HIDDEN = re.compile(r"[*＊×✱﹡●○█■□]")
_SOMEBODY = re.compile(r"(?<=.)某+$")  # 张某, 张某某
# Surnames of two letters that are met at all: 百家姓, and the census of 2010.
_DOUBLE = re.compile(
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|长孙|宇文|轩辕|夏侯|端木|独孤|南宫|西门|闻人|澹台|公冶|太叔|申屠|"
    "仲孙|钟离|鲜于|闾丘|司空|亓官|司寇|子车|颛孙|巫马|公西|漆雕|乐正|公良|拓跋|夹谷|宰父|谷梁|段干|百里|东郭|呼延|羊舌|微生|"
    "梁丘|左丘|东门|第五|万俟|赫连"
)


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """The name in its one spelling: without blanks and dots, hidden letters as *."""
    plain = _BETWEEN.sub("", name).casefold()
    return _SOMEBODY.sub(lambda found: "*" * len(found.group()), _HIDDEN.sub("*", plain))


def is_hidden(key: str) -> bool:
    """Whether letters of it are hidden; `key` as `name_key` gives it."""
    return "*" in key


def fits(key: str, name: str) -> bool:
    """Whether a hidden name may be this one: what is shown stands at its place, every row of marks is a letter or more."""
    return _pattern(key).fullmatch(name) is not None


def fits_wholly(key: str, name: str) -> bool:
    """It fits, a mark for each letter, and a letter of the given name is shown and not the surname alone."""
    return len(key) == len(name) and fits(key, name) and _shows_given_letters(key, name)


def _shows_given_letters(key: str, name: str) -> bool:
    return any(letter != "*" for letter in key[surname_length(name) :])


def surname_length(name: str) -> int:
    return 2 if len(name) > 2 and _DOUBLE.match(name) else 1


@lru_cache(maxsize=20_000)
def _pattern(key: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"\*+", key)]
    return re.compile(".+".join(parts))
