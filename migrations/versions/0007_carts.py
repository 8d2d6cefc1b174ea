"""Carts, wish lists, delivery methods, taxes by region.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tax_regions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("per", sa.Text(), server_default="per_line", nullable=False),
        sa.Column("rounding", sa.Text(), server_default="half_up", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_tax_regions_country")),
        sa.CheckConstraint("per IN ('per_line', 'per_order')", name=op.f("ck_tax_regions_per")),
        sa.CheckConstraint("rounding IN ('half_up', 'half_even')", name=op.f("ck_tax_regions_rounding")),
        sa.CheckConstraint(
            "region = upper(region) AND char_length(region) BETWEEN 1 AND 40", name=op.f("ck_tax_regions_region")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_regions")),
        sa.UniqueConstraint(
            "country", "region", name=op.f("uq_tax_regions_country_region"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(
        "uq_tax_regions_is_default", "tax_regions", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.create_table(
        "delivery_methods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("free_from", sa.BigInteger(), nullable=True),
        sa.Column("countries", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("tax_class", sa.Text(), server_default="standard", nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9_-]{0,39}$'", name=op.f("ck_delivery_methods_code")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_delivery_methods_currency")),
        sa.CheckConstraint("cardinality(countries) > 0", name=op.f("ck_delivery_methods_countries")),
        sa.CheckConstraint("free_from >= 0", name=op.f("ck_delivery_methods_free_from")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_delivery_methods_price")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_delivery_methods_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_methods")),
        sa.UniqueConstraint(
            "merchant_id",
            "code",
            "currency",
            name=op.f("uq_delivery_methods_merchant_id_code_currency"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "tax_rates",
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 100000", name=op.f("ck_tax_rates_rate_bp")),
        sa.ForeignKeyConstraint(
            ["region_id"], ["tax_regions.id"], name=op.f("fk_tax_rates_region_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("region_id", "tax_class", name=op.f("pk_tax_rates")),
    )
    op.create_table(
        "carts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("delivery_method", sa.Text(), nullable=True),
        sa.Column("points_asked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_carts_currency")),
        sa.CheckConstraint("delivery_method ~ '^[a-z0-9][a-z0-9_-]{0,39}$'", name=op.f("ck_carts_delivery_method")),
        sa.CheckConstraint("jsonb_typeof(address) = 'object'", name=op.f("ck_carts_address")),
        sa.CheckConstraint("customer_id IS NOT NULL OR token_hash IS NOT NULL", name=op.f("ck_carts_holder")),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_carts_token_hash")),
        sa.CheckConstraint("points_asked >= 0", name=op.f("ck_carts_points_asked")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_carts_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_carts_token_hash")),
    )
    op.create_index("ix_carts_changed_at", "carts", ["changed_at"], unique=False)
    op.create_index(
        "ix_carts_customer_id_changed_at_id",
        "carts",
        ["customer_id", sa.literal_column("changed_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "cart_coupons",
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("char_length(code) BETWEEN 1 AND 40", name=op.f("ck_cart_coupons_code")),
        sa.CheckConstraint("position BETWEEN 0 AND 19", name=op.f("ck_cart_coupons_position")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_cart_coupons_cart_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cart_id", "code", name=op.f("pk_cart_coupons")),
    )
    op.create_table(
        "cart_deliveries",
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.CheckConstraint("method ~ '^[a-z0-9][a-z0-9_-]{0,39}$'", name=op.f("ck_cart_deliveries_method")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_cart_deliveries_cart_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_cart_deliveries_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cart_id", "merchant_id", name=op.f("pk_cart_deliveries")),
    )
    op.create_table(
        "cart_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("saved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("ck_cart_lines_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_cart_lines_unit_price")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_cart_lines_cart_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_cart_lines_variant_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_lines")),
        sa.UniqueConstraint("cart_id", "variant_id", name=op.f("uq_cart_lines_cart_id_variant_id")),
    )
    op.create_index("ix_cart_lines_variant_id", "cart_lines", ["variant_id"], unique=False)
    op.create_table(
        "wishlist_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_wishlist_items_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_wishlist_items_variant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlist_items")),
        sa.UniqueConstraint("customer_id", "variant_id", name=op.f("uq_wishlist_items_customer_id_variant_id")),
    )
    op.create_index("ix_wishlist_items_customer_id_id", "wishlist_items", ["customer_id", "id"], unique=False)
    op.create_index("ix_wishlist_items_variant_id", "wishlist_items", ["variant_id"], unique=False)
    op.add_column("products", sa.Column("tax_class", sa.Text(), server_default="standard", nullable=False))
    op.create_check_constraint(op.f("ck_products_tax_class"), "products", "tax_class ~ '^[a-z][a-z_]{0,39}$'")
    op.execute("ALTER TABLE delivery_methods ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY read ON delivery_methods FOR SELECT TO souk_app USING (true)")
    op.execute("CREATE POLICY write ON delivery_methods TO souk_app USING (souk_may_write(merchant_id))")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_products_tax_class"), "products", type_="check")
    op.drop_column("products", "tax_class")
    op.drop_index("ix_wishlist_items_variant_id", table_name="wishlist_items")
    op.drop_index("ix_wishlist_items_customer_id_id", table_name="wishlist_items")
    op.drop_table("wishlist_items")
    op.drop_index("ix_cart_lines_variant_id", table_name="cart_lines")
    op.drop_table("cart_lines")
    op.drop_table("cart_deliveries")
    op.drop_table("cart_coupons")
    op.drop_index("ix_carts_customer_id_changed_at_id", table_name="carts")
    op.drop_index("ix_carts_changed_at", table_name="carts")
    op.drop_table("carts")
    op.drop_table("tax_rates")
    op.drop_table("delivery_methods")
    op.drop_index("uq_tax_regions_is_default", table_name="tax_regions", postgresql_where=sa.text("is_default"))
    op.drop_table("tax_regions")
