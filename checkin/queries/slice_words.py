"""A household of a slice as phones read it. Names are masked, of numbers the last digits stay, of ticket codes their hashes."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from bulou.crypto import field_keys
from bulou.walltime import day_end
from checkin.queries.slices import ExcuseRow, HomeRow, MemberRow, TicketRow, id_of, instant_of
from checkin.rules.slices import last_digits, ticket_hash
from registry.rules import GREEN_LANE_NEEDS, NeedKind, door_words
from registry.words import shown_name

Body = dict[str, Any]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def household_json(community_id: str, zone: str, household_id: str, home: HomeRow) -> str:
    """In the reader's language; a part of a list in JSON."""
    heads = len(home.members)
    body = {
        "id": id_of(household_id),
        "door": door_words(home.building, home.unit, home.door),
        **_codes(home.tickets),
        "members": [_member(community_id, zone, member, heads) for member in home.members],
    }
    if revoked := _revoked(home.tickets):
        body["revoked"] = revoked
    return _JSON.encode(body)


def _member(community_id: str, zone: str, member: MemberRow, heads: int) -> Body:
    return {
        "id": id_of(member.id),
        "name": shown_name(member.name, member.number, heads),
        **_codes(member.tickets),
        "revoked": _revoked(member.tickets),
        "last": _last(community_id, (member.phone, member.identity_number)),
        "excused": [_excused(excuse) for excuse in member.excuses],
        "isolated": NeedKind.HOME_ISOLATION in member.needs,
        "green": not GREEN_LANE_NEEDS.isdisjoint(member.needs),
        "no_phone": NeedKind.NO_PHONE in member.needs,
        "place": _place(member, zone),
        "sampled_at": iso(member.sampled_at),
        "sampled_point": id_of(member.sampled_point) if member.sampled_point else None,
        "arrived_at": iso(member.arrived_at),
    }


def _codes(tickets: Sequence[TicketRow]) -> Body:
    """The valid ticket; `also` only where there are more of them."""
    valid = [ticket_hash(ticket.code) for ticket in tickets if ticket.revoked_at is None]
    code: Body = {"code": valid[0] if valid else None}
    return {**code, "also": valid[1:]} if valid[1:] else code


def _revoked(tickets: Iterable[TicketRow]) -> list[tuple[str, str | None]]:
    return [(ticket_hash(ticket.code), iso(ticket.revoked_at)) for ticket in tickets if ticket.revoked_at is not None]


def _last(community_id: str, numbers: Iterable[bytes | None]) -> list[str]:
    opened = (field_keys().decrypt(community_id, number) for number in numbers if number)
    return list(dict.fromkeys(last_digits(number) for number in opened))


def _excused(excuse: ExcuseRow) -> tuple[str | None, ...]:
    """Since when, until when (None = open), and when it was entered: it says nothing of earlier scans."""
    ends = [iso(at) for at in (excuse.until_at, excuse.withdrawn_at) if at is not None]
    return iso(excuse.from_at), min(filter(None, ends), default=None), iso(excuse.entered_at)


def _place(member: MemberRow, zone: str) -> Body | None:
    if member.place_point is None or member.place_from is None or member.place_to is None:
        return None
    return {"point": id_of(member.place_point), **_times(member.place_from, member.place_to, zone)}


@lru_cache(maxsize=1_000)
def _times(starts_at: str, ends_at: str, zone: str) -> Body:
    """Hundreds of people share a slot."""
    day_ends_at = day_end(instant_of(ends_at), zone)
    return {"from": iso(starts_at), "to": iso(ends_at), "day_ends_at": day_ends_at.isoformat()}


def iso(at: str | None) -> str | None:
    return instant_of(at).isoformat() if at else None
