import subprocess
import sys
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import Session, col, select

from accounts.errors import (
    AccountNameTaken,
    AccountNotFound,
    CommunityNotFound,
    LastManager,
    NameEmpty,
    PasswordIsName,
    PasswordTooShort,
    PasswordWrong,
    SetupCodeWrong,
    SignInRefused,
    TokenNotFound,
)
from accounts.models import Account, AuditEntry, LoginSession
from accounts.passwords import Proof, prove
from accounts.queries import find_token_principal, find_visit, list_audit, list_browsers
from accounts.rules import IDLE, LIFE, LOCKED, Area, Principal, Role
from accounts.usecases import (
    add_account,
    begin_session,
    change_areas,
    change_password,
    end_account,
    end_session,
    forget_sessions,
    make_first_account,
    make_setup_code,
    make_token,
    note,
    note_visit,
    reset_password,
    revoke_token,
    sign_in,
    sign_out,
)
from app import connect
from bulou.ids import new_id
from registry.models import Community
from tests.accounts.pages import PASSWORD, make_person
from tests.factories import count_rows, make_community


def key_of(account: Account):
    return account.community_id, account.id


def try_password(session: Session, account: Account, password: str, now):
    return sign_in(session, account.name, prove(password, account.password_hash), now=now)


def principal_of(session: Session, secret: str, now) -> Principal | None:
    visit = find_visit(session, secret, now=now)
    return visit and visit.principal


def test_whoever_signs_in_has_the_roles_of_their_account(session, clock):
    account = make_person(session, role=Role.POINT_LEAD)

    answer = try_password(session, account, PASSWORD, clock.now())

    principal = principal_of(session, answer.secret, clock.now())
    assert (principal.account_id, principal.community_id) == (account.id, account.community_id)
    assert principal.areas == (Area(Role.POINT_LEAD),)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(session, clock):
    account = make_person(session)

    wrong = try_password(session, account, "two red buckets", clock.now())
    unknown = sign_in(session, "nobody", prove(PASSWORD, None), now=clock.now())

    assert wrong.secret is unknown.secret is None
    assert wrong.refusal.code == unknown.refusal.code == SignInRefused.code


def test_an_unknown_name_proves_nothing_even_with_the_password_it_is_compared_with():
    assert prove("nobody has this password", None) == Proof(None)


def test_a_locked_account_refuses_the_right_password_until_the_time_is_over(session, clock):
    account = make_person(session)
    for _ in range(5):
        try_password(session, account, "two red buckets", clock.now())

    locked = try_password(session, account, PASSWORD, clock.now())
    clock.advance(seconds=LOCKED.total_seconds())
    later = try_password(session, account, PASSWORD, clock.now())

    assert locked.secret is None
    assert later.secret is not None


def test_the_right_password_starts_the_count_of_wrong_ones_anew(session, clock):
    account = make_person(session)

    for password in ["two red buckets"] * 4 + [PASSWORD] + ["two red buckets"] * 4:
        try_password(session, account, password, clock.now())

    assert account.failed_attempts == 4
    assert account.locked_until is None


def test_a_proof_of_a_password_that_was_changed_meanwhile_is_worth_nothing(session, clock):
    account = make_person(session)
    proof = prove(PASSWORD, account.password_hash)
    reset_password(session, key_of(account), now=clock.now())

    answer = sign_in(session, account.name, proof, now=clock.now())

    assert answer.secret is None


def test_a_hash_made_with_older_parameters_is_replaced_at_the_next_sign_in(session, clock):
    account = make_person(session)
    older = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    account.password_hash = older.hash(PASSWORD)

    answer = try_password(session, account, PASSWORD, clock.now())

    assert answer.secret is not None
    assert "m=8," not in account.password_hash
    assert prove(PASSWORD, account.password_hash).proved_hash


def test_a_hash_is_as_slow_as_is_recommended():
    """In a process of its own: here passwords are quick."""
    words = "from accounts.passwords import HASHER; print(HASHER.hash('x'))"

    made = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert "m=19456,t=2,p=1" in made.stdout


def test_the_table_of_sessions_does_not_hold_the_secret(session, clock):
    secret = begin_session(session, make_person(session), browser="Chrome, Android", now=clock.now())

    row = session.exec(select(LoginSession)).one()

    assert secret.encode() not in row.secret_hash
    assert len(row.secret_hash) == 32


