"""What the page "Why?" tries out takes little time, and is not tried again while its plan is looked at."""

import pytest

from scheduling.views.tried_out import Memory, Patience


def test_what_was_found_is_not_looked_for_again():
    memory, found = Memory(), iter(["first", "second"])

    assert [memory.recall("key", lambda: next(found)) for _ in range(2)] == ["first", "first"]
    assert memory.recall("other", lambda: next(found)) == "second"


@pytest.mark.parametrize("nothing", [None, []])
def test_where_nothing_was_found_it_is_looked_for_again(nothing):
    memory, found = Memory(), iter([nothing, "something"])

    assert [memory.recall("key", lambda: next(found)) for _ in range(2)] == [nothing, "something"]


def test_what_was_asked_for_longest_ago_is_forgotten_first():
    memory = Memory(most=2)
    for key in "abac":
        memory.recall(key, lambda key=key: key)

    assert [memory.recall(key, lambda: "anew") for key in "acb"] == ["a", "c", "anew"]


def test_things_to_try_share_the_time_that_is_left():
    patience = Patience(seconds=60)

    assert 19 < patience.share(3) <= 20 and 59 < patience.share(1) <= 60
    assert Patience(seconds=0).share(1) == 0
