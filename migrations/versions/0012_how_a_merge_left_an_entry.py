"""how a merge left an entry"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("merged_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("after", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("merged_entry", schema=None) as batch_op:
        batch_op.drop_column("after")
