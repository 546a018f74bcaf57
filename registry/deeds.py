"""What the list of what was done calls the things of the registry (see accounts.deeds)."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.deeds import Subject, Subjects
from registry.models import Building, Compound, Correction, Excuse, RosterImport, Unit
from registry.queries import imports


def find_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> Subjects:
    """People with their doors, doors, buildings, units, compounds and imports; excuses and corrections by whose they are."""
    owners = dict(_owners(session, community_id, ids))
    people = imports.find_subjects(session, community_id, {*ids, *owners.values()})
    told = {id_: _of_person(subject) for id_, subject in people.items()}
    told |= {id_: told[owner] for id_, owner in owners.items() if owner in told}
    return {**told, **dict(_places(session, community_id, ids)), **dict(_files(session, community_id, ids))}


def _of_person(subject: imports.Subject) -> Subject:
    if subject.resident_id is None:
        return Subject(subject.door, "roster.door", {"household_id": subject.household_id})
    return Subject(f"{subject.door} {subject.name}", "roster.resident", {"resident_id": subject.resident_id})


def _owners(session: Session, community_id: str, ids: Collection[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Whose excuse or correction it is: a resident, or a household."""
    excuses = select(Excuse.id, Excuse.resident_id).where(Excuse.community_id == community_id, col(Excuse.id).in_(ids))
    yield from session.exec(excuses)
    of_these = (Correction.community_id == community_id, col(Correction.id).in_(ids))
    sent = select(Correction.id, Correction.resident_id, Correction.household_id).where(*of_these)
    yield from ((id_, resident_id or household_id) for id_, resident_id, household_id in session.exec(sent))


def _places(session: Session, community_id: str, ids: Collection[UUID]) -> Iterator[tuple[UUID, Subject]]:
    def rows(table: Any, *columns: Any) -> Any:
        return session.exec(select(table.id, *columns).where(table.community_id == community_id, table.id.in_(ids)))

    for id_, name in rows(Compound, Compound.name):
        yield id_, Subject(name, "roster.positions")
    for id_, name in rows(Building, Building.name):
        yield id_, Subject(name, "roster.building", {"building_id": id_})
    units = select(Unit.id, Unit.name, Unit.building_id, Building.name).where(
        Unit.community_id == community_id,
        col(Unit.id).in_(ids),
        Building.community_id == community_id,
        Building.id == Unit.building_id,
    )
    for id_, unit, building_id, building in session.exec(units):
        yield id_, Subject(f"{building}{unit}", "roster.building", {"building_id": building_id})


def _files(session: Session, community_id: str, ids: Collection[UUID]) -> Iterator[tuple[UUID, Subject]]:
    of_these = (RosterImport.community_id == community_id, col(RosterImport.id).in_(ids))
    for id_, name in session.exec(select(RosterImport.id, RosterImport.file_name).where(*of_these)):
        yield id_, Subject(name, "roster.show_import", {"import_id": id_})
