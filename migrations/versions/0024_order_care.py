"""What follows a paid order: fulfilments, returns, refunds, invoices with their series.

Revision ID: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OF_MERCHANTS = ("fulfilments", "invoice_series", "invoices", "refund_lines", "returns")
"""Written by staff for its merchants alone: what the code must see to, Postgres holds it to as well."""
WRITTEN_ONCE = ("fulfilment_lines", "invoices", "refund_lines", "refunds")


def upgrade() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('INVOICE', 'CREDIT_NOTE')", name=op.f("ck_invoice_series_kind")),
        sa.CheckConstraint("last >= 0", name=op.f("ck_invoice_series_last")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_invoice_series_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "kind", "year", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "fulfilments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("tracking_url", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(status = 'DELIVERED') = (delivered_at IS NOT NULL)", name=op.f("ck_fulfilments_delivered_at")
        ),
        sa.CheckConstraint("status IN ('SHIPPED', 'DELIVERED')", name=op.f("ck_fulfilments_status")),
        sa.ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            name=op.f("fk_fulfilments_part_id_order_id_merchant_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilments")),
        sa.UniqueConstraint("id", "order_id", name=op.f("uq_fulfilments_id_order_id")),
    )
    op.create_index("ix_fulfilments_order_id_id", "fulfilments", ["order_id", "id"], unique=False)
    op.create_index("ix_fulfilments_part_id", "fulfilments", ["part_id"], unique=False)
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(status = 'RECEIVED') = (received_at IS NOT NULL)", name=op.f("ck_returns_received_at")),
        sa.CheckConstraint("(status = 'REQUESTED') = (decided_at IS NULL)", name=op.f("ck_returns_decided_at")),
        sa.CheckConstraint(
            "reason IN ('UNWANTED', 'DAMAGED', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'DOES_NOT_FIT', 'OTHER')",
            name=op.f("ck_returns_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('REQUESTED', 'APPROVED', 'REJECTED', 'RECEIVED')", name=op.f("ck_returns_status")
        ),
        sa.ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            name=op.f("fk_returns_part_id_order_id_merchant_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
    )
    op.create_index(
        "ix_returns_merchant_id_id",
        "returns",
        ["merchant_id", sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status IN ('APPROVED', 'REQUESTED')"),
    )
    op.create_index("ix_returns_order_id_id", "returns", ["order_id", "id"], unique=False)
    op.create_table(
        "fulfilment_lines",
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfilment_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("fk_fulfilment_lines_fulfilment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_fulfilment_lines_line_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("fulfilment_id", "line_id", name=op.f("pk_fulfilment_lines")),
    )
    op.create_index("ix_fulfilment_lines_line_id", "fulfilment_lines", ["line_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('CANCELLED', 'RETURNED', 'DAMAGED', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'LATE', 'LOST', 'GOODWILL', 'OTHER')",
            name=op.f("ck_refunds_reason"),
        ),
        sa.CheckConstraint("amount >= 0 AND points >= 0", name=op.f("ck_refunds_amounts")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_refunds_return_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_order_id_id", "refunds", ["order_id", "id"], unique=False)
    op.create_index(
        "ix_refunds_return_id", "refunds", ["return_id"], unique=True, postgresql_where=sa.text("return_id IS NOT NULL")
    )
    op.create_table(
        "return_lines",
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity > 0 AND received BETWEEN 0 AND quantity", name=op.f("ck_return_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_return_lines_line_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("return_id", "line_id", name=op.f("pk_return_lines")),
    )
    op.create_index("ix_return_lines_line_id", "return_lines", ["line_id"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'CREDIT_NOTE') = (refund_id IS NOT NULL) AND (refund_id IS NULL) = (corrects_id IS NULL)",
            name=op.f("ck_invoices_refund"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_invoices_currency")),
        sa.CheckConstraint("kind IN ('INVOICE', 'CREDIT_NOTE')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_invoices_sequence")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_invoices_total")),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["invoices.id"], name=op.f("fk_invoices_corrects_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            name=op.f("fk_invoices_part_id_order_id_merchant_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_invoices_refund_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint(
            "merchant_id", "kind", "year", "sequence", name=op.f("uq_invoices_merchant_id_kind_year_sequence")
        ),
        sa.UniqueConstraint("refund_id", "part_id", name=op.f("uq_invoices_refund_id_part_id")),
    )
    op.create_index(
        "ix_invoices_merchant_id_id", "invoices", ["merchant_id", sa.literal_column("id DESC")], unique=False
    )
    op.create_index("ix_invoices_order_id_id", "invoices", ["order_id", "id"], unique=False)
    op.create_index(
        "uq_invoices_part_id", "invoices", ["part_id"], unique=True, postgresql_where=sa.text("kind = 'INVOICE'")
    )
    op.create_table(
        "refund_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("restocked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("points_worth", sa.BigInteger(), nullable=False),
        sa.Column("points_earned", sa.BigInteger(), nullable=False),
        sa.Column("platform_funding", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 AND tax >= 0 AND points >= 0 AND points_worth >= 0 AND points_earned >= 0 AND platform_funding >= 0 AND commission >= 0",
            name=op.f("ck_refund_lines_amounts"),
        ),
        sa.CheckConstraint(
            "line_id IS NOT NULL OR (quantity = 0 AND points = 0)", name=op.f("ck_refund_lines_delivery")
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND cancelled >= 0 AND restocked >= 0 AND cancelled + restocked <= quantity",
            name=op.f("ck_refund_lines_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_refund_lines_line_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            name=op.f("fk_refund_lines_part_id_order_id_merchant_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_lines_refund_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_lines")),
        sa.UniqueConstraint(
            "refund_id",
            "part_id",
            "line_id",
            name=op.f("uq_refund_lines_refund_id_part_id_line_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_refund_lines_line_id", "refund_lines", ["line_id"], unique=False)
    op.create_index("ix_refund_lines_order_id", "refund_lines", ["order_id"], unique=False)
    op.add_column("payment_refunds", sa.Column("refund_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_payment_refunds_refund_id", "payment_refunds", ["refund_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_payment_refunds_refund_id"), "payment_refunds", "refunds", ["refund_id"], ["id"], ondelete="RESTRICT"
    )
    for table in OF_MERCHANTS:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY read ON {table} FOR SELECT TO souk_app USING (true)")
        op.execute(f"CREATE POLICY add ON {table} FOR INSERT TO souk_app WITH CHECK (souk_may_write(merchant_id))")
        op.execute(f"CREATE POLICY change ON {table} FOR UPDATE TO souk_app USING (souk_may_write(merchant_id))")
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in OF_MERCHANTS:
        for policy in ("read", "add", "change"):
            op.execute(f"DROP POLICY {policy} ON {table}")
    op.drop_constraint(op.f("fk_payment_refunds_refund_id"), "payment_refunds", type_="foreignkey")
    op.drop_index("ix_payment_refunds_refund_id", table_name="payment_refunds")
    op.drop_column("payment_refunds", "refund_id")
    op.drop_index("ix_refund_lines_order_id", table_name="refund_lines")
    op.drop_index("ix_refund_lines_line_id", table_name="refund_lines")
    op.drop_table("refund_lines")
    op.drop_index("uq_invoices_part_id", table_name="invoices", postgresql_where=sa.text("kind = 'INVOICE'"))
    op.drop_index("ix_invoices_order_id_id", table_name="invoices")
    op.drop_index("ix_invoices_merchant_id_id", table_name="invoices")
    op.drop_table("invoices")
    op.drop_index("ix_return_lines_line_id", table_name="return_lines")
    op.drop_table("return_lines")
    op.drop_index("ix_refunds_return_id", table_name="refunds", postgresql_where=sa.text("return_id IS NOT NULL"))
    op.drop_index("ix_refunds_order_id_id", table_name="refunds")
    op.drop_table("refunds")
    op.drop_index("ix_fulfilment_lines_line_id", table_name="fulfilment_lines")
    op.drop_table("fulfilment_lines")
    op.drop_index("ix_returns_order_id_id", table_name="returns")
    op.drop_index(
        "ix_returns_merchant_id_id",
        table_name="returns",
        postgresql_where=sa.text("status IN ('APPROVED', 'REQUESTED')"),
    )
    op.drop_table("returns")
    op.drop_index("ix_fulfilments_part_id", table_name="fulfilments")
    op.drop_index("ix_fulfilments_order_id_id", table_name="fulfilments")
    op.drop_table("fulfilments")
    op.drop_table("invoice_series")
