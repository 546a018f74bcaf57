"""What a scan is answered and what counts. Pure; tests/checkin/cases.json holds the cases."""

from enum import StrEnum


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
