"""phones of a point"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("slice_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=True),
        sa.Column("handed_back_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "id"],
            ["api_token.community_id", "api_token.id"],
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "point_id"],
            ["point.community_id", "point.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "id"),
    )
    op.create_table(
        "device_code",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ends_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "point_id"],
            ["point.community_id", "point.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "id"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_table(
        "slice_mark",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("point_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=True),
        sa.Column("told_as", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "point_id"],
            ["point.community_id", "point.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "point_id", "household_id"),
    )
    op.create_table(
        "walk_in",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("came_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "scan_id"],
            ["scan.community_id", "scan.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "scan_id"),
    )
    with op.batch_alter_table("walk_in", schema=None) as batch_op:
        batch_op.create_index("ix_walk_in_round", ["community_id", "round_id"], unique=False)

    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))

    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_resident", ["community_id", "campaign_id", "resident_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_resident")

    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_column("ends_at")

    with op.batch_alter_table("walk_in", schema=None) as batch_op:
        batch_op.drop_index("ix_walk_in_round")

    op.drop_table("walk_in")
    op.drop_table("slice_mark")
    op.drop_table("device_code")
    op.drop_table("device")
