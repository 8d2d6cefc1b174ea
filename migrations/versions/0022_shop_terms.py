"""The terms that staff sets count their versions: deliveries, taxes, levels, programmes and rates of points.

Revision ID: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COUNTED = ("delivery_methods", "points_programmes", "points_rates", "tax_regions")


def upgrade() -> None:
    for table in COUNTED:
        op.add_column(table, sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.create_table(
        "membership_ladder",
        sa.Column("id", sa.Integer(), autoincrement=False, server_default="1", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_membership_ladder_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_ladder")),
    )
    op.execute("INSERT INTO membership_ladder (version) SELECT 1 FROM membership_levels LIMIT 1")


def downgrade() -> None:
    op.drop_table("membership_ladder")
    for table in reversed(COUNTED):
        op.drop_column(table, "version")
