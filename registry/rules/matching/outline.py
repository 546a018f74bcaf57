"""By what two comparisons of one file are told apart: somebody confirms the one that they have seen, and no other."""

import hashlib
from collections.abc import Iterator
from itertools import chain

from registry.rules.matching.values import RosterChange


def outline_of(change: RosterChange) -> str:
    """The same for two comparisons that would do the same to the same people and doors; another one otherwise.

    People are meant by their entries and by their lines: nothing in it was made of a name or a number.
    """
    seen = hashlib.blake2b(digest_size=16)
    for line in sorted(chain(_people(change), _doors(change))):
        seen.update(line.encode() + b"\n")
    return seen.hexdigest()


def _people(change: RosterChange) -> Iterator[str]:
    for new in change.added:
        yield f"added {new.row.sheet} {new.row.line} {new.door} {new.person.id if new.person else ''}"
    for pair in (*change.changed, *change.moved):
        fields = sorted(it.field for it in pair.changes)
        yield f"changed {pair.person.id} {pair.row.line} {pair.door} {fields} {sorted(pair.replaced)}"
    for pair in change.unchanged:
        yield f"unchanged {pair.person.id}"
    for person in change.left:
        yield f"left {person.id}"


def _doors(change: RosterChange) -> Iterator[str]:
    for door, state in (*change.new_doors.items(), *change.door_states.items()):
        yield f"door {door} {state}"
    for it in change.new_further:
        yield f"further {it.row.line} {it.door}"
    for problem in change.refused:
        yield f"refused {problem.sheet} {problem.row}"
