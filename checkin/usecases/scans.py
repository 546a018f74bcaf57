"""Recording scans: gathered evidence, a verdict for each in the order given, and what follows, written once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Permission, Principal
from bulou.errors import DomainError
from checkin.errors import CodeMissing, NotOfHousehold, PointNotFound, PointNotYours, ScanIdReused, UndoesMissing
from checkin.forms import IncomingScan
from checkin.rules import (
    COMMUNITY_LENGTH,
    Fact,
    Facts,
    Outcome,
    PersonFacts,
    PointFacts,
    ScanFacts,
    ScanKind,
    TicketFacts,
    Verdict,
    arrivals,
    judge_scan,
    judge_walk_in,
    read_ticket_code,
    settle,
)
from checkin.usecases.answers import Answer, Kept, say_all, shown_place
from checkin.usecases.evidence import Evidence, KeptScan, PersonSeen, PointSeen, TicketSeen, gather, place_at
from checkin.usecases.keeping import insert_scans, insert_visitors, scan_row
from checkin.usecases.standing import settle_winners
from checkin.usecases.walk_ins import insert_walk_ins, walk_in_row


@dataclass(frozen=True, slots=True)
class Sent:
    """A scan, and who sent it."""

    scan: IncomingScan
    by: Principal


def record_scan(session: Session, scan: IncomingScan, *, by: Principal, now: datetime) -> Answer:
    """Record one fact. Sent again, it changes nothing and gets the same answer.

    Raises PointNotFound, PointNotYours, ScanIdReused, NotOfHousehold, CodeMissing, UndoesMissing, and then keeps nothing.
    """
    [answer] = record_scans(session, [Sent(scan, by)], now=now)
    if isinstance(answer, DomainError):
        raise answer
    return answer


def record_scans(session: Session, sent: Sequence[Sent], *, now: datetime) -> list[Answer | DomainError]:
    """Record several facts of any communities in the order given: an answer for each, or why it was refused.

    What one is refused spoils no other. Thirty scans cost as many statements as one.
    """
    found: dict[int, Answer | DomainError] = {}
    for community_id in sorted({one.by.community_id for one in sent}):  # rows are held in one order everywhere
        places = [place for place, one in enumerate(sent) if one.by.community_id == community_id]
        answers = _record_of(session, community_id, [sent[place] for place in places], now)
        found |= dict(zip(places, answers, strict=True))
    return [found[place] for place in range(len(sent))]


def _record_of(session: Session, community_id: str, sent: Sequence[Sent], now: datetime) -> list[Answer | DomainError]:
    connection = session.connection()
    evidence = gather(connection, community_id, [one.scan for one in sent])
    record = Record(evidence, now)
    kept = [record.take(one.scan, one.by) for one in sent]
    insert_scans(connection, record.rows)
    insert_visitors(connection, record.visitors)
    insert_walk_ins(connection, record.walk_ins)
    settle_winners(connection, community_id, evidence.entries, record.settled(), now=now)
    return say_all(connection, evidence, [one.scan for one in sent], kept)


@dataclass(slots=True)
class Record:
    """Scans that are being recorded together: the rows they become, and whose standing they may change."""

    evidence: Evidence
    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    visitors: list[dict[str, Any]] = field(default_factory=list)
    walk_ins: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[tuple[UUID, UUID], None] = field(default_factory=dict)  # (round, resident), in the order of receipt

    def take(self, scan: IncomingScan, by: Principal) -> Kept | DomainError:
        """What is kept of the answer; a repeat is answered as before."""
        try:
            _check_whole(scan)
            point = _point_of(self.evidence, scan, by)
            earlier = self.evidence.kept.get(scan.scan_id)
            if earlier is not None:
                return _earlier(earlier, scan)
            return self._way_of(scan)(scan, point, by)
        except DomainError as refusal:
            return refusal

    def _way_of(self, scan: IncomingScan) -> Callable[[IncomingScan, PointSeen, Principal], Kept]:
        if scan.kind is ScanKind.UNDO:
            return self._undo
        return self._scan if scan.code or scan.resident else self._walk_in

    def settled(self) -> dict[tuple[UUID, UUID], list[Fact]]:
        """All facts of everybody whom one of these scans was about."""
        return {key: self.evidence.history[key] for key in self.touched}

    def _scan(self, scan: IncomingScan, point: PointSeen, by: Principal) -> Kept:
        seen = look(self.evidence, scan, point)
        verdict = judge_scan(seen.facts)
        fact = seen.fact(scan, verdict)
        kept = _kept_answer(self.evidence, scan, seen, verdict, fact)
        values = {
            "ticket_id": seen.ticket.id if seen.ticket else None,
            "code": seen.code,
            "counts": verdict.counts,
            "against": verdict.against,
        }
        self._keep(scan, point, kept, fact if seen.person else None, values, by)
        self._note_visitor(scan, seen)
        return kept

    def _walk_in(self, scan: IncomingScan, point: PointSeen, by: Principal) -> Kept:
        """Somebody without a ticket whom nobody found. Raises WalkInUnreadable."""
        said = walk_in_row(self.evidence.community_id, point.round_id, scan, self.evidence.slice_keys)
        facts = ScanFacts(scan.kind, scan.corrected_at, str(scan.point), bool(scan.override), scan.taken)
        verdict = judge_walk_in(facts, point.round)
        is_undone = (point.round_id, scan.scan_id) in self.evidence.undone
        kept = Kept(Outcome.UNDONE if is_undone else verdict.outcome, scan.kind)
        self._keep(scan, point, kept, None, {"against": verdict.against}, by)
        self.walk_ins.append(said)
        return kept

    def _undo(self, scan: IncomingScan, point: PointSeen, by: Principal) -> Kept:
        """Take a scan of this round back. It may not have arrived yet; when it does, it will not count."""
        assert scan.undoes is not None  # checked on entry
        target = self.evidence.kept.get(scan.undoes)
        is_ours = target is not None and target.round_id == point.round_id and target.kind is not ScanKind.UNDO
        resident_id = self._settled_on(point.round_id, target.resident_id) if target and is_ours else None
        kept = Kept(Outcome.UNDONE, ScanKind.UNDO, resident_id=resident_id)
        self._keep(scan, point, kept, None, {}, by)
        return kept

    def _settled_on(self, round_id: UUID, resident_id: UUID | None) -> UUID | None:
        """Whose entry a scan made earlier is settled on now: of somebody who was merged since, the one they are."""
        if resident_id is None or (round_id, resident_id) in self.evidence.entries:
            return resident_id
        person = self.evidence.person(resident_id)
        return person.id if person else resident_id

    def _keep(
        self,
        scan: IncomingScan,
        point: PointSeen,
        kept: Kept,
        fact: Fact | None,
        values: dict[str, Any],
        by: Principal,
    ) -> None:
        row = scan_row(scan, point.round_id, kept, by=by, now=self.now) | values
        self.rows.append(row)
        self.evidence.add(KeptScan(*(row[name] for name in KeptScan.__dataclass_fields__)), fact)
        if kept.resident_id is not None:
            self.touched[point.round_id, kept.resident_id] = None

    def _note_visitor(self, scan: IncomingScan, seen: "Seen") -> None:
        """A ticket that another community gave out: the person is counted apart."""
        community_id = self.evidence.community_id
        if seen.code is None or seen.ticket or seen.code[:COMMUNITY_LENGTH] == community_id:
            return
        key = {"community_id": community_id, "scan_id": scan.scan_id, "round_id": seen.point.round_id}
        self.visitors.append({**key, "code": seen.code, "seen_at": scan.corrected_at})


def _check_whole(scan: IncomingScan) -> None:
    if scan.kind is ScanKind.UNDO:
        if scan.undoes is None:
            raise UndoesMissing()
    elif not (scan.code or scan.resident or scan.walk_in):
        raise CodeMissing()


def _point_of(evidence: Evidence, scan: IncomingScan, by: Principal) -> PointSeen:
    point = evidence.points.get(scan.point)
    if point is None:
        raise PointNotFound()
    if not by.may(Permission.SCAN, round_id=point.round_id, point_id=point.id):
        raise PointNotYours()
    return point


def _earlier(earlier: KeptScan, scan: IncomingScan) -> Kept:
    """What this scan was answered before. Raises ScanIdReused where it was another one."""
    if earlier.content_hash != scan.content_hash:
        raise ScanIdReused()
    return Kept.read(earlier)


# What is seen of a scan.


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts the verdict is made from, and what they were read from."""

    facts: Facts
    point: PointSeen
    code: str | None
    ticket: TicketSeen | None
    person: PersonSeen | None
    others: tuple[Fact, ...]
    is_undone: bool  # taken back before it came

    def fact(self, scan: IncomingScan, verdict: Verdict) -> Fact:
        against, counts = verdict.against, verdict.counts
        return Fact(scan.scan_id, scan.kind, str(scan.point), scan.corrected_at, counts, against, self.is_undone)


