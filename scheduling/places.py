"""Rounds and points by their names, for those who say where a role or token holds (see accounts.areas)."""

from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.areas import Place
from scheduling.models import Campaign, Point, Round
from scheduling.rules import PointKind, RoundState

OVER = (RoundState.ARCHIVED, RoundState.CANCELLED)


def list_places(session: Session, community_id: str | None, round_id: UUID | None = None) -> Iterator[Place]:
    """Give each round that is not over, the latest first, followed by its points. None = any."""
    rounds = (
        select(Round, Campaign.name)
        .join(Campaign, (col(Campaign.community_id) == Round.community_id) & (col(Campaign.id) == Round.campaign_id))
        .where(col(Round.state).not_in(OVER))
        .order_by(col(Round.created_at).desc())
    )
    points = select(Point).where(Point.kind != PointKind.OFFICIAL).order_by(col(Point.name))
    if community_id is not None:
        rounds, points = (
            rounds.where(Round.community_id == community_id),
            points.where(Point.community_id == community_id),
        )
    if round_id is not None:
        rounds, points = rounds.where(Round.id == round_id), points.where(Point.round_id == round_id)
    by_round: dict[tuple[str, UUID], list[Point]] = {}
    for point in session.exec(points):
        by_round.setdefault((point.community_id, point.round_id), []).append(point)
    for found, campaign in session.exec(rounds):
        name = f"{campaign} · {found.name}"
        yield Place(found.community_id, found.id, None, name)
        for point in by_round.get((found.community_id, found.id), ()):
            yield Place(found.community_id, found.id, point.id, f"{name} · {point.name}")
