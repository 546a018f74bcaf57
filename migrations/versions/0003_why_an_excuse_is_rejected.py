"""why an excuse is rejected"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("excuse", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("answer", sqlmodel.sql.sqltypes.AutoString(length=200), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("excuse", schema=None) as batch_op:
        batch_op.drop_column("answer")
