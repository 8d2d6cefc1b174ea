"""Macros of the ticket desk count how often they were changed.

Revision ID: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_macros", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("ticket_macros", "version")
