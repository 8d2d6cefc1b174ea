"""Segments of customers by rules, with snapshots; reviews by customers who were sent the product, with replies.

Revision ID: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("snapshot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot_count", sa.Integer(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(code) <= 60", name=op.f("ck_segments_code")
        ),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 100", name=op.f("ck_segments_title")),
        sa.CheckConstraint("jsonb_typeof(rule) = 'object'", name=op.f("ck_segments_rule")),
        sa.CheckConstraint(
            "(snapshot_at IS NULL) = (snapshot_count IS NULL) AND snapshot_count >= 0",
            name=op.f("ck_segments_snapshot"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("code", name=op.f("uq_segments_code")),
    )
    op.create_table(
        "segment_snapshots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_segment_snapshots_count")),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_segment_snapshots_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_snapshots")),
    )
    op.create_index("ix_segment_snapshots_segment_id_id", "segment_snapshots", ["segment_id", "id"], unique=False)
    op.add_column("reviews", sa.Column("customer_id", sa.BigInteger(), nullable=True))
    op.add_column("reviews", sa.Column("reply", sa.Text(), nullable=True))
    op.add_column("reviews", sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reviews", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.create_foreign_key(
        op.f("fk_reviews_customer_id"), "reviews", "customers", ["customer_id"], ["id"], ondelete="SET NULL"
    )
    op.create_check_constraint(op.f("ck_reviews_reply"), "reviews", "(reply IS NULL) = (replied_at IS NULL)")
    op.create_index(
        "uq_reviews_customer_id_product_id",
        "reviews",
        ["customer_id", "product_id"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_reviews_customer_id_product_id",
        table_name="reviews",
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_reviews_reply"), "reviews")
    op.drop_constraint(op.f("fk_reviews_customer_id"), "reviews")
    for column in ("version", "replied_at", "reply", "customer_id"):
        op.drop_column("reviews", column)
    op.drop_index("ix_segment_snapshots_segment_id_id", table_name="segment_snapshots")
    op.drop_table("segment_snapshots")
    op.drop_table("segments")
