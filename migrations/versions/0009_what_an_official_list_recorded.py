"""what an official list recorded"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("official_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scan_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("official_list", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute("UPDATE official_list SET kept_at = read_at")  # those that are there were written in one go


def downgrade() -> None:
    with op.batch_alter_table("official_list", schema=None) as batch_op:
        batch_op.drop_column("kept_at")
    with op.batch_alter_table("official_line", schema=None) as batch_op:
        batch_op.drop_column("scan_id")
