"""Mails are found by their recipient: what anybody can ask for is not sent twice at once, and all are forgotten.

Revision ID: 0014
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mails_recipient", "mails", ["recipient"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_mails_recipient", table_name="mails")