def test_a_session_ends_when_it_was_idle_and_lives_on_when_it_is_used(session, clock):
    account = make_person(session)
    idle, used = (begin_session(session, account, now=clock.now()) for _ in range(2))

    clock.advance(hours=11)
    note_visit(session, account.community_id, principal_of(session, used, clock.now()).session_id, now=clock.now())
    clock.advance(hours=2)

    assert principal_of(session, idle, clock.now()) is None
    assert principal_of(session, used, clock.now()) is not None
    assert timedelta(hours=12) == IDLE


def test_no_session_lives_longer_than_a_week_however_often_it_is_used(session, clock):
    account = make_person(session)
    secret = begin_session(session, account, now=clock.now())

    while (principal := principal_of(session, secret, clock.now())) and clock.now() < account.created_at + 2 * LIFE:
        note_visit(session, account.community_id, principal.session_id, now=clock.now())
        clock.advance(hours=6)

    assert clock.now() == account.created_at + LIFE


def test_sessions_that_nobody_used_for_months_are_forgotten(session, clock):
    account = make_person(session)
    begin_session(session, account, now=clock.now())
    clock.advance(days=89)
    secret = begin_session(session, account, now=clock.now())
    clock.advance(days=2)

    forget_sessions(session, now=clock.now())

    assert count_rows(session, LoginSession) == 1
    assert principal_of(session, secret, clock.now()) is None  # ended by rest, but still known


def test_signing_out_ends_this_session_and_no_other(session, clock):
    account = make_person(session)
    here, there = (begin_session(session, account, now=clock.now()) for _ in range(2))

    sign_out(session, principal_of(session, here, clock.now()), now=clock.now())

    assert principal_of(session, here, clock.now()) is None
    assert principal_of(session, there, clock.now()) is not None


def test_nobody_ends_the_session_of_somebody_else(session, clock):
    mine, other = make_person(session, "wang"), make_person(session, "li")
    secret = begin_session(session, other, now=clock.now())
    session_id = principal_of(session, secret, clock.now()).session_id

    end_session(session, key_of(mine), session_id, now=clock.now())

    assert len(list_browsers(session, key_of(other), now=clock.now())) == 1


def test_a_new_password_ends_all_other_sessions(session, clock):
    account = make_person(session)
    here, there = (begin_session(session, account, now=clock.now()) for _ in range(2))
    principal = principal_of(session, here, clock.now())

    change_password(session, key_of(account), present=PASSWORD, new="four green bottles", by=principal, now=clock.now())

    assert principal_of(session, here, clock.now()) is not None
    assert principal_of(session, there, clock.now()) is None
    assert try_password(session, account, PASSWORD, clock.now()).secret is None
    assert try_password(session, account, "four green bottles", clock.now()).secret is not None


def test_a_password_is_changed_only_by_those_who_know_the_present_one(session, clock):
    account = make_person(session)
    by = Principal(account.community_id, (), account_id=account.id)

    with pytest.raises(PasswordWrong):
        change_password(session, key_of(account), present="two red", new="four green bottles", by=by, now=clock.now())

    assert prove(PASSWORD, account.password_hash).proved_hash


def test_a_reset_password_unlocks_and_signs_in(session, clock):
    account = make_person(session)
    for _ in range(5):
        try_password(session, account, "two red buckets", clock.now())

    password = reset_password(session, key_of(account), now=clock.now())

    assert try_password(session, account, password.upper(), clock.now()).secret is None
    assert try_password(session, account, password, clock.now()).secret is not None


def test_an_ended_account_is_out_at_once_and_for_good(session, clock):
    manager = make_person(session)
    account = make_person(session, "li", Role.REGISTRAR, manager.community_id)
    secret = begin_session(session, account, now=clock.now())

    end_account(session, key_of(account), now=clock.now())

    assert principal_of(session, secret, clock.now()) is None
    assert try_password(session, account, PASSWORD, clock.now()).secret is None


def test_a_role_that_was_taken_away_is_gone_in_open_sessions_too(session, clock):
    manager = make_person(session)
    account = make_person(session, "li", Role.MANAGER, manager.community_id)
    secret = begin_session(session, account, now=clock.now())

    change_areas(session, key_of(account), [Area(Role.VIEWER)], now=clock.now())

    assert principal_of(session, secret, clock.now()).areas == (Area(Role.VIEWER),)


def test_a_community_keeps_its_last_manager(session, clock):
    manager, other = make_person(session), make_person(session, "li")
    make_person(session, "chen", Role.REGISTRAR, manager.community_id)

    with pytest.raises(LastManager):
        end_account(session, key_of(manager), now=clock.now())
    with pytest.raises(LastManager):
        change_areas(session, key_of(manager), [Area(Role.MANAGER, round_id=new_id())], now=clock.now())

    make_person(session, "zhao", Role.MANAGER, manager.community_id)
    end_account(session, key_of(manager), now=clock.now())
    assert other.ended_at is None


