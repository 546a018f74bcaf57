"""what a file said of a door, and what a waiting file would do"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "said_state",
                sa.Enum("self_occupied", "let", "vacant", "unverified", name="doorstate", native_enum=False, length=32),
                nullable=True,
            )
        )

    with op.batch_alter_table("roster_upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preview", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("roster_upload", schema=None) as batch_op:
        batch_op.drop_column("preview")

    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.drop_column("said_state")
