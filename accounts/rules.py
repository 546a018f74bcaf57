"""Who may do what. A role gives permissions; a grant says where."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from bulou.text import clean_text


class Role(StrEnum):
    MANAGER = "manager"
    POINT_LEAD = "point_lead"
    REGISTRAR = "registrar"
    VOLUNTEER = "volunteer"
    VIEWER = "viewer"
    DEVICE = "device"  # an enrolled phone, at its point


OF_PEOPLE: tuple[Role, ...] = tuple(
    role for role in Role if role is not Role.DEVICE
)  # what an account or a program may be given


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
    MANAGE_DEVICES = "manage_devices"  # enrol phones for a point, see and revoke them
    VIEW_MISSING = "view_missing"
    EXCUSE = "excuse"
    ASSIGN_STEWARDS = "assign_stewards"
    VISIT_DOORS = "visit_doors"  # one's own doors: call, knock, record what came of it
    MANAGE_ACCOUNTS = "manage_accounts"


_COUNTS = frozenset({Permission.VIEW_COUNTS, Permission.VIEW_PLAN})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.MANAGER: frozenset(Permission),
    Role.POINT_LEAD: _COUNTS
    | {
        Permission.SCAN,
        Permission.MANAGE_DEVICES,
        Permission.VIEW_MISSING,
        Permission.EXCUSE,
        Permission.PRINT_TICKETS,
    },
    Role.REGISTRAR: _COUNTS | {Permission.SCAN},
    Role.VOLUNTEER: _COUNTS | {Permission.VISIT_DOORS},
    Role.VIEWER: _COUNTS,
    Role.DEVICE: frozenset({Permission.SCAN}),
}

# About everybody who lives here, not about one round or point: whoever has a role only there may not do these.
COMMUNITY_WIDE = frozenset(
    {
        Permission.EDIT_ROSTER,
        Permission.EXPORT_ROSTER,
        Permission.UNMASK,
        Permission.ASSIGN_STEWARDS,
        Permission.MANAGE_ACCOUNTS,
    }
)


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
    timezone: str = "Asia/Shanghai"
    session_id: UUID | None = None  # the browser's; None = a token
    revoked_at: datetime | None = None  # of a device: since then it may only deliver what it made before

    def may(self, permission: Permission, *, round_id: UUID | None = None, point_id: UUID | None = None) -> bool:
        """Whether some role of theirs allows it there."""
        if permission in COMMUNITY_WIDE:
            return self.may_everywhere(permission)
        return any(permission in PERMISSIONS[area.role] and area.covers(round_id, point_id) for area in self.areas)

    def may_everywhere(self, permission: Permission) -> bool:
        """Whether they may do it in the whole community, not only at a point or in a round."""
        return any(
            permission in PERMISSIONS[area.role] and area.round_id is None and area.point_id is None
            for area in self.areas
        )

    @property
    def is_device(self) -> bool:
        """Whether it is an enrolled phone, which its token stands for."""
        return Role.DEVICE in self.roles

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(area.role for area in self.areas)


@dataclass(frozen=True, slots=True)
class CommunityFounded:
    """Announced with the first account: the community that it manages is wanted."""

    community_id: str
    name: str
    at: datetime


# Signing in.

IDLE = timedelta(hours=12)  # a browser that asked for nothing for this long has to sign in again
LIFE = timedelta(days=7)  # and so has every browser in the end
REMEMBERED = timedelta(days=90)  # when somebody was last here is known for this long
SEEN_EVERY = timedelta(minutes=5)  # a visit is noted this often at most: reading a page seldom writes
MAX_WRONG = 5  # wrong passwords in a row
LOCKED = timedelta(minutes=15)
INVITATION_LIFE = timedelta(days=7)  # of a link that makes an account
PASSWORD_LINK_LIFE = timedelta(days=1)  # of a link that sets a new password


def is_alive(*, seen_at: datetime, ends_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a browser is still signed in."""
    return ended_at is None and now < ends_at and now < seen_at + IDLE


def ended_since(revoked_at: datetime | None, ends_at: datetime | None, *, now: datetime) -> datetime | None:
    """Since when a phone is no longer trusted, whichever came first: it was revoked, or its time is over. None = it is."""
    over = ends_at if ends_at is not None and ends_at <= now else None
    return min((at for at in (revoked_at, over) if at is not None), default=None)


def judge_wrong_password(failed_attempts: int, now: datetime) -> tuple[int, datetime | None]:
    """After one more wrong password: how many in a row that makes, and until when the account is locked."""
    failed_attempts += 1
    return (0, now + LOCKED) if failed_attempts >= MAX_WRONG else (failed_attempts, None)


# Passwords.

MAX_NAME = 60  # characters
MIN_PASSWORD = 10  # characters; length is asked for and no mixture: NIST SP 800-63B
MAX_PASSWORD = 200
# Of ten characters and more, tried first by everybody; in lower case.
COMMON_PASSWORDS = frozenset(
    """
    1234567890 0123456789 0987654321 9876543210 12345678910 123456789a a123456789 a1234567890 1234567890a 123456789q
    1234567891 1234512345 1122334455 1111122222 123123123123 123456123456 123321123321 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5
    1qaz2wsx3edc qwertyuiop qwerty1234 qwerty12345 qwerty123456 qwe123456789 asdfghjkl123 asdfghjkl; zxcvbnm123 abcd123456
    abc1234567 abc123456789 abcdefghij aa12345678 aa123456789 qq123456789 wang123456 zhang123456 admin12345 admin123456
    administrator adminadmin password12 password123 password1234 passw0rd123 p@ssw0rd123 mypassword letmein123 welcome123
    iloveyou123 woaini1314 woaini520 woaini5201314 woaini1314520 5201314520 1314520520 5201314521 1314521521 qazwsxedc123
    0000000000 bulou12345 bulou123456 buloubulou changeme123 test123456 user123456 1357924680 2468013579 3141592653
    """.split()  # noqa: SIM905 - as a list it would be sixty lines
)


class PasswordFault(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    IS_NAME = "is_name"
    TOO_COMMON = "too_common"


def judge_password(password: str, *, name: str) -> PasswordFault | None:
    """What is wrong with a new password; None = nothing."""
    plain = password.casefold()
    if len(password) < MIN_PASSWORD:
        return PasswordFault.TOO_SHORT
    if len(password) > MAX_PASSWORD:
        return PasswordFault.TOO_LONG
    if name and not plain.replace(name.casefold(), "").strip():
        return PasswordFault.IS_NAME
    if plain in COMMON_PASSWORDS or len(set(plain)) == 1:
        return PasswordFault.TOO_COMMON
    return None


def account_name(typed: str) -> str:
    """The one form a name is kept and looked up in: a phone that writes the first letter large changes nothing."""
    return clean_text(typed, max_length=MAX_NAME).casefold()[:MAX_NAME]


# In the order in which they are looked for: each of the later ones stands in the names of some earlier ones, too.
_BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser_name(user_agent: str) -> str:
    """What a browser is called in the list of those signed in: "Chrome, Android". Empty = cannot be told.

    Nothing more is kept: a whole user agent tells one person from another.
    """
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system)))
