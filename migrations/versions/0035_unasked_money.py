"""What a provider has taken that was not asked for is recorded with its payment.

Revision ID: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CAPTURED = "ck_payments_captured"


def upgrade() -> None:
    op.add_column("payments", sa.Column("captured_currency", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("unasked", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_constraint(op.f(CAPTURED), "payments")
    op.create_check_constraint(
        op.f(CAPTURED), "payments", "captured - unasked IN (0, amount) AND (status = 'CAPTURED') = (captured > 0)"
    )
    op.create_check_constraint(op.f("ck_payments_unasked"), "payments", "unasked BETWEEN 0 AND refunded")
    op.create_check_constraint(
        op.f("ck_payments_captured_currency"),
        "payments",
        "captured_currency IS NULL"
        " OR (captured_currency ~ '^[A-Z]{3}$' AND captured_currency <> currency AND captured = unasked)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payments_captured_currency"), "payments")
    op.drop_constraint(op.f("ck_payments_unasked"), "payments")
    op.drop_constraint(op.f(CAPTURED), "payments")
    op.create_check_constraint(
        op.f(CAPTURED), "payments", "captured BETWEEN 0 AND amount AND (status = 'CAPTURED') = (captured > 0)"
    )
    op.drop_column("payments", "unasked")
    op.drop_column("payments", "captured_currency")
