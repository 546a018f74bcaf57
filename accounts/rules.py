"""Who may do what. A role gives permissions; a grant says where."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    MANAGER = "manager"
    POINT_LEAD = "point_lead"
    REGISTRAR = "registrar"
    VOLUNTEER = "volunteer"
    VIEWER = "viewer"


class Permission(StrEnum):
    VIEW_COUNTS = "view_counts"  # how many, never who
    VIEW_PLAN = "view_plan"
    VIEW_ROSTER = "view_roster"  # doors and masked names
    EDIT_ROSTER = "edit_roster"
    EXPORT_ROSTER = "export_roster"
    UNMASK = "unmask"  # full names and phones, noted each time
    EDIT_ROUND = "edit_round"
    PLAN_ROUND = "plan_round"
    PUBLISH_PLAN = "publish_plan"
    CLOSE_ROUND = "close_round"
    PRINT_TICKETS = "print_tickets"
    SCAN = "scan"  # record scans and look people up at a point
    VIEW_MISSING = "view_missing"
    EXCUSE = "excuse"
    ASSIGN_STEWARDS = "assign_stewards"
    VISIT_DOORS = "visit_doors"  # one's own doors: call, knock, record what came of it
    MANAGE_ACCOUNTS = "manage_accounts"


_COUNTS = frozenset({Permission.VIEW_COUNTS, Permission.VIEW_PLAN})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(Permission),
    Role.POINT_LEAD: _COUNTS | {Permission.SCAN, Permission.VIEW_MISSING, Permission.EXCUSE, Permission.PRINT_TICKETS},
    Role.REGISTRAR: _COUNTS | {Permission.SCAN},
    Role.VOLUNTEER: _COUNTS | {Permission.VISIT_DOORS},
    Role.VIEWER: _COUNTS,
}


@dataclass(frozen=True, slots=True)
class Area:
    """A role and where it holds. None = everywhere in the community."""

    role: Role
    round_id: UUID | None = None
    point_id: UUID | None = None

    def covers(self, round_id: UUID | None, point_id: UUID | None) -> bool:
        """Whether the role holds there. A question that names no round or point is about none in particular."""
        return _within(self.round_id, round_id) and _within(self.point_id, point_id)


def _within(granted: UUID | None, asked: UUID | None) -> bool:
    return granted is None or asked is None or granted == asked


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever is asking: an account in a browser, or a token of a device or program."""

    community_id: str
    areas: tuple[Area, ...]
    account_id: UUID | None = None  # None = a token
    token_id: UUID | None = None  # None = an account
    shown_name: str = ""

    def may(self, permission: Permission, *, round_id: UUID | None = None, point_id: UUID | None = None) -> bool:
        """Whether some role of theirs allows it there."""
        return any(permission in PERMISSIONS[area.role] and area.covers(round_id, point_id) for area in self.areas)

    def may_everywhere(self, permission: Permission) -> bool:
        """Whether they may do it in the whole community, not only at a point or in a round."""
        return any(
            permission in PERMISSIONS[area.role] and area.round_id is None and area.point_id is None
            for area in self.areas
        )

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(area.role for area in self.areas)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
