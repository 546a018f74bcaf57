"""People who belong together without a door: guards, shops, a building site."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note as write_down
from bulou.announcements import announce
from bulou.database import insert_once
from bulou.i18n import _
from bulou.ids import new_code, new_id
from bulou.text import clean_text
from registry.errors import BuildingTaken, CompoundNotFound, GroupReadsAsBuilding
from registry.models import Building, Compound, Household
from registry.rules import BuildingKind, ChangeKind, DoorState, RosterChanged
from registry.usecases.history import record
from registry.usecases.households import put_heads, put_household
from registry.usecases.places import CODE_LENGTH, building_name, named
from registry.usecases.residents import Details, put_resident

Key = tuple[str, UUID]  # community_id, id
MOST_TOGETHER = 20  # of one team: a household is never divided, and a slot may be small


def add_group(
    session: Session,
    compound: Key,
    name: str,
    *,
    heads: int = 0,
    people: Sequence[str | Details] = (),  # by name at least; those beyond them are known only as heads
    grid: str = "",
    by: Principal | None = None,
    now: datetime,
) -> Building:
    """A group under its own name, with so many people. More than a team are cut into teams, which may come one by one.

    Announces RosterChanged. Raises CompoundNotFound, BuildingTaken, NameEmpty, GroupReadsAsBuilding.
    """
    if session.get(Compound, compound) is None:
        raise CompoundNotFound()
    row = Building(
        community_id=compound[0],
        id=new_id(),
        compound_id=compound[1],
        name=group_name(name),
        code=new_code(CODE_LENGTH),
        kind=BuildingKind.GROUP,
        grid=clean_text(grid, max_length=40),
    )
    if not insert_once(session, row):
        raise BuildingTaken(name=row.name)
    fields = {"building": (None, row.name), "kind": (None, str(row.kind))}
    record(session, row.community_id, row.id, ChangeKind.ADDED, fields, by=by, now=now)
    write_down(session, row.community_id, "registry.group_added", row.id, by=by, now=now)
    _fill(session, row, list(people), max(heads, len(people)), by, now)
    announce(session, RosterChanged(row.community_id, (row.id,)))
    return row


def group_name(text: str) -> str:
    """A name that no list reads as a building. Raises NameEmpty, GroupReadsAsBuilding."""
    name = named(text, 40)
    if building_name(name) != name:
        raise GroupReadsAsBuilding(building=building_name(name))
    return name


def _fill(
    session: Session, group: Building, people: list[str | Details], heads: int, by: Principal | None, now: datetime
) -> None:
    teams = max(1, -(-heads // MOST_TOGETHER))
    for team in range(teams):
        size = heads // teams + (team < heads % teams)
        names, people = people[:size], people[size:]
        room = "" if teams == 1 else _("team %(number)d", number=team + 1)
        home = _add_team(session, group, room, by, now)
        for said in names:
            put_resident(session, home, Details(said) if isinstance(said, str) else said, by=by, now=now)
        put_heads(session, home, size, by=by, now=now)


def _add_team(session: Session, group: Building, room: str, by: Principal | None, now: datetime) -> Household:
    # Nobody has to ask at a door that is none: it is never unverified.
    return put_household(session, group, room=room, state=DoorState.SELF_OCCUPIED, by=by, now=now)