def test_a_name_is_taken_in_the_whole_installation(session, clock):
    make_person(session, "Wang")

    with pytest.raises(AccountNameTaken):
        make_person(session, "wang")

    assert count_rows(session, Account) == 1


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": " \u200b "}, NameEmpty),
        ({"password": "short"}, PasswordTooShort),
        ({"name": "Long enough", "password": "long enough"}, PasswordIsName),
        ({"community_id": "N0NE"}, CommunityNotFound),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_of_it_stays(session, clock, facts, refusal):
    given = {"community_id": make_community(session).id, "name": "wang", "password": PASSWORD, **facts}

    with pytest.raises(refusal):
        add_account(session, shown_name="王样例", areas=[Area(Role.VIEWER)], now=clock.now(), **given)

    assert count_rows(session, Account) == 0


def test_an_account_of_another_community_is_not_there(session, clock):
    account, other = make_person(session, "wang"), make_person(session, "li")

    with pytest.raises(AccountNotFound):
        reset_password(session, (other.community_id, account.id), now=clock.now())


def test_a_token_has_its_role_where_it_was_made_for_until_it_is_revoked(session, clock):
    area = Area(Role.REGISTRAR, new_id(), new_id())
    community = make_community(session)

    made = make_token(session, community.id, area=area, name="gate", now=clock.now())
    principal = find_token_principal(session.connection(), made.secret)
    revoke_token(session, (community.id, made.id), now=clock.now())

    assert made.secret.startswith("bulou_")
    assert (principal.community_id, principal.areas, principal.token_id) == (community.id, (area,), made.id)
    assert find_token_principal(session.connection(), made.secret) is None
    assert find_token_principal(session.connection(), "bulou_" + "x" * 43) is None


def test_a_token_of_another_community_cannot_be_revoked(session, clock):
    made = make_token(session, make_community(session).id, area=Area(Role.VIEWER), now=clock.now())

    with pytest.raises(TokenNotFound):
        revoke_token(session, (make_community(session).id, made.id), now=clock.now())

    assert find_token_principal(session.connection(), made.secret)


def make_first(session, clock, code, **facts):
    connect()
    given = {"community_name": "园博", "name": "wang", "shown_name": "王样例", "password": PASSWORD, **facts}
    return make_first_account(session, code=code, **given, now=clock.now())


def test_the_first_account_manages_a_community_of_its_own(session, clock):
    code = make_setup_code(session, now=clock.now())

    account = make_first(session, clock, code.lower().replace("-", " "))

    assert session.get(Community, account.community_id).name == "园博"
    assert make_setup_code(session, now=clock.now()) is None


def test_a_setup_code_works_once_and_only_the_latest(session, clock):
    older = make_setup_code(session, now=clock.now())
    code = make_setup_code(session, now=clock.now())

    for wrong in ("", "0000-0000-0000-0000", older):
        with pytest.raises(SetupCodeWrong):
            make_first(session, clock, wrong)
    make_first(session, clock, code)
    with pytest.raises(SetupCodeWrong):
        make_first(session, clock, code, name="li")

    assert count_rows(session, Account) == 1


def test_the_people_of_the_example_do_not_count_as_the_first_account(session, clock):
    community = make_community(session, is_example=True)
    facts = {"name": "manager", "shown_name": "示例", "password": PASSWORD, "areas": [Area(Role.MANAGER)]}
    add_account(session, community.id, **facts, is_example=True, now=clock.now())

    assert make_setup_code(session, now=clock.now()) is not None


def test_what_was_done_is_listed_page_by_page_each_once(session, clock):
    account = make_person(session)
    for number in range(7):
        note(session, account.community_id, f"test.{number}", by=account, now=clock.now())
        clock.advance(seconds=number % 2)
    note(session, make_community(session).id, "test.elsewhere", now=clock.now())

    first = list_audit(session, account.community_id, limit=5)
    second = list_audit(session, account.community_id, before=first.next, limit=5)

    actions = [line.action for line in [*first.lines, *second.lines]]
    assert actions == [*(f"test.{number}" for number in reversed(range(7))), "account.added"]
    assert second.next is None
    assert first.lines[0].who == "王样例"


def test_what_is_noted_of_accounts_holds_no_name(session, clock):
    manager = make_person(session, "wang")
    reset_password(session, key_of(manager), now=clock.now())

    entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()

    assert [entry.action for entry in entries] == ["account.added", "account.password_reset", "account.sessions_ended"]
    assert all("wang" not in entry.model_dump_json() and "王" not in entry.model_dump_json() for entry in entries)