def look(evidence: Evidence, scan: IncomingScan, point: PointSeen) -> Seen:
    """The scan as it is seen now. Raises NotOfHousehold."""
    code = read_ticket_code(scan.code or "")
    at = scan.corrected_at
    ticket = evidence.tickets.get(code) if code else None
    person = _person_of(evidence, scan, ticket, point)
    others = tuple(evidence.history[point.round_id, person.id]) if person else ()
    facts = Facts(
        scan=ScanFacts(scan.kind, at, str(scan.point), bool(scan.override), scan.taken),
        ticket=_ticket_facts(ticket, point, person),
        round=point.round,
        point=PointFacts(point.is_doorstep, point.is_makeup_at(at)),
        person=_person_facts(evidence, scan, point, person, others) if person else None,
    )
    return Seen(facts, point, code, ticket, person, others, (point.round_id, scan.scan_id) in evidence.undone)


def _ticket_facts(ticket: TicketSeen | None, point: PointSeen, person: PersonSeen | None) -> TicketFacts | None:
    if ticket is not None:
        return TicketFacts(ticket.campaign_id == point.campaign_id, ticket.revoked_at)
    return TicketFacts(is_of_campaign=True) if person is not None else None


def _person_of(
    evidence: Evidence, scan: IncomingScan, ticket: TicketSeen | None, point: PointSeen
) -> PersonSeen | None:
    """Whom the scan is about; None = nobody we know, or a household of which nobody was named. Raises NotOfHousehold."""
    if ticket is None:  # without a code somebody found them on the list, which is as good as their ticket
        return None if scan.code else evidence.person(scan.resident)
    if ticket.resident_id is not None:
        own = evidence.people[ticket.resident_id]
        if scan.resident is not None and scan.resident not in (own.id, own.merged_into):
            raise NotOfHousehold()
        return evidence.person(own.id)
    if scan.resident is None:
        return None
    named = evidence.people.get(scan.resident)
    if named is None or named.household_id != ticket.household_id:
        _check_moved(evidence, scan.resident, ticket, point)
    return evidence.person(scan.resident)


