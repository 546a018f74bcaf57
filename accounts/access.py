"""How a route says who may use it, and how it learns who is asking. Open to all later features."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from flask import current_app, g
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from accounts.errors import DeviceRevoked, NotPermitted, NotSignedIn
from accounts.rules import Permission, Principal
from bulou.clock import clock

View = TypeVar("View", bound=Callable[..., Any])
OPEN = "open"  # written on a view that anybody may use


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Only for those who have one of the permissions somewhere. Where it holds is the use case's or view's question."""

    def mark(view: View) -> View:
        view.permissions = frozenset(permissions)  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    """For everybody who has signed in, whatever their role."""
    view.permissions = frozenset(Permission)  # type: ignore[attr-defined]
    return view


def open_to_all(view: View) -> View:
    """For anybody, also without an account."""
    view.permissions = OPEN  # type: ignore[attr-defined]
    return view


def also_when_revoked(view: View) -> View:
    """A phone that was revoked may still ask for it: what it made before must not be lost."""
    view.takes_revoked = True  # type: ignore[attr-defined]
    return view


def find_principal() -> Principal | None:
    """Whoever is asking; None where nobody has signed in. Set for each request by `accounts.views`."""
    return cast("Principal | None", g.get("principal"))


def current_principal() -> Principal:
    """Whoever is asking. Raises NotSignedIn."""
    principal = find_principal()
    if principal is None:
        raise NotSignedIn()
    return principal


def current_community_id() -> str:
    """The community everything on this page belongs to."""
    return current_principal().community_id


def current_account_id() -> UUID | None:
    """The account that is asking; None for a token."""
    return current_principal().account_id


def acting() -> dict[str, Any]:
    """Who does it and when, as every use case wants it."""
    return {"by": current_principal(), "now": clock().now()}


def check_may(permission: Permission, *, round_id: UUID | None = None, point_id: UUID | None = None) -> None:
    """Raises NotPermitted unless whoever is asking may do it there."""
    if not current_principal().may(permission, round_id=round_id, point_id=point_id):
        raise NotPermitted()


def may_open(path: str) -> bool:
    """Whether this program has such a page, and whoever is asking may see pages of its kind."""
    try:
        endpoint, blanks = current_app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RoutingException):
        return False
    permissions: frozenset[Permission] | str = getattr(current_app.view_functions[endpoint], "permissions", frozenset())
    principal, round_id = find_principal(), blanks.get("round_id")
    return permissions == OPEN or any(
        principal.may(cast(Permission, each), round_id=round_id) for each in permissions if principal
    )


def check_revoked(takes_revoked: bool) -> None:
    """Raises DeviceRevoked for a phone that is no longer trusted, unless the view takes what it made before."""
    principal = find_principal()
    if principal is not None and principal.revoked_at is not None and not takes_revoked:
        refuse_revoked(principal.revoked_at)


def refuse_revoked(revoked_at: datetime) -> NoReturn:
    """Raises DeviceRevoked."""
    raise DeviceRevoked(revoked_at=revoked_at.isoformat())


def check_route(permissions: frozenset[Permission] | str | None, *, round_id: UUID | None = None) -> None:
    """The gate before every view, in the round that the address names. A view that declares nothing is closed to all."""
    if permissions == OPEN:
        return
    principal = current_principal()
    may = principal.may
    if not permissions or not any(may(cast(Permission, each), round_id=round_id) for each in permissions):
        raise NotPermitted()
