"""The head of each subject's queue of webhook deliveries is marked; foreign keys that large tables hold have indexes.

Revision ID: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0027"
branch_labels = None
depends_on = None

SUBJECT = ["webhook_id", "subject_type", "subject_id"]
HEADS = """
UPDATE webhook_deliveries SET is_head = true FROM (
    SELECT DISTINCT ON (webhook_id, subject_type, subject_id) id FROM webhook_deliveries
    WHERE state = 'PENDING' ORDER BY webhook_id, subject_type, subject_id, position, id
) AS heads WHERE webhook_deliveries.id = heads.id
"""
KEYS = (
    ("account_sessions", "account_id"),
    ("order_entries", "account_id"),
    ("order_lines", "category_id"),
    ("order_lines", "product_id"),
    ("refresh_tokens", "session_id"),
)


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries", sa.Column("is_head", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute(HEADS)
    op.create_check_constraint(
        op.f("ck_webhook_deliveries_is_head"), "webhook_deliveries", "NOT is_head OR state = 'PENDING'"
    )
    op.create_index(
        "uq_webhook_deliveries_head", "webhook_deliveries", SUBJECT, unique=True, postgresql_where=sa.text("is_head")
    )
    op.create_index(
        "ix_webhook_deliveries_head_due",
        "webhook_deliveries",
        ["webhook_id", "due_at", "id"],
        postgresql_where=sa.text("is_head"),
    )
    op.drop_index("ix_webhook_deliveries_due_at", table_name="webhook_deliveries")
    op.drop_index("ix_account_sessions_account_id", table_name="account_sessions")  # of those that go on alone
    for table, column in KEYS:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in reversed(KEYS):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.create_index(
        "ix_account_sessions_account_id",
        "account_sessions",
        ["account_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_webhook_deliveries_due_at",
        "webhook_deliveries",
        ["due_at"],
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.drop_index("ix_webhook_deliveries_head_due", table_name="webhook_deliveries")
    op.drop_index("uq_webhook_deliveries_head", table_name="webhook_deliveries")
    op.drop_column("webhook_deliveries", "is_head")