def _check_moved(evidence: Evidence, resident_id: UUID, ticket: TicketSeen, point: PointSeen) -> None:
    """Whoever moved since the roster was taken may still be scanned with the household they are listed in."""
    entry = evidence.entries.get((point.round_id, resident_id))
    if entry is None or entry.household_id != ticket.household_id:
        raise NotOfHousehold()


def _person_facts(
    evidence: Evidence, scan: IncomingScan, point: PointSeen, person: PersonSeen, others: Sequence[Fact]
) -> PersonFacts:
    at = scan.corrected_at
    here_since = arrivals(others).get(str(scan.point))
    entry = evidence.entries.get((point.round_id, person.id))
    return PersonFacts(
        is_sampled=settle(others).sampled is not None,
        is_excused=person.is_excused_at(at),
        is_isolated=person.is_isolated,
        is_arrived_here=here_since is not None and here_since <= at,
        place=place_at(evidence.versions, entry, at, point.timezone),
    )


# What is kept of a scan.


def _kept_answer(evidence: Evidence, scan: IncomingScan, seen: Seen, verdict: Verdict, fact: Fact) -> Kept:
    if seen.person is None:
        members = _due(evidence, scan, seen) if verdict.outcome is Outcome.CHOOSE_MEMBER else None
        return Kept(verdict.outcome, scan.kind, member_ids=members)
    standing = settle([*seen.others, fact])
    person = seen.facts.person
    return Kept(
        # Taken back before it came: it must not be taken for one that counts.
        outcome=Outcome.UNDONE if seen.is_undone else verdict.outcome,
        kind=scan.kind,
        resident_id=seen.person.id,
        sampled_at=standing.sampled.at if standing.sampled else None,
        place=shown_place(person.place) if person else None,
        is_isolated=seen.person.is_isolated,
    )


def _due(evidence: Evidence, scan: IncomingScan, seen: Seen) -> tuple[UUID, ...]:
    """Members of the household who are neither sampled nor excused."""
    assert seen.ticket is not None  # of a household
    members = (one for one in evidence.people.values() if one.household_id == seen.ticket.household_id and one.is_here)
    return tuple(
        one.id
        for one in members
        if not one.is_excused_at(scan.corrected_at)
        and settle(evidence.history[seen.point.round_id, one.id]).sampled is None
    )
