"""when rounds ended that were cancelled before that was kept"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROUND = sa.table("round", *(sa.column(name) for name in ("state", "closed_at", "changed_at", "created_at")))


def upgrade() -> None:
    # Cancelling was the last change that could be made to a round.
    ended = sa.func.coalesce(ROUND.c.changed_at, ROUND.c.created_at)
    is_left_open = (ROUND.c.state == "cancelled") & ROUND.c.closed_at.is_(None)
    op.execute(sa.update(ROUND).where(is_left_open).values(closed_at=ended))


def downgrade() -> None:
    """An end that is kept does no harm."""
