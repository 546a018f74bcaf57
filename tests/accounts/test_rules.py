from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import (
    IDLE,
    LOCKED,
    MAX_WRONG,
    PERMISSIONS,
    Area,
    PasswordFault,
    Permission,
    Principal,
    Role,
    account_name,
    browser_name,
    is_alive,
    judge_password,
    judge_wrong_password,
)
from bulou.ids import new_id

NOW = datetime(2022, 4, 3, tzinfo=UTC)
ROUNDS = [new_id(), new_id()]
POINTS = [new_id(), new_id()]
maybe_round = st.sampled_from([None, *ROUNDS])
maybe_point = st.sampled_from([None, *POINTS])
areas = st.lists(st.builds(Area, st.sampled_from(Role), maybe_round, maybe_point), max_size=4)


@given(areas, st.sampled_from(Permission), maybe_round, maybe_point)
def test_nobody_gets_what_their_roles_do_not_give(areas, permission, round_id, point_id):
    principal = Principal("DEM0", tuple(areas))

    allowed = principal.may(permission, round_id=round_id, point_id=point_id)

    assert not allowed or any(permission in PERMISSIONS[area.role] for area in areas)


@given(areas, st.sampled_from(Permission), st.sampled_from(ROUNDS), st.sampled_from(POINTS))
def test_a_role_of_one_point_gives_nothing_at_another(areas, permission, round_id, point_id):
    elsewhere = [area for area in areas if area.point_id not in (None, point_id)]
    principal = Principal("DEM0", tuple(elsewhere))

    assert not principal.may(permission, round_id=round_id, point_id=point_id)


@given(areas, st.sampled_from(Permission))
def test_what_holds_everywhere_holds_in_each_place(areas, permission):
    principal = Principal("DEM0", tuple(areas))

    if principal.may_everywhere(permission):
        assert all(principal.may(permission, round_id=r, point_id=p) for r in ROUNDS for p in POINTS)


def test_only_a_manager_manages_accounts_and_sees_full_names():
    for permission in (Permission.MANAGE_ACCOUNTS, Permission.UNMASK, Permission.EXPORT_ROSTER):
        assert [role for role in Role if permission in PERMISSIONS[role]] == [Role.MANAGER]


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", PasswordFault.TOO_SHORT),
        ("x" * 201, PasswordFault.TOO_LONG),
        ("Zhang Sample", PasswordFault.IS_NAME),
        ("zhang samplezhang sample", PasswordFault.IS_NAME),
        ("Password123", PasswordFault.TOO_COMMON),
        ("woaini1314", PasswordFault.TOO_COMMON),
        ("8888888888", PasswordFault.TOO_COMMON),
        ("three blue buckets", None),
        ("只有一句很短的话而已", None),
    ],
)
def test_a_password_is_long_uncommon_and_not_the_name(password, fault):
    assert judge_password(password, name="zhang sample") == fault


def test_after_five_wrong_passwords_in_a_row_the_account_is_locked_for_a_while():
    failed, locked_until = 0, None

    for _ in range(MAX_WRONG):
        assert locked_until is None
        failed, locked_until = judge_wrong_password(failed, NOW)

    assert locked_until == NOW + LOCKED


def test_a_browser_is_alive_until_it_was_idle_ended_or_too_old():
    facts = {"seen_at": NOW, "ends_at": NOW + timedelta(days=7), "ended_at": None}

    assert is_alive(**facts, now=NOW + IDLE - timedelta(seconds=1))
    assert not is_alive(**facts, now=NOW + IDLE)
    assert not is_alive(**{**facts, "ended_at": NOW}, now=NOW)
    assert not is_alive(**{**facts, "seen_at": NOW + timedelta(days=7)}, now=NOW + timedelta(days=7))


def test_a_name_is_the_same_however_a_phone_writes_it():
    assert account_name(" Lane３ ") == account_name("lane3") == "lane3"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/98.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 15_4 like Mac OS X) MicroMessenger/8.0.20", "WeChat, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/99.0 Safari/537.36 Edg/99.0", "Edge, Windows"),
        ("curl/7.88", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_its_name_and_system(user_agent, name):
    assert browser_name(user_agent) == name
