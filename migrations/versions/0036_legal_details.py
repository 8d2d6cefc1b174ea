"""Who merchants are before the law.

Revision ID: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLE = "merchant_legal_details"
POLICIES = {
    "read": "FOR SELECT TO souk_app USING (true)",
    "add": "FOR INSERT TO souk_app WITH CHECK (souk_may_write(merchant_id))",
    "change": "FOR UPDATE TO souk_app USING (souk_may_write(merchant_id))",
    "remove": "FOR DELETE TO souk_app USING (souk_may_write(merchant_id))",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("merchant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("line1", sa.Text(), nullable=False),
        sa.Column("line2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_merchant_legal_details_country")),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 200 AND char_length(line1) > 0 AND char_length(city) > 0"
            " AND char_length(postal_code) > 0",
            name=op.f("ck_merchant_legal_details_filled"),
        ),
        sa.CheckConstraint(
            "tax_number ~ '^[A-Z0-9][A-Z0-9 ./+*-]{3,29}$'", name=op.f("ck_merchant_legal_details_tax_number")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["merchants.id"],
            name=op.f("fk_merchant_legal_details_merchant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_merchant_legal_details")),
    )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    for policy, of in POLICIES.items():
        op.execute(f"CREATE POLICY {policy} ON {TABLE} {of}")


def downgrade() -> None:
    op.drop_table(TABLE)
