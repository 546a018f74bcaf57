"""What a file does, slowly and plainly, as DESIGN.md section 2 item 1 says it: lists and loops, nothing shared with the program.

Only for files whose rows say their whole door, and which were joined to one row for each person.
"""

from dataclasses import dataclass, field

FIELDS = ("name", "phone", "identity_number")


@dataclass
class Person:
    id: object
    door: object
    number: int
    by_import: bool
    name: str = ""
    phone: str = ""
    identity_number: str = ""
    needs: frozenset = frozenset()
    left: bool = False
    said: dict | None = None  # what the last files said of them

    @property
    def is_head(self):
        return not (self.name or self.phone or self.identity_number)


@dataclass
class Account:
    """Ids of people in each part; of those added their doors and names."""

    added: list = field(default_factory=list)
    changed: set = field(default_factory=set)
    moved: set = field(default_factory=set)
    left: set = field(default_factory=set)
    unchanged: set = field(default_factory=set)
    values: dict = field(default_factory=dict)  # of whoever stays: door, name, phone, identity number, needs


def import_by_hand(people, rows):
    """Compare the rows with everybody, one by one."""
    order = sorted(people, key=lambda person: (person.left, person.number, str(person.id)))
    waiting = sorted((row for row in rows if row.is_person), key=lambda row: (str(row.door), row.line))
    pairs = []
    free = list(order)

    def pair_up(fits, *, alone):
        still = []
        before = list(free)
        for row in list(waiting):
            found = [person for person in free if fits(row, person)]
            others = [other for other in waiting if other is not row and _same_key(fits, row, other, before)]
            candidates = [person for person in before if fits(row, person)]
            living = [person for person in candidates if not person.left] or candidates
            if found and (not alone or (not others and len(living) == 1)):
                pairs.append((row, found[0]))
                free.remove(found[0])
            else:
                still.append(row)
        waiting[:] = still

    pair_up(lambda row, who: row.identity_number and row.identity_number == who.identity_number, alone=True)
    at_door = [
        lambda row, who: row.phone and (row.door, row.name, row.phone) == (who.door, who.name, who.phone),
        lambda row, who: row.name and (row.door, row.name) == (who.door, who.name),
        lambda row, who: row.identity_number and (row.door, row.identity_number) == (who.door, who.identity_number),
        lambda row, who: row.phone and (row.door, row.phone) == (who.door, who.phone) and not row.name,
        lambda row, who: row.phone and (row.door, row.phone) == (who.door, who.phone) and not who.name,
        lambda row, who: (
            who.said is not None
            and (row.name or row.phone)
            and (row.door, row.name or row.phone) == (who.said["door"], who.said["name"] or who.said["phone"])
        ),
    ]
    for fits in at_door:
        pair_up(fits, alone=False)
    pair_up(lambda row, who: row.name and row.phone and (row.name, row.phone) == (who.name, who.phone), alone=True)
    pair_up(lambda row, who: row.door == who.door and who.is_head and not who.left, alone=False)

    account = Account()
    surplus, new_heads, silent = _count_heads(rows, free)
    for row, person in pairs:
        _compare(account, row, person)
    for person in silent:
        free.remove(person)
        _compare(account, None, person)
    for row in waiting:
        account.added.append((row.door, row.name))
    account.added += new_heads
    account.left = _who_leaves(rows, free, surplus)
    return account


def _same_key(fits, row, other, people):
    """Whether two rows mean the same people by this sign."""
    return any(fits(row, person) and fits(other, person) for person in people)


def _count_heads(rows, free):
    """Without names, fewer heads remove the highest numbers, and more heads are added."""
    surplus, new, here = set(), [], []
    for door in {row.door for row in rows if row.heads is not None}:
        named = sum(row.door == door and row.is_person for row in rows)
        heads = max(row.heads for row in rows if row.door == door and row.heads is not None)
        present = [
            person
            for person in free
            if person.door == door and not person.left and (not named or person.is_head or not person.by_import)
        ]
        present.sort(key=lambda person: (person.by_import, person.is_head, person.number))
        places = max(0, heads - named)
        here += present[:places]
        surplus |= {person.id for person in present[places:]}
        new += [(door, "")] * max(0, places - len(present))
    return surplus, new, here


def _compare(account, row, person):
    """A field changes only where the file differs from the file before and from the registry."""
    if person.left:
        if person.said is None:
            account.added.append((row.door, row.name))
        else:
            account.unchanged.add(person.id)  # marked as left by hand, and stays away
        return
    said = person.said or {}
    values = {"door": person.door, **{name: getattr(person, name) for name in FIELDS}, "needs": person.needs}
    new = (
        {} if row is None else {"door": row.door, **{name: getattr(row, name) for name in FIELDS if getattr(row, name)}}
    )
    for name, value in new.items():
        if value != values[name] and (person.said is None or said[name] != value):
            values[name] = value
    if row is not None and row.needs is not None and (person.said is None or said["needs"] != row.needs):
        values["needs"] = (person.needs - (said.get("needs") or frozenset())) | row.needs
    if values["door"] != person.door:
        account.moved.add(person.id)
    elif any(values[name] != getattr(person, name) for name in (*FIELDS, "needs")):
        account.changed.add(person.id)
    else:
        account.unchanged.add(person.id)
    account.values[person.id] = values


def _who_leaves(rows, free, surplus):
    """Only people who came by import, of buildings that the file names; heads only by a head count."""
    speaks = {row.door.building for row in rows if row.is_person or row.heads is not None}
    gone = set()
    for person in free:
        if person.left or not person.by_import or person.door.building not in speaks:
            continue
        if person.id in surplus:
            gone.add(person.id)
            continue
        if person.said is not None and person.said["door"].building not in speaks:
            continue  # moved here by hand
        is_listed = any(row.door == person.door for row in rows)
        is_named = any(row.door == person.door and row.is_person for row in rows)
        if not is_listed or (is_named and not person.is_head):
            gone.add(person.id)
    return gone
