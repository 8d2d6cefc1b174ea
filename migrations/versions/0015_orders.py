"""Orders with their parts, lines and timeline; payments; what stock is promised to orders; commissions.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Whose merchants' the events of an order are: as 0013 has it, and those that have a part in it.
MERCHANTS_OF = """
CREATE OR REPLACE FUNCTION souk_merchants_of(subject_type text, subject_id bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE subject_type
        WHEN 'merchant' THEN RETURN ARRAY[subject_id];
        WHEN 'product' THEN RETURN ARRAY(SELECT merchant_id FROM products WHERE id = subject_id);
        WHEN 'promotion' THEN
            RETURN ARRAY(SELECT merchant_id FROM promotions WHERE id = subject_id AND merchant_id IS NOT NULL);
        WHEN 'partner' THEN
            RETURN ARRAY(SELECT merchant_id FROM partners WHERE id = subject_id AND merchant_id IS NOT NULL);
ORDERS        ELSE RETURN '{}';
    END CASE;
END $$
"""
OF_ORDERS = """\
        WHEN 'order' THEN RETURN coalesce((SELECT merchant_ids FROM orders WHERE id = subject_id), '{}');
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE order_numbers START 100001")
    op.execute("GRANT USAGE ON SEQUENCE order_numbers TO souk_app")
    op.create_table(
        "payment_notices",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "notice", name=op.f("pk_payment_notices")),
    )
    op.create_table(
        "test_provider_charges",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notices", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 AND refunded BETWEEN 0 AND amount", name=op.f("ck_test_provider_charges_amounts")
        ),
        sa.CheckConstraint("notices >= 0", name=op.f("ck_test_provider_charges_notices")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_test_provider_charges")),
    )
    op.create_index(
        "ix_test_provider_charges_due_at",
        "test_provider_charges",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("notices > 0"),
    )
    op.create_table(
        "commission_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_rules_rate_bp")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_commission_rules_category_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_commission_rules_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_rules")),
        sa.UniqueConstraint(
            "merchant_id",
            "category_id",
            name=op.f("uq_commission_rules_merchant_id_category_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "test_provider_refunds",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("charge", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_test_provider_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["charge"], ["test_provider_charges.key"], name=op.f("fk_test_provider_refunds_charge"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_test_provider_refunds")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cart_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("merchant_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("address", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("shipping_discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("points_worth", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_used", sa.BigInteger(), nullable=False),
        sa.Column("points_earned", sa.BigInteger(), nullable=False),
        sa.Column("price", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_orders_currency")),
        sa.CheckConstraint("jsonb_typeof(address) = 'object'", name=op.f("ck_orders_address")),
        sa.CheckConstraint(
            "status IN ('PENDING_PAYMENT', 'PAID', 'PARTIALLY_FULFILLED', 'FULFILLED', 'DELIVERED', 'CANCELLED', 'PAYMENT_FAILED', 'EXPIRED')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint("cardinality(merchant_ids) > 0", name=op.f("ck_orders_merchant_ids")),
        sa.CheckConstraint("customer_id IS NOT NULL OR token_hash IS NOT NULL", name=op.f("ck_orders_holder")),
        sa.CheckConstraint("paid >= 0 AND refunded <= paid", name=op.f("ck_orders_refunded")),
        sa.CheckConstraint("points_used >= 0 AND points_earned >= 0", name=op.f("ck_orders_points")),
        sa.CheckConstraint(
            "subtotal >= 0 AND discount >= 0 AND shipping >= 0 AND shipping_discount >= 0 AND tax >= 0 AND points_worth >= 0 AND total >= 0 AND refunded >= 0",
            name=op.f("ck_orders_amounts"),
        ),
        sa.CheckConstraint(
            "total = subtotal - discount + shipping + CASE WHEN tax_included THEN 0 ELSE tax END - points_worth",
            name=op.f("ck_orders_total"),
        ),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_orders_cart_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index("ix_orders_customer_id_id", "orders", ["customer_id", sa.literal_column("id DESC")], unique=False)
    op.create_index("ix_orders_email", "orders", [sa.literal_column("lower(email)")], unique=False)
    op.create_index(
        "ix_orders_reserved_until",
        "orders",
        ["reserved_until"],
        unique=False,
        postgresql_where=sa.text("status = 'PENDING_PAYMENT'"),
    )
    op.create_index("ix_orders_status_id", "orders", ["status", sa.literal_column("id DESC")], unique=False)
    op.create_index(
        "ix_orders_token_hash",
        "orders",
        ["token_hash"],
        unique=False,
        postgresql_where=sa.text("token_hash IS NOT NULL"),
    )
    op.create_index(
        "uq_orders_cart_id",
        "orders",
        ["cart_id"],
        unique=True,
        postgresql_where=sa.text("NOT (status IN ('CANCELLED', 'EXPIRED', 'PAYMENT_FAILED'))"),
    )
    op.create_table(
        "order_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_order_entries_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_order_entries_merchant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_entries_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_entries")),
    )
    op.create_index("ix_order_entries_order_id_id", "order_entries", ["order_id", "id"], unique=False)
    op.create_table(
        "order_parts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("delivery_method", sa.Text(), nullable=False),
        sa.Column("delivery_label", sa.Text(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("shipping_discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("shipping_tax", sa.BigInteger(), nullable=False),
        sa.Column("points_worth", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shipping_refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_used", sa.BigInteger(), nullable=False),
        sa.Column("points_earned", sa.BigInteger(), nullable=False),
        sa.Column("platform_funding", sa.BigInteger(), nullable=False),
        sa.Column("platform_budget", sa.BigInteger(), nullable=False),
        sa.Column("merchant_budget", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('PENDING', 'READY', 'PARTIALLY_FULFILLED', 'FULFILLED', 'DELIVERED', 'CANCELLED')",
            name=op.f("ck_order_parts_status"),
        ),
        sa.CheckConstraint(
            "commission >= 0 AND merchant_budget >= 0 AND platform_budget BETWEEN 0 AND platform_funding",
            name=op.f("ck_order_parts_settlement"),
        ),
        sa.CheckConstraint("refunded <= total", name=op.f("ck_order_parts_refunded")),
        sa.CheckConstraint(
            "subtotal >= 0 AND discount >= 0 AND shipping >= 0 AND shipping_discount >= 0 AND tax >= 0 AND points_worth >= 0 AND total >= 0 AND refunded >= 0",
            name=op.f("ck_order_parts_amounts"),
        ),
        sa.CheckConstraint(
            "total = subtotal - discount + shipping + CASE WHEN tax_included THEN 0 ELSE tax END - points_worth",
            name=op.f("ck_order_parts_total"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_order_parts_merchant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_parts_order_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_parts")),
        sa.UniqueConstraint("id", "order_id", "merchant_id", name=op.f("uq_order_parts_id_order_id_merchant_id")),
        sa.UniqueConstraint("order_id", "merchant_id", name=op.f("uq_order_parts_order_id_merchant_id")),
    )
    op.create_index(
        "ix_order_parts_merchant_id_id", "order_parts", ["merchant_id", sa.literal_column("id DESC")], unique=False
    )
    op.create_index(
        "ix_order_parts_merchant_id_status_id",
        "order_parts",
        ["merchant_id", "status", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("captured", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "captured BETWEEN 0 AND amount AND (status = 'CAPTURED') = (captured > 0)",
            name=op.f("ck_payments_captured"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payments_currency")),
        sa.CheckConstraint("method IN ('PROVIDER', 'GIFT_CARD', 'STORE_CREDIT')", name=op.f("ck_payments_method")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'AUTHORISED', 'CAPTURED', 'DECLINED', 'VOIDED')", name=op.f("ck_payments_status")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("refunded BETWEEN 0 AND captured", name=op.f("ck_payments_refunded")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("key", name=op.f("uq_payments_key")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_payments_provider_reference")),
    )
    op.create_index(
        "ix_payments_check_at", "payments", ["check_at"], unique=False, postgresql_where=sa.text("check_at IS NOT NULL")
    )
    op.create_index("ix_payments_order_id_id", "payments", ["order_id", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("is_gift", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("discounts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("points_used", sa.BigInteger(), nullable=False),
        sa.Column("points_worth", sa.BigInteger(), nullable=False),
        sa.Column("points_earned", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("platform_funding", sa.BigInteger(), nullable=False),
        sa.Column("commission", sa.BigInteger(), nullable=False),
        sa.Column("fulfilled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("returned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "base = quantity * unit_price AND net = base - discount AND net >= 0", name=op.f("ck_order_lines_net")
        ),
        sa.CheckConstraint(
            "fulfilled >= 0 AND cancelled >= 0 AND fulfilled + cancelled <= quantity",
            name=op.f("ck_order_lines_fulfilled"),
        ),
        sa.CheckConstraint("points_returned BETWEEN 0 AND points_used", name=op.f("ck_order_lines_points_returned")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("refunded BETWEEN 0 AND total", name=op.f("ck_order_lines_refunded")),
        sa.CheckConstraint("returned BETWEEN 0 AND fulfilled", name=op.f("ck_order_lines_returned")),
        sa.CheckConstraint(
            "total = net + CASE WHEN tax_included THEN 0 ELSE tax END - points_worth AND total >= 0",
            name=op.f("ck_order_lines_total"),
        ),
        sa.CheckConstraint(
            "unit_price >= 0 AND discount >= 0 AND tax >= 0 AND points_worth >= 0 AND commission >= 0 AND platform_funding >= 0",
            name=op.f("ck_order_lines_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_order_lines_category_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            name=op.f("fk_order_lines_part_id_order_id_merchant_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_order_lines_variant_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    op.create_index("ix_order_lines_order_id_id", "order_lines", ["order_id", "id"], unique=False)
    op.create_index("ix_order_lines_part_id", "order_lines", ["part_id"], unique=False)
    op.create_index("ix_order_lines_variant_id", "order_lines", ["variant_id"], unique=False)
    op.create_table(
        "payment_refunds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('PENDING', 'SUCCEEDED', 'FAILED')", name=op.f("ck_payment_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_refunds_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_refunds_key")),
    )
    op.create_index(
        "ix_payment_refunds_check_at",
        "payment_refunds",
        ["check_at"],
        unique=False,
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )
    op.create_index("ix_payment_refunds_payment_id", "payment_refunds", ["payment_id"], unique=False)
    op.create_table(
        "stock_reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("released", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_reservations_quantity")),
        sa.CheckConstraint(
            "shipped >= 0 AND released >= 0 AND shipped + released <= quantity",
            name=op.f("ck_stock_reservations_units"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name=op.f("fk_stock_reservations_line_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_stock_reservations_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservations")),
        sa.UniqueConstraint("line_id", "warehouse_id", name=op.f("uq_stock_reservations_line_id_warehouse_id")),
    )
    op.create_index("ix_stock_reservations_order_id", "stock_reservations", ["order_id"], unique=False)
    op.create_index(
        "ix_stock_reservations_variant_id_warehouse_id",
        "stock_reservations",
        ["variant_id", "warehouse_id"],
        unique=False,
    )
    op.add_column("carts", sa.Column("order_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_carts_order_id", "carts", ["order_id"], unique=False)
    op.create_foreign_key(op.f("fk_carts_order_id"), "carts", "orders", ["order_id"], ["id"], ondelete="SET NULL")
    op.execute(MERCHANTS_OF.replace("ORDERS", OF_ORDERS))
    # The timeline is written once.
    op.execute(
        "CREATE TRIGGER order_entries_append_only BEFORE UPDATE OR DELETE ON order_entries"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute(MERCHANTS_OF.replace("ORDERS", ""))
    op.drop_constraint(op.f("fk_carts_order_id"), "carts", type_="foreignkey")
    op.drop_index("ix_carts_order_id", table_name="carts")
    op.drop_column("carts", "order_id")
    op.drop_index("ix_stock_reservations_variant_id_warehouse_id", table_name="stock_reservations")
    op.drop_index("ix_stock_reservations_order_id", table_name="stock_reservations")
    op.drop_table("stock_reservations")
    op.drop_index("ix_payment_refunds_payment_id", table_name="payment_refunds")
    op.drop_index(
        "ix_payment_refunds_check_at", table_name="payment_refunds", postgresql_where=sa.text("check_at IS NOT NULL")
    )
    op.drop_table("payment_refunds")
    op.drop_index("ix_order_lines_variant_id", table_name="order_lines")
    op.drop_index("ix_order_lines_part_id", table_name="order_lines")
    op.drop_index("ix_order_lines_order_id_id", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index("ix_payments_order_id_id", table_name="payments")
    op.drop_index("ix_payments_check_at", table_name="payments", postgresql_where=sa.text("check_at IS NOT NULL"))
    op.drop_table("payments")
    op.drop_index("ix_order_parts_merchant_id_status_id", table_name="order_parts")
    op.drop_index("ix_order_parts_merchant_id_id", table_name="order_parts")
    op.drop_table("order_parts")
    op.drop_index("ix_order_entries_order_id_id", table_name="order_entries")
    op.drop_table("order_entries")
    op.drop_index(
        "uq_orders_cart_id",
        table_name="orders",
        postgresql_where=sa.text("NOT (status IN ('CANCELLED', 'EXPIRED', 'PAYMENT_FAILED'))"),
    )
    op.drop_index("ix_orders_token_hash", table_name="orders", postgresql_where=sa.text("token_hash IS NOT NULL"))
    op.drop_index("ix_orders_status_id", table_name="orders")
    op.drop_index(
        "ix_orders_reserved_until", table_name="orders", postgresql_where=sa.text("status = 'PENDING_PAYMENT'")
    )
    op.drop_index("ix_orders_email", table_name="orders")
    op.drop_index("ix_orders_customer_id_id", table_name="orders")
    op.drop_table("orders")
    op.drop_table("test_provider_refunds")
    op.drop_table("commission_rules")
    op.drop_index(
        "ix_test_provider_charges_due_at", table_name="test_provider_charges", postgresql_where=sa.text("notices > 0")
    )
    op.drop_table("test_provider_charges")
    op.drop_table("payment_notices")
    op.execute("DROP SEQUENCE order_numbers")
