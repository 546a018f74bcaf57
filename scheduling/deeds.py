"""What the list of what was done calls the things of a round (see accounts.deeds)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from accounts.deeds import Subject, Subjects
from bulou.i18n import _
from bulou.walltime import wall_datetime
from scheduling.models import Plan, Point, Round, SamplingSession
from scheduling.queries.setup import time_zone


def find_subjects(session: Session, community_id: str, ids: Collection[UUID]) -> Subjects:
    """Rounds; and plans, points and opening hours with the round whose they are."""
    zone = time_zone(session, community_id)

    def of_rounds(table: Any, *columns: Any) -> Any:
        of_these = (table.community_id == community_id, table.id.in_(ids))
        in_round = (Round.community_id == community_id, Round.id == table.round_id)
        return session.exec(select(table.id, Round.id, Round.name, *columns).where(*of_these, *in_round))

    return {
        **dict(_rounds(session, community_id, ids)),
        **{id_: _point(id_, *rest) for id_, *rest in of_rounds(Point, Point.name)},
        **{id_: _plan(id_, *rest) for id_, *rest in of_rounds(Plan, Plan.version)},
        **{id_: _hours(id_, zone, *rest) for id_, *rest in of_rounds(SamplingSession, SamplingSession.starts_at)},
    }


def _rounds(session: Session, community_id: str, ids: Collection[UUID]) -> Iterator[tuple[UUID, Subject]]:
    table: Any = Round
    for id_, name in session.exec(
        select(table.id, table.name).where(table.community_id == community_id, table.id.in_(ids))
    ):
        yield id_, Subject(name, "rounds.show", {"round_id": id_})


def _point(id_: UUID, round_id: UUID, round_: str, name: str) -> Subject:
    return Subject(f"{name} · {round_}", "rounds.edit_point", {"round_id": round_id, "point_id": id_})


def _plan(id_: UUID, round_id: UUID, round_: str, version: int | None) -> Subject:
    name = _("version %(version)d", version=version) if version else _("a draft")
    return Subject(f"{name} · {round_}", "rounds.show_plan", {"plan_id": id_})


def _hours(id_: UUID, zone: str, round_id: UUID, round_: str, starts_at: datetime) -> Subject:
    name = _("from %(at)s", at=wall_datetime(starts_at, zone))
    return Subject(f"{name} · {round_}", "rounds.edit_session", {"round_id": round_id, "session_id": id_})
