"""The case table, read by Python. JavaScript reads the same file."""

import itertools
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from checkin.rules import (
    Fact,
    Facts,
    Outcome,
    PersonFacts,
    PlaceFacts,
    PointFacts,
    RoundFacts,
    ScanFacts,
    ScanKind,
    TicketFacts,
    judge_scan,
    read_ticket_code,
    settle,
)

TABLE = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


def sentence(case: dict[str, Any]) -> str:
    return str(case["case"])


def whole(part: str, changes: dict[str, Any]) -> dict[str, Any] | None:
    """A part of the facts: the usual one with what differs."""
    if part in changes and changes[part] is None:
        return None
    return {**TABLE["usual"][part], **changes.get(part, {})}


def at(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def times(values: dict[str, Any]) -> dict[str, Any]:
    return {name: at(value) if name == "at" or name.endswith("_at") else value for name, value in values.items()}


def facts_of(changes: dict[str, Any]) -> Facts:
    parts = {part: whole(part, changes) for part in TABLE["usual"]}
    scan, ticket, person = parts["scan"], parts["ticket"], parts["person"]
    if person and person["place"]:
        person = {**person, "place": PlaceFacts(**times(person["place"]))}
    return Facts(
        scan=ScanFacts(**times({**scan, "kind": ScanKind(scan["kind"])})),
        ticket=TicketFacts(**times(ticket)) if ticket else None,
        round=RoundFacts(**times(parts["round"])),
        point=PointFacts(**parts["point"]),
        person=PersonFacts(**person) if person else None,
    )


def fact_of(row: dict[str, Any]) -> Fact:
    words = {
        "id": UUID(row["id"]),
        "kind": ScanKind(row["kind"]),
        "against": row["against"] and Outcome(row["against"]),
    }
    return Fact(**times({**row, **words}))


@pytest.mark.parametrize("case", TABLE["cases"], ids=sentence)
def test_the_verdict(case):
    verdict = judge_scan(facts_of(case["facts"]))

    assert (verdict.outcome, verdict.counts, verdict.against) == (case["outcome"], case["counts"], case["against"])


@pytest.mark.parametrize("case", TABLE["histories"], ids=sentence)
def test_who_is_sampled_and_who_has_arrived(case):
    facts = [fact_of(row) for row in case["facts"]]

    for order in itertools.permutations(facts):
        standing = settle(order)
        assert (standing.sampled and str(standing.sampled.id)) == case["sampled"]
        assert (standing.arrived and str(standing.arrived.id)) == case["arrived"]


def test_the_table_is_large_and_names_each_case_once():
    names = [case["case"] for case in TABLE["cases"] + TABLE["histories"]]

    assert len(TABLE["cases"]) >= 60
    assert len(set(names)) == len(names)
    assert {case["outcome"] for case in TABLE["cases"]} == {outcome.value for outcome in Outcome} - {"undone"}


@pytest.mark.parametrize(
    "read",
    [
        "AB0123456789CDEF",
        " ab0123456789cdef ",
        "ab01-2345-6789-cdef",
        "abo1 2345 6789 cdef",
        "HTTPS://BULOU.TEST/Q/AB0123456789CDEF",
        "https://bulou.test/q/ab0l23456789cdef/?lang=en",
    ],
)
def test_a_ticket_code_is_read_however_it_was_typed_or_scanned(read):
    assert read_ticket_code(read) == "AB0123456789CDEF"


@pytest.mark.parametrize("read", ["", "hello", "AB0123456789CDE", "AB0123456789CDEFG", "AB0123456789CDEU", "二维码"])
def test_what_is_no_ticket_code_is_none(read):
    assert read_ticket_code(read) is None
