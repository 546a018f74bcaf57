"""Every malformed file has one outcome: an exact account, or a refusal that says where."""

import time

import pytest

from registry.errors import FileUnreadable, Problem
from registry.reading import read_roster
from tests.registry.malformed import CASES

SECONDS = 20  # in a test that shares its machine; the promise is 60


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_file_is_taken_exactly_or_refused_by_its_place(name):
    case = CASES[name]
    content = case.make()

    file, problem = None, None
    started, of_processor = time.perf_counter(), time.process_time()
    try:
        file = read_roster(content, case.name)
    except FileUnreadable as refusal:
        problem = refusal.problem

    assert problem is case.problem
    assert time.perf_counter() - started < SECONDS
    assert problem is not Problem.BOMB or time.process_time() - of_processor < 0.5  # it is not even opened
    if file is not None:
        assert sum(bool(row.name) for row in file.rows) == case.people
        assert tuple((it.sheet, it.row, it.column, it.code) for it in file.refused) == case.refused
