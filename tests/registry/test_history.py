from uuid import UUID

import pytest
from sqlmodel import select

from accounts.rules import Principal
from bulou.ids import new_id
from registry.models import RegistryChange
from registry.queries.history import FieldLine, list_history
from registry.rules import ChangeKind, NeedKind
from registry.rules.history import Change
from registry.usecases.history import record, record_all
from tests.factories import make_account, make_community

WHO = UUID(int=7)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
class TestHistory:
    def test_a_change_is_kept_unreadable_and_shown_masked_unless_asked_for_in_full(self, session, clock):
        community = make_community(session)
        account = make_account(session, community.id)
        by = Principal(community.id, (), account_id=account.id)
        fields = {"name": ("赵小样", "赵大样"), "phone": ("", "10000000001"), "needs": (set(), {NeedKind.FRAIL})}

        record(session, community.id, WHO, ChangeKind.CHANGED, fields, by=by, now=clock.now())

        [row] = session.exec(select(RegistryChange))
        assert "赵大样".encode() not in row.said
        [line] = list_history(session, community.id, [WHO])
        assert (line.author, line.file_name, line.at) == (account.shown_name, None, clock.now())
        assert line.fields == (
            FieldLine("name", "赵*样", "赵*样"),
            FieldLine("phone", None, "100****0001"),
            FieldLine("needs", None, ["frail"]),
        )
        [line] = list_history(session, community.id, [WHO], unmasked=True)
        assert line.fields[0] == FieldLine("name", "赵小样", "赵大样")

    def test_what_stays_is_left_out_and_a_change_of_nothing_is_not_written(self, session, clock):
        community = make_community(session)

        record(session, community.id, WHO, ChangeKind.CHANGED, {"name": ("甲", "甲")}, now=clock.now())
        assert list_history(session, community.id, [WHO]) == []

        record(session, community.id, WHO, ChangeKind.LEFT, {"name": ("甲", "甲")}, now=clock.now())
        [line] = list_history(session, community.id, [WHO])
        assert (line.kind, line.fields, line.author) == (ChangeKind.LEFT, (), "")

    def test_many_at_once_the_latest_first_and_of_this_community_alone(self, session, clock):
        community, other = make_community(session), make_community(session)
        changes = [Change(WHO, ChangeKind.CHANGED, {"name": (str(i), str(i + 1))}) for i in range(3)]
        record_all(session, community.id, changes, now=clock.now())
        record_all(session, other.id, [Change(new_id(), ChangeKind.LEFT, {})], now=clock.now())

        lines = list_history(session, community.id, [WHO], unmasked=True)

        assert [line.fields[0].new for line in lines] == ["3", "2", "1"]
        assert list_history(session, other.id, [WHO]) == []
