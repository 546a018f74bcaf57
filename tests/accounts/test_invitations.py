"""Links for one use: for a colleague, and for whoever has lost the password."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from accounts.errors import AccountNotFound, InvitationNotValid, LastManager, PasswordTooShort
from accounts.models import Account, AuditEntry, Grant, Invitation
from accounts.passwords import prove
from accounts.queries import list_invitations
from accounts.rules import Area, Principal, Role
from accounts.usecases import (
    accept_invitation,
    change_areas,
    change_password,
    end_account,
    invite,
    make_password_link,
    reset_password,
    revoke_invitation,
    use_password_link,
)
from bulou.database import reading, transaction
from tests.accounts.pages import PASSWORD, make_person, submit
from tests.factories import NOON, make_campaign, make_community, make_point, make_round

NEW = "four green kettles"
WHO = {"name": "li", "shown_name": "李样例", "password": NEW}


def test_whoever_is_invited_gets_the_role_where_it_holds(session):
    community = make_community(session)
    round_ = make_round(session, make_campaign(session, community))
    point = make_point(session, round_)
    area = Area(Role.REGISTRAR, round_.id, point.id)
    made = invite(session, community.id, area=area, now=NOON)

    account = accept_invitation(session, made.secret.lower(), **WHO, now=NOON + timedelta(days=6))

    grant = session.exec(select(Grant).where(Grant.account_id == account.id)).one()
    assert (grant.role, grant.round_id, grant.point_id) == (Role.REGISTRAR, round_.id, point.id)
    assert list_invitations(session, community.id, now=NOON) == []


def test_a_link_is_used_once(session):
    made = invite(session, make_community(session).id, area=Area(Role.VIEWER), now=NOON)
    accept_invitation(session, made.secret, **WHO, now=NOON)

    with pytest.raises(InvitationNotValid):
        accept_invitation(session, made.secret, **{**WHO, "name": "another"}, now=NOON)


def test_a_link_is_worth_nothing_after_seven_days_or_when_revoked(session):
    community = make_community(session).id
    old, revoked = (invite(session, community, area=Area(Role.VIEWER), now=NOON) for _ in range(2))
    revoke_invitation(session, (community, revoked.id), now=NOON)

    for secret, now in ((old.secret, NOON + timedelta(days=7)), (revoked.secret, NOON), ("0" * 20, NOON)):
        with pytest.raises(InvitationNotValid):
            accept_invitation(session, secret, **WHO, now=now)


def test_only_the_hash_of_the_secret_is_kept(session):
    made = invite(session, make_community(session).id, area=Area(Role.VIEWER), now=NOON)

    kept = session.exec(select(Invitation)).one()

    assert made.secret.replace("-", "") not in str(kept.model_dump())
    assert all(made.secret not in str(entry.facts) for entry in session.exec(select(AuditEntry)))


def test_who_may_no_longer_add_colleagues_leaves_no_link_behind(session):
    leaving = make_person(session, "wang")
    make_person(session, "zhao", community_id=leaving.community_id)
    by = Principal(leaving.community_id, (Area(Role.MANAGER),), leaving.id)
    for end in (
        lambda: change_areas(session, (leaving.community_id, leaving.id), [Area(Role.VIEWER)], now=NOON),
        lambda: end_account(session, (leaving.community_id, leaving.id), now=NOON),
    ):
        made = invite(session, leaving.community_id, area=Area(Role.MANAGER), by=by, now=NOON)
        end()

        with pytest.raises(InvitationNotValid):
            accept_invitation(session, made.secret, **WHO, now=NOON)


def test_a_new_password_by_link_unlocks_and_the_earlier_link_ends(session):
    account = make_person(session, "wang")
    key = (account.community_id, account.id)
    account.locked_until = NOON + timedelta(minutes=10)
    first, second = (make_password_link(session, key, now=NOON) for _ in range(2))

    with pytest.raises(InvitationNotValid):
        use_password_link(session, first.secret, password=NEW, now=NOON)
    changed = use_password_link(session, second.secret, password=NEW, now=NOON)

    assert changed.locked_until is None
    assert prove(NEW, changed.password_hash).proved_hash
    assert not prove(PASSWORD, changed.password_hash).proved_hash


def test_a_password_that_was_set_otherwise_ends_the_links_to_set_it(session):
    account = make_person(session, "wang")
    key = (account.community_id, account.id)
    by = Principal(key[0], (Area(Role.MANAGER),), account.id)
    for change in (
        lambda: reset_password(session, key, now=NOON),
        lambda: change_password(session, key, present=NEW, new=PASSWORD, by=by, now=NOON),
    ):
        use_password_link(session, make_password_link(session, key, now=NOON).secret, password=NEW, now=NOON)
        made = make_password_link(session, key, now=NOON)
        change()

        with pytest.raises(InvitationNotValid):
            use_password_link(session, made.secret, password=NEW, now=NOON)


def test_a_link_of_one_kind_does_nothing_of_the_other(session):
    account = make_person(session, "wang")
    for_password = make_password_link(session, (account.community_id, account.id), now=NOON)
    for_account = invite(session, account.community_id, area=Area(Role.VIEWER), now=NOON)

    with pytest.raises(InvitationNotValid):
        accept_invitation(session, for_password.secret, **WHO, now=NOON)
    with pytest.raises(InvitationNotValid):
        use_password_link(session, for_account.secret, password=NEW, now=NOON)


def test_an_ended_account_gets_no_new_password(session):
    account = make_person(session, "wang", role=Role.VIEWER)
    key = (account.community_id, account.id)
    made = make_password_link(session, key, now=NOON)
    end_account(session, key, now=NOON)

    with pytest.raises(AccountNotFound):
        make_password_link(session, key, now=NOON)
    with pytest.raises(InvitationNotValid):
        use_password_link(session, made.secret, password=NEW, now=NOON)


def secret_on(page: str) -> str:
    found = re.search(r"/join#([0-9A-Z-]{24})", page)
    assert found, page
    return found[1]


def signed_in_as_wang(app, client) -> str:
    with transaction() as session:
        community = make_person(session, "wang").community_id
    submit(client, "/sign-in", name="wang", password=PASSWORD)
    return community


def test_from_the_invitation_to_the_first_page(app, client):
    community = signed_in_as_wang(app, client)
    page = submit(client, "/accounts", "/invitations", role="registrar", place="", shown_name="小李").text
    invited = app.test_client()
    invited.set_cookie("lang", "en")
    code = secret_on(page)

    form = submit(invited, "/join", code=code)
    refused = submit(invited, "/join", "/join/account", code=code, **{**WHO, "password": "short", "again": "short"})
    answer = submit(invited, "/join", "/join/account", code=code, **WHO, again=NEW)

    assert "<svg" in page and "小李" in page
    assert "Registrar" in form.text and "小李" in form.text
    assert refused.status_code == 422 and PasswordTooShort.code and "at least 10" in refused.text
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    assert invited.get("/accounts").status_code == 403
    with reading() as session:
        assert session.exec(select(Account).where(Account.name == "li")).one().community_id == community


def test_a_link_that_is_none_is_refused_in_a_sentence(client):
    answer = submit(client, "/join", code="AAAA-BBBB")

    assert answer.status_code == 403
    assert "ask for a new one" in answer.text


def test_a_manager_makes_a_password_link_and_a_revoked_one_is_worth_nothing(app, client):
    community = signed_in_as_wang(app, client)
    with transaction() as session:
        colleague = make_person(session, "zhao", Role.VIEWER, community).id
    code = secret_on(submit(client, f"/accounts/{colleague}", f"/accounts/{colleague}/link").text)
    with reading() as session:
        invitation = session.exec(select(Invitation)).one()
    theirs = app.test_client()
    theirs.set_cookie("lang", "en")

    opened = submit(theirs, "/join", code=code)
    submit(client, "/accounts", f"/invitations/{invitation.id}/revoke")
    too_late = submit(theirs, "/join", "/join/password", code=code, password=NEW, again=NEW)

    assert "zhao" in opened.text
    assert too_late.status_code == 403


def test_whoever_leaves_is_out_and_the_last_manager_stays(app, client):
    community = signed_in_as_wang(app, client)
    unsure = submit(client, "/account", "/account/leave")
    last = submit(client, "/account", "/account/leave", sure="1")
    with transaction() as session:
        make_person(session, "zhao", community_id=community)

    answer = submit(client, "/account", "/account/leave", sure="1")

    assert unsure.status_code == 422 and "tick" in unsure.text
    assert last.status_code == LastManager.status and "only manager" in last.text
    assert answer.headers["Location"] == "/sign-in"
    assert client.get("/account").status_code == 302
