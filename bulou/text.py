"""What people type, paste or import, made safe to keep: used at every input of the program.

A lone surrogate or NUL breaks SQLite's answers, PostgreSQL and workbooks; marks that turn the direction of writing
or have no width make two equal names different, or a line read backwards.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

# Full-width letters, digits and the ideographic space become plain; full-width punctuation stays as it was written.
_PLAIN_WIDTH = {0x3000: " "} | {
    code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if unicodedata.category(chr(code))[0] in "LN"
}
_MOST_MARKS = 30  # on one letter: Unicode Standard Annex #15, Stream-Safe Text Format
_SPACE = re.compile(r"\s+")
_MOBILE, _CARD = re.compile(r"1[0-9]{10}"), re.compile(r"[0-9]{17}[0-9X]")
_LOST_DIGITS = re.compile(r"(?P<head>\d)(?:\.(?P<tail>\d*))?E\+?(?P<power>\d+)", re.IGNORECASE)
_NO_NUMBER = frozenset(
    {"", "0", "无", "没有", "暂无", "不详", "未知", "空", "none", "n/a", "na", "null", "-", "--", "/", "\\"}
)
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


class LostDigits(ValueError):
    """A spreadsheet has rounded a long number (1.38E+10): its last digits are gone."""


def clean_text(value: str, *, max_length: int) -> str:
    """One line of text: composed (NFC), plain-width letters and digits, single spaces, no character that is not seen.

    What is longer than `max_length` is cut; a form that would rather refuse looks at the length first.
    """
    # Eight times what is kept is looked at: enough for any spaces and marks, and megabytes cost nothing.
    composed = normal("NFC", value[: 8 * max_length].translate(_PLAIN_WIDTH))
    seen = composed if composed.isprintable() else "".join(filter(_is_seen, _SPACE.sub(" ", composed)))
    single = _SPACE.sub(" ", seen) if "  " in seen else seen  # of spaces only the plain one is left
    return single.strip()[:max_length].rstrip()


def normal(form: Literal["NFC", "NFKC"], value: str) -> str:
    """The text in a normal form of Unicode, in a time that grows with its length.

    Python sorts the marks on one letter in the square of their number and lets nobody else work meanwhile (3.11: 200,000
    marks, three minutes), so only the first of a long row are kept.
    """
    if len(value) > _MOST_MARKS and not value.isascii():
        value = "".join(_with_few_marks(value))
    return unicodedata.normalize(form, value)


def _with_few_marks(value: str) -> Iterator[str]:
    marks = 0
    for letter in value:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            yield letter


def clean_lines(value: str, *, max_length: int) -> str:
    """Text of several lines, each cleaned; empty lines at both ends go."""
    lines = (clean_text(line, max_length=max_length) for line in value.splitlines())
    return "\n".join(lines).strip("\n")[:max_length].rstrip()


def clean_phone(value: str) -> str:
    """The digits of a telephone number; empty where there is none. Raises ValueError where it cannot be one.

    A Chinese mobile number has 11 digits and begins with 1; 7 to 15 digits are taken for a line or a number abroad.
    """
    if _MOBILE.fullmatch(value):
        return value  # nearly all of them: a roster has a hundred thousand
    digits = _plain_number(value, ends=" ;；,，、.。")
    digits = re.sub(r"^(\+|00)86(?=1\d{10}$)", "", re.sub(r"[\s()（）\-—–]", "", digits)).removeprefix("+")
    if not digits:
        return ""
    if not re.fullmatch(r"[0-9]{7,15}", digits):
        raise ValueError("not a telephone number")
    if digits[0] == "1" and len(digits) in (9, 10, 12, 13):
        raise ValueError("a mobile number has 11 digits")
    return digits


def clean_identity_number(value: str) -> str:
    """The number of an identity document in capitals; empty where there is none. Raises ValueError where it is none.

    Residents' identity cards have 18 characters (15 on old ones); passports and travel permits have 5 to 20. A wrong
    check digit is no reason to refuse: ask `has_right_check_digit`.
    """
    if _CARD.fullmatch(value):
        return value
    number = re.sub(r"[\s\-()]", "", _plain_number(value, ends=" ;；,，、。'‘’`")).upper()
    if not number:
        return ""
    if re.fullmatch(r"\d{17}[\dX]|\d{15}", number) or re.fullmatch(r"(?=.*\d)[A-Z0-9]{5,14}", number):
        return number
    if re.fullmatch(r"(?=.*\d)[A-Z][A-Z0-9]{14,19}", number):
        return number
    raise ValueError("not an identity number")


def has_right_check_digit(identity_number: str) -> bool:
    """False only for an 18-character number whose last one does not fit the others: then a digit was mistyped."""
    if len(identity_number) != 18:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(identity_number, _IDENTITY_WEIGHTS, strict=False))
    return identity_number[17] == "10X98765432"[total % 11]


def _is_seen(letter: str) -> bool:
    """Neither a control, a format mark, half of a pair nor a code that will never be a character."""
    code = ord(letter)
    return (
        unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
        and code & 0xFFFE != 0xFFFE
        and not 0xFDD0 <= code <= 0xFDEF
    )


def _plain_number(value: str, *, ends: str) -> str:
    """A number as text, without what spreadsheets and lists leave around it. Raises LostDigits."""
    text = clean_text(normal("NFKC", value[:1000].replace("；", ";")), max_length=100).strip(ends)
    if text.lower() in _NO_NUMBER:
        return ""
    if rounded := _LOST_DIGITS.fullmatch(text):
        tail, power = rounded["tail"] or "", int(rounded["power"])
        if len(tail.rstrip("0")) < power and not (len(tail) >= power):
            raise LostDigits("the last digits are lost")
        return (rounded["head"] + tail)[: power + 1]
    return re.sub(r"(?<=\d)\.0+$", "", text)
