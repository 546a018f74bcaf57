"""Pages of the tokens that devices and programs show."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from accounts import queries, usecases
from accounts.access import current_principal, requires
from accounts.areas import list_places
from accounts.forms import TokenForm
from accounts.rules import Permission
from accounts.views.blueprint import Page, bp, show
from accounts.views.colleagues import area_choices, checked_area, managed_community_id
from accounts.words import area_name
from bulou.clock import clock
from bulou.database import reading, transaction
from bulou.errors import DomainError
from bulou.forms import read_form
from bulou.i18n import _


@bp.get("/accounts/tokens")
@requires(Permission.MANAGE_ACCOUNTS)
def list_tokens() -> Page:
    return show_tokens()


def show_tokens(refusal: DomainError | None = None, secret: str = "") -> Page:
    with reading() as session:
        lines = queries.list_tokens(session, managed_community_id())
        places = list_places(session, managed_community_id())
        choices = area_choices(session)
    names = {line.id: area_name(line.area, places) for line in lines}
    values = {} if secret else request.form
    return show("tokens", refusal, secret=secret, lines=lines, names=names, choices=choices, values=values)


@bp.post("/accounts/tokens")
@requires(Permission.MANAGE_ACCOUNTS)
def make_token() -> Page:
    try:
        form = read_form(TokenForm, request.form)
        with transaction() as session:
            area, by, now = checked_area(session, form), current_principal(), clock().now()
            made = usecases.make_token(session, managed_community_id(), area=area, name=form.name, by=by, now=now)
    except DomainError as refusal:
        return show_tokens(refusal)
    return show_tokens(secret=made.secret)


@bp.post("/accounts/tokens/<uuid:token_id>/revoke")
@requires(Permission.MANAGE_ACCOUNTS)
def revoke_token(token_id: UUID) -> Page:
    with transaction() as session:
        usecases.revoke_token(session, (managed_community_id(), token_id), by=current_principal(), now=clock().now())
    flash(_("The token is revoked."))
    return redirect(url_for(".list_tokens"))
