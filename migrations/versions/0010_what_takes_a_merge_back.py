"""what takes a merge back"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_merge",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("resident", "household", "building", name="mergekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("gone", sa.Uuid(), nullable=False),
        sa.Column("kept", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("merged_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("separated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "id"),
    )
    with op.batch_alter_table("registry_merge", schema=None) as batch_op:
        batch_op.create_index("ix_merge_kept", ["community_id", "kept", "merged_at"], unique=False)

    op.create_table(
        "merged_entry",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("merged_with", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "resident_id"],
            ["resident.community_id", "resident.id"],
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "round_id"],
            ["round.community_id", "round.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "round_id", "resident_id", "merged_with"),
    )
    op.create_table(
        "told_apart",
        sa.Column("community_id", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("second", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "first"],
            ["resident.community_id", "resident.id"],
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "second"],
            ["resident.community_id", "resident.id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "first", "second"),
    )
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_apart_second"), ["second"], unique=False)

    with op.batch_alter_table("building", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("building", schema=None) as batch_op:
        batch_op.drop_column("left_at")

    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_told_apart_second"))

    op.drop_table("told_apart")
    op.drop_table("merged_entry")
    with op.batch_alter_table("registry_merge", schema=None) as batch_op:
        batch_op.drop_index("ix_merge_kept")

    op.drop_table("registry_merge")
