"""What a scan is answered, what counts, and who is sampled. Pure; tests/checkin/cases.json holds the cases.

What was sampled stays counted, whatever a later scan is answered. Whether a fact counts never depends on what other phones
have reported so far, so every order in which facts arrive ends in the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bulou.ids import is_code, read_code


class Match(StrEnum):
    """How well a line of the official list says who of ours it is."""

    SURE = "sure"
    DOUBTFUL = "doubtful"  # somebody has to look
    NOT_OURS = "not_ours"
    REFUSED = "refused"  # the line cannot be read, or says a time at which the round was not open


class TicketKind(StrEnum):
    RESIDENT = "resident"
    HOUSEHOLD = "household"


class ScanKind(StrEnum):
    SAMPLED = "sampled"
    ARRIVED = "arrived"
    UNDO = "undo"


class ScanSource(StrEnum):
    DEVICE = "device"
    PAPER = "paper"
    OFFICIAL = "official"


class Outcome(StrEnum):
    """What a scan is answered."""

    ACCEPTED = "accepted"
    ALREADY_SAMPLED = "already_sampled"
    UNKNOWN_TICKET = "unknown_ticket"
    WRONG_POINT = "wrong_point"
    WRONG_TIME = "wrong_time"
    REVOKED = "revoked"
    EXCUSED = "excused"
    CLOSED = "closed"
    UNDONE = "undone"
    CHOOSE_MEMBER = "choose_member"


EARLY = timedelta(minutes=15)  # so much before their time people are still welcome
CODE_LENGTH = 16  # of a ticket: 4 characters of the community and 12 random ones
COMMUNITY_LENGTH = 4
OF_PLACE = frozenset({Outcome.WRONG_POINT, Outcome.WRONG_TIME})  # set aside for whoever has arrived at that point


# What is asked.


@dataclass(frozen=True, slots=True)
class ScanFacts:
    kind: ScanKind
    at: datetime  # corrected
    point: str
    override: bool = False  # somebody gave a reason to accept it anyway
    taken: bool = False  # decided without the server: the person was swabbed


@dataclass(frozen=True, slots=True)
class TicketFacts:
    is_of_campaign: bool
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoundFacts:
    opened_at: datetime | None  # None = not yet
    closed_at: datetime | None  # None = not yet


@dataclass(frozen=True, slots=True)
class PointFacts:
    is_doorstep: bool = False
    is_makeup: bool = False  # a make-up session is on at the time of the scan


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Where and when the plan in force at the time of the scan calls the person."""

    point: str
    from_at: datetime
    to_at: datetime
    day_ends_at: datetime  # the midnight after it, by the community's clock


@dataclass(frozen=True, slots=True)
class PersonFacts:
    is_sampled: bool = False  # by another fact that stands
    is_excused: bool = False  # at the time of the scan
    is_isolated: bool = False  # at home, and must not queue
    is_arrived_here: bool = False  # at this point, not after the scan
    place: PlaceFacts | None = None  # None = the plan has none for them


@dataclass(frozen=True, slots=True)
class Facts:
    scan: ScanFacts
    ticket: TicketFacts | None  # None = no ticket of this community
    round: RoundFacts
    point: PointFacts
    person: PersonFacts | None  # None = unknown, or a household of which nobody was named


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    counts: bool  # stands as sampled unless it is undone
    against: Outcome | None = None  # what plan, excuse, revocation or hours say against it


def judge_scan(facts: Facts) -> Verdict:
    """Say what a scan is answered and whether it counts. The first thing that applies is the answer."""
    at_gate = judge_gate(facts)
    against = at_gate or judge_person(facts)
    is_sampling = facts.scan.kind is ScanKind.SAMPLED
    if facts.ticket is None or facts.person is None:
        return Verdict(at_gate or Outcome.UNKNOWN_TICKET, False, against)
    if is_sampling and facts.scan.taken:
        # The swab was taken: it counts, and what speaks against it is for people to settle.
        return Verdict(Outcome.ALREADY_SAMPLED if facts.person.is_sampled else Outcome.ACCEPTED, True, against)
    counts = is_sampling and against is None
    if at_gate is None and facts.person.is_sampled:
        return Verdict(Outcome.ALREADY_SAMPLED, counts, against)
    return Verdict(against or Outcome.ACCEPTED, counts, against)


