import pytest

from bulou.text import (
    LostDigits,
    clean_identity_number,
    clean_lines,
    clean_phone,
    clean_text,
    has_right_check_digit,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  赵  样例一\u3000", "赵 样例一"),
        ("１２０３室", "1203室"),
        ("赵\u0000样\u0007例\u202e一\u200b", "赵样例一"),
        ("broken \ud83d half", "broken half"),
        ("Zoe\u0308", "Zoë"),
        ("（东）", "（东）"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\ufeff赵\ufffe\U0001ffff", "赵"),
        ("买买提·艾力", "买买提·艾力"),
    ],
)
def test_text_is_kept_as_it_is_seen(typed, kept):
    assert clean_text(typed, max_length=60) == kept


def test_text_that_is_too_long_is_cut_and_does_not_end_in_a_space():
    assert clean_text("abc def", max_length=4) == "abc"


def test_lines_stay_lines():
    assert clean_lines("\n a \r\nb\u202e\n", max_length=40) == "a\nb"


@pytest.mark.parametrize("seed", range(50))
def test_cleaning_twice_is_cleaning_once(seed):
    import random

    chance = random.Random(seed)
    typed = "".join(chr(chance.choice([chance.randrange(0x300), chance.randrange(0x110000)])) for _ in range(60))

    once = clean_text(typed, max_length=50)

    assert clean_text(once, max_length=50) == once
    once.encode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10000000000;", "10000000000"),
        ("10000000000.0", "10000000000"),
        ("１００００００００００", "10000000000"),
        ("+86 100-0000-0000", "10000000000"),
        ("0086 10000000000", "10000000000"),
        ("(0000) 1234567", "00001234567"),
        ("1.0000000000E+10", "10000000000"),
        ("无", ""),
        ("  ", ""),
        ("-", ""),
    ],
)
def test_a_telephone_number_is_its_digits(typed, kept):
    assert clean_phone(typed) == kept


@pytest.mark.parametrize("typed", ["1000000000", "100000000001", "12", "call me", "1" * 16, "2000-01-02T"])
def test_what_cannot_be_a_telephone_number_is_refused(typed):
    with pytest.raises(ValueError, match="number"):
        clean_phone(typed)


@pytest.mark.parametrize("typed", ["1.38E+10", "1.0e10", "1E+10"])
def test_a_rounded_telephone_number_is_refused_because_its_digits_are_lost(typed):
    with pytest.raises(LostDigits):
        clean_phone(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("00000019000101000x", "00000019000101000X"),
        ("'000000190001010000", "000000190001010000"),
        ("000000 19000101 0000", "000000190001010000"),
        ("E00000000", "E00000000"),
        ("000000000101000", "000000000101000"),
        ("无", ""),
    ],
)
def test_an_identity_number_is_kept_in_one_spelling(typed, kept):
    assert clean_identity_number(typed) == kept


@pytest.mark.parametrize("typed", ["00000019000101000", "0000001900010100000", "abc", "赵样例一", "X" * 30])
def test_what_cannot_be_an_identity_number_is_refused(typed):
    with pytest.raises(ValueError, match="identity"):
        clean_identity_number(typed)


def test_a_rounded_identity_number_is_refused():
    with pytest.raises(LostDigits):
        clean_identity_number("4.20106E+17")


def test_the_check_digit_tells_a_mistyped_identity_number():
    assert has_right_check_digit("11010519491231002X")  # the example of GB 11643-1999
    assert not has_right_check_digit("110105194912310021")
    assert has_right_check_digit("E00000000")
