"""Who is who between a file and the registry. Values in, values out; each step keeps the order of DESIGN.md.

Row id of our own export; identity number; name at the door; name and phone elsewhere (moved). A name alone moves nobody.
places: at which door of the registry a row stands · pairing: who is who · account: what the file changes, who leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from registry.rules import Door, RosterRow
from registry.rules.matching.account import Doubt, account_of
from registry.rules.matching.outline import outline_of
from registry.rules.matching.pairing import Pairing
from registry.rules.matching.places import Places
from registry.rules.matching.said import FIELDS, Said, said_now, say
from registry.rules.matching.values import (
    LEAVING_SHARE,
    Added,
    DoorState,
    FieldChange,
    FurtherDoor,
    House,
    Matched,
    Registered,
    RegisteredPerson,
    RosterChange,
    house_of,
)

__all__ = [
    "FIELDS",
    "LEAVING_SHARE",
    "Added",
    "DoorState",
    "FieldChange",
    "FurtherDoor",
    "House",
    "Matched",
    "Registered",
    "RegisteredPerson",
    "RosterChange",
    "Said",
    "house_of",
    "match_roster",
    "outline_of",
    "said_now",
    "say",
]


def match_roster(
    registered: Registered,
    rows: Sequence[RosterRow],
    previous: Mapping[UUID, Said],
    *,
    default_compound: str = "",
    unsure: Sequence[RosterRow] = (),
) -> RosterChange:
    """Compare a file with the registry and with the file before it. Empty compounds are `default_compound`.

    `unsure` are rows that could not be taken: whoever lives at their doors, or has their names, does not leave.
    """
    places = Places(registered, default_compound)
    previous = {
        person_id: replace(
            said, door=places.today(said.door), further=said.further and frozenset(map(places.today, said.further))
        )
        for person_id, said in previous.items()
    }
    located, refused = places.locate(rows)
    pairing = Pairing(registered, located)
    refused += pairing.by_row_id()
    pairing.by_identity_number()
    pairing.by_name_at_the_door()
    pairing.by_what_the_last_file_said(previous)
    pairing.by_those_merged(previous)
    pairing.by_name_and_phone_elsewhere()
    pairing.by_giving_a_head_its_name()
    pairing.by_number_of_heads()
    refused_here = {(problem.sheet, problem.row) for problem in refused}
    doubtful = [*unsure, *(replace(row, door=_NOWHERE) for row in rows if (row.sheet, row.line) in refused_here)]
    return account_of(registered, pairing, previous, refused, Doubt.of(places, doubtful))


_NOWHERE = Door("", "", "", "")