def judge_walk_in(scan: ScanFacts, round_: RoundFacts) -> Verdict:
    """Of somebody whom nobody found on the list: noted and never counted, for nobody present is turned away."""
    against = None if is_open(round_, scan.at) else Outcome.CLOSED
    return Verdict(Outcome.ACCEPTED if scan.taken or against is None else against, False, against)


def is_open(round_: RoundFacts, at: datetime) -> bool:
    return is_past(round_.opened_at, at) and not is_past(round_.closed_at, at)


def judge_gate(facts: Facts) -> Outcome | None:
    """What no reason and no presence sets aside: the ticket and the round."""
    if facts.ticket is None:
        return Outcome.UNKNOWN_TICKET
    if not facts.ticket.is_of_campaign or is_past(facts.ticket.revoked_at, facts.scan.at):
        return Outcome.REVOKED
    if not is_open(facts.round, facts.scan.at):
        return Outcome.CLOSED
    return Outcome.CHOOSE_MEMBER if facts.person is None else None


def is_past(since: datetime | None, at: datetime) -> bool:
    """Whether it has happened by then; what happens at that very instant has."""
    return since is not None and since <= at


def judge_person(facts: Facts) -> Outcome | None:
    """Excuse, point and time. A reason to accept anyway sets all of it aside: nobody present is turned away."""
    if facts.scan.override or facts.person is None:
        return None
    if facts.person.is_excused:
        return Outcome.EXCUSED
    return judge_place(facts.scan, facts.point, facts.person)


def judge_place(scan: ScanFacts, point: PointFacts, person: PersonFacts) -> Outcome | None:
    if person.is_arrived_here:
        return None  # right here in any version of the plan
    if person.is_isolated and not point.is_doorstep:
        return Outcome.WRONG_POINT
    if point.is_makeup or person.place is None:
        return None  # open to all; and who has no place cannot be at a wrong one
    if person.place.point != scan.point:
        return Outcome.WRONG_POINT
    if point.is_doorstep:
        return None
    is_today = person.place.from_at - EARLY <= scan.at < person.place.day_ends_at
    return None if is_today else Outcome.WRONG_TIME


# What follows from all facts about one person in one round.


@dataclass(frozen=True, slots=True)
class Fact:
    """A scan as it was kept. `counts` and `against` are the verdict's."""

    id: UUID
    kind: ScanKind
    point: str
    at: datetime  # corrected
    counts: bool
    against: Outcome | None
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of a person in a round. None = not so."""

    sampled: Fact | None = None  # the winner
    arrived: Fact | None = None  # when they came to the point where they came last


def settle(facts: Iterable[Fact]) -> Standing:
    """Who is sampled by which fact: the smallest (corrected time, id) that stands. The order of `facts` is of no matter."""
    known = sorted(facts, key=lambda fact: (fact.at, fact.id))
    here_since = arrivals(known)
    standing = [fact for fact in known if not fact.is_undone]
    sampled = next((fact for fact in standing if stands(fact, here_since)), None)
    came = [fact for fact in standing if fact.kind is ScanKind.ARRIVED and holds(fact, here_since)]
    arrived = next((fact for fact in came if fact.point == came[-1].point), None)
    return Standing(sampled, arrived)


def arrivals(facts: Iterable[Fact]) -> dict[str, datetime]:
    """Since when the person has been at each point. An arrival that was undone still made the point a right one."""
    since: dict[str, datetime] = {}
    for fact in facts:
        if fact.kind is ScanKind.ARRIVED and fact.against is None:
            since[fact.point] = min(fact.at, since.get(fact.point, fact.at))
    return since


def stands(fact: Fact, here_since: dict[str, datetime]) -> bool:
    """Whether a fact samples the person, were it not undone."""
    return fact.kind is ScanKind.SAMPLED and (fact.counts or holds(fact, here_since))


def holds(fact: Fact, here_since: dict[str, datetime]) -> bool:
    """Nothing speaks against it, or only the place, where an arrival that was reported later made it a right one."""
    if fact.against is None:
        return True
    since = here_since.get(fact.point)
    return fact.against in OF_PLACE and since is not None and since <= fact.at


# Tickets.


def read_ticket_code(read: str) -> str | None:
    """The code in what was typed or scanned, which may be the whole link; None where there is none.

    Any case; O is read as 0, I and L as 1 (Douglas Crockford, "Base 32", 2002).
    """
    code = read_code(read.strip().split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1])
    return code if is_code(code, CODE_LENGTH) else None
