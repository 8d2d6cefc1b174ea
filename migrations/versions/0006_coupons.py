"""Promotions, coupons, and what counts their uses; the segments of customers.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STEPS_RISE = """
CREATE FUNCTION souk_steps_rise(spends bigint[], saves bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN spends IS NULL AND saves IS NULL THEN true
        WHEN spends IS NULL OR saves IS NULL OR cardinality(spends) <> cardinality(saves) THEN false
        WHEN cardinality(spends) NOT BETWEEN 1 AND 20 THEN false
        ELSE (
            SELECT bool_and(coalesce(spend > spent AND save > saved AND save <= spend, false))
            FROM (
                SELECT spend, save, lag(spend, 1, 0::bigint) OVER steps AS spent, lag(save, 1, 0::bigint) OVER steps AS saved
                FROM unnest(spends, saves) WITH ORDINALITY AS step (spend, save, place)
                WINDOW steps AS (ORDER BY place)
            ) AS steps
        )
    END
$$
"""
"""Spend-and-save as `domain.promotions.SpendSteps` has it: both rise, and nothing saves more than is spent."""

OF_PROMOTION = "EXISTS (SELECT FROM promotions WHERE promotions.id = promotion_id AND souk_may_write(merchant_id))"
POLICIES = (
    "ALTER TABLE promotions ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY read ON promotions FOR SELECT TO souk_app USING (true)",
    "CREATE POLICY add ON promotions FOR INSERT TO souk_app WITH CHECK (souk_may_write(merchant_id))",
    "CREATE POLICY change ON promotions FOR UPDATE TO souk_app USING (souk_may_write(merchant_id))",
    "CREATE POLICY remove ON promotions FOR DELETE TO souk_app USING (souk_may_write(merchant_id))",
    "ALTER TABLE coupons ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY read ON coupons FOR SELECT TO souk_app USING (true)",
    f"CREATE POLICY add ON coupons FOR INSERT TO souk_app WITH CHECK ({OF_PROMOTION})",
    # Whoever refunds an order gives back the uses of all its coupons, the platform's too: those rows only count.
    "CREATE POLICY change ON coupons FOR UPDATE TO souk_app USING (true)",
    f"CREATE POLICY remove ON coupons FOR DELETE TO souk_app USING ({OF_PROMOTION})",
)


def upgrade() -> None:
    op.execute(STEPS_RISE)
    op.create_table(
        "customer_segments",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "segment ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(segment) <= 60",
            name=op.f("ck_customer_segments_segment"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_segments_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "segment", name=op.f("pk_customer_segments")),
    )
    op.create_index("ix_customer_segments_segment", "customer_segments", ["segment"], unique=False)
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="DRAFT", nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=True),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("step_spends", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("step_saves", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("buy_quantity", sa.Integer(), nullable=True),
        sa.Column("get_quantity", sa.Integer(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("gets", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("gift_variant_id", sa.BigInteger(), nullable=True),
        sa.Column("gift_quantity", sa.Integer(), nullable=True),
        sa.Column("merchant_ids", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("category_ids", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("collection_ids", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("product_ids", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("scope_label", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("currencies", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("minimum_spend", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("minimum_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=True),
        sa.Column("segments", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("first_order", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rule", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("exclusive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=True),
        sa.Column("combines_with", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("platform_share_bp", sa.Integer(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("total_limit", sa.Integer(), nullable=True),
        sa.Column("customer_limit", sa.Integer(), nullable=True),
        sa.Column("claim_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "\nCASE benefit\n    WHEN 'PERCENTAGE' THEN percent_bp IS NOT NULL\n        AND num_nonnulls(amount, step_spends, buy_quantity, gift_variant_id) = 0\n    WHEN 'FIXED_SUM' THEN amount IS NOT NULL\n        AND num_nonnulls(percent_bp, maximum, step_spends, buy_quantity, gift_variant_id) = 0\n    WHEN 'SPEND_STEPS' THEN step_spends IS NOT NULL\n        AND num_nonnulls(percent_bp, maximum, amount, buy_quantity, gift_variant_id) = 0\n    WHEN 'FREE_SHIPPING' THEN num_nonnulls(percent_bp, amount, step_spends, buy_quantity, gift_variant_id) = 0\n    WHEN 'BUY_GET' THEN num_nonnulls(percent_bp, buy_quantity) = 2\n        AND num_nonnulls(maximum, amount, step_spends, gift_variant_id) = 0\n    WHEN 'GIFT' THEN gift_variant_id IS NOT NULL\n        AND num_nonnulls(percent_bp, maximum, amount, step_spends, buy_quantity) = 0\n    ELSE false\nEND",
            name=op.f("ck_promotions_shape"),
        ),
        sa.CheckConstraint(
            "array_to_string(currencies, ',') ~ '^([A-Z]{3}(,[A-Z]{3})*)?$'", name=op.f("ck_promotions_currencies")
        ),
        sa.CheckConstraint(
            "benefit IN ('PERCENTAGE', 'FIXED_SUM', 'SPEND_STEPS', 'FREE_SHIPPING', 'BUY_GET', 'GIFT')",
            name=op.f("ck_promotions_benefit"),
        ),
        sa.CheckConstraint("jsonb_typeof(gets) = 'object'", name=op.f("ck_promotions_gets")),
        sa.CheckConstraint(
            "method <> 'CLAIM' OR customer_limit IS NOT NULL", name=op.f("ck_promotions_claims_limited")
        ),
        sa.CheckConstraint(
            "method = 'CLAIM' OR num_nonnulls(claim_from, claim_until, valid_days) = 0",
            name=op.f("ck_promotions_claimed_ones"),
        ),
        sa.CheckConstraint("method IN ('AUTOMATIC', 'CODE', 'CLAIM')", name=op.f("ck_promotions_method")),
        sa.CheckConstraint("state IN ('DRAFT', 'ACTIVE', 'PAUSED', 'ENDED')", name=op.f("ck_promotions_state")),
        sa.CheckConstraint(
            "(buy_quantity IS NULL) = (get_quantity IS NULL) AND (buy_quantity IS NOT NULL OR num_nonnulls(times, gets) = 0)",
            name=op.f("ck_promotions_buy_get_whole"),
        ),
        sa.CheckConstraint(
            "(gift_variant_id IS NULL) = (gift_quantity IS NULL) AND gift_quantity > 0", name=op.f("ck_promotions_gift")
        ),
        sa.CheckConstraint(
            "NOT (num_nonnulls(amount, step_spends, maximum, gift_variant_id, budget) > 0 OR minimum_spend > 0) OR cardinality(currencies) = 1",
            name=op.f("ck_promotions_currency_of_sums"),
        ),
        sa.CheckConstraint("amount > 0 AND maximum > 0", name=op.f("ck_promotions_sums")),
        sa.CheckConstraint("buy_quantity > 0 AND get_quantity > 0 AND times > 0", name=op.f("ck_promotions_buy_get")),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 100", name=op.f("ck_promotions_title")),
        sa.CheckConstraint("claim_from < claim_until", name=op.f("ck_promotions_claim_dates")),
        sa.CheckConstraint(
            "merchant_id IS NULL OR merchant_ids = ARRAY[merchant_id]", name=op.f("ck_promotions_own_goods")
        ),
        sa.CheckConstraint("minimum_spend >= 0 AND minimum_quantity >= 0", name=op.f("ck_promotions_minimums")),
        sa.CheckConstraint("percent_bp BETWEEN 1 AND 10000", name=op.f("ck_promotions_percent")),
        sa.CheckConstraint("platform_share_bp BETWEEN 0 AND 10000", name=op.f("ck_promotions_platform_share")),
        sa.CheckConstraint("souk_steps_rise(step_spends, step_saves)", name=op.f("ck_promotions_steps")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_promotions_dates")),
        sa.CheckConstraint(
            "total_limit > 0 AND customer_limit > 0 AND valid_days > 0 AND budget > 0",
            name=op.f("ck_promotions_limits"),
        ),
        sa.ForeignKeyConstraint(
            ["gift_variant_id"], ["variants.id"], name=op.f("fk_promotions_gift_variant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["level_id"], ["membership_levels.id"], name=op.f("fk_promotions_level_id")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_promotions_merchant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_index(
        "ix_promotions_gift_variant_id",
        "promotions",
        ["gift_variant_id"],
        unique=False,
        postgresql_where=sa.text("gift_variant_id IS NOT NULL"),
    )
    op.create_index(
        "ix_promotions_level_id",
        "promotions",
        ["level_id"],
        unique=False,
        postgresql_where=sa.text("level_id IS NOT NULL"),
    )
    op.create_index("ix_promotions_merchant_id_id", "promotions", ["merchant_id", "id"], unique=False)
    op.create_index(
        "ix_promotions_running",
        "promotions",
        ["method", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("promotion_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("use_limit", sa.Integer(), nullable=True),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("redeemed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9_-]{2,39}$'", name=op.f("ck_coupons_code")),
        sa.CheckConstraint("(customer_id IS NULL) = (claimed_at IS NULL)", name=op.f("ck_coupons_claimed")),
        sa.CheckConstraint("customer_id IS NULL OR coalesce(use_limit, 0) = 1", name=op.f("ck_coupons_claimed_once")),
        sa.CheckConstraint(
            "reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= coalesce(use_limit, 0)",
            name=op.f("ck_coupons_used"),
        ),
        sa.CheckConstraint("use_limit > 0", name=op.f("ck_coupons_use_limit")),
        sa.CheckConstraint("valid_until IS NULL OR customer_id IS NOT NULL", name=op.f("ck_coupons_valid_until")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_coupons_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_coupons_promotion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("id", "promotion_id", name=op.f("uq_coupons_id_promotion_id")),
        sa.UniqueConstraint("promotion_id", "code", name=op.f("uq_coupons_promotion_id_code")),
    )
    op.create_index("ix_coupons_code", "coupons", ["code"], unique=False)
    op.create_index(
        "ix_coupons_customer_id_id",
        "coupons",
        ["customer_id", "id"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_table(
        "promotion_counters",
        sa.Column("promotion_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("total_limit", sa.Integer(), nullable=True),
        sa.Column("claimed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("redeemed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "claimed BETWEEN 0 AND coalesce(total_limit, claimed)", name=op.f("ck_promotion_counters_claimed")
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= coalesce(total_limit, reserved + redeemed)",
            name=op.f("ck_promotion_counters_used"),
        ),
        sa.CheckConstraint("spent BETWEEN 0 AND coalesce(budget, 0)", name=op.f("ck_promotion_counters_spent")),
        sa.CheckConstraint("total_limit > 0", name=op.f("ck_promotion_counters_total_limit")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_promotion_counters_promotion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotion_counters")),
    )
    op.create_table(
        "promotion_customers",
        sa.Column("promotion_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_limit", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reserved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("redeemed", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("claimed BETWEEN 0 AND customer_limit", name=op.f("ck_promotion_customers_claimed")),
        sa.CheckConstraint(
            "reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= customer_limit",
            name=op.f("ck_promotion_customers_used"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_promotion_customers_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_promotion_customers_promotion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("promotion_id", "customer_id", name=op.f("pk_promotion_customers")),
    )
    op.create_index("ix_promotion_customers_customer_id", "promotion_customers", ["customer_id"], unique=False)
    op.create_table(
        "coupon_reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("promotion_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("platform_amount", sa.BigInteger(), nullable=False),
        sa.Column("funded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'RESERVED') = (closed_at IS NULL)", name=op.f("ck_coupon_reservations_closed_at")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_coupon_reservations_currency")),
        sa.CheckConstraint(
            "reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name=op.f("ck_coupon_reservations_reference_type")
        ),
        sa.CheckConstraint(
            "state IN ('RESERVED', 'REDEEMED', 'RELEASED', 'RETURNED')", name=op.f("ck_coupon_reservations_state")
        ),
        sa.CheckConstraint(
            "platform_amount BETWEEN 0 AND amount AND funded IN (0, platform_amount, amount - platform_amount)",
            name=op.f("ck_coupon_reservations_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id", "promotion_id"],
            ["coupons.id", "coupons.promotion_id"],
            name=op.f("fk_coupon_reservations_coupon_id_promotion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_coupon_reservations_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_coupon_reservations_promotion_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_reservations")),
    )
    op.create_index(
        "ix_coupon_reservations_coupon_id",
        "coupon_reservations",
        ["coupon_id"],
        unique=False,
        postgresql_where=sa.text("coupon_id IS NOT NULL"),
    )
    op.create_index(
        "ix_coupon_reservations_customer_id",
        "coupon_reservations",
        ["customer_id"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_coupon_reservations_expires_at",
        "coupon_reservations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.create_index("ix_coupon_reservations_promotion_id", "coupon_reservations", ["promotion_id", "id"], unique=False)
    op.create_index(
        "uq_coupon_reservations_reference",
        "coupon_reservations",
        ["reference_type", "reference_id", "promotion_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('RESERVED', 'REDEEMED')"),
    )
    for statement in POLICIES:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(
        "uq_coupon_reservations_reference",
        table_name="coupon_reservations",
        postgresql_where=sa.text("state IN ('RESERVED', 'REDEEMED')"),
    )
    op.drop_index("ix_coupon_reservations_promotion_id", table_name="coupon_reservations")
    op.drop_index(
        "ix_coupon_reservations_expires_at",
        table_name="coupon_reservations",
        postgresql_where=sa.text("state = 'RESERVED'"),
    )
    op.drop_index(
        "ix_coupon_reservations_customer_id",
        table_name="coupon_reservations",
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_coupon_reservations_coupon_id",
        table_name="coupon_reservations",
        postgresql_where=sa.text("coupon_id IS NOT NULL"),
    )
    op.drop_table("coupon_reservations")
    op.drop_index("ix_promotion_customers_customer_id", table_name="promotion_customers")
    op.drop_table("promotion_customers")
    op.drop_table("promotion_counters")
    op.drop_index(
        "ix_coupons_customer_id_id", table_name="coupons", postgresql_where=sa.text("customer_id IS NOT NULL")
    )
    op.drop_index("ix_coupons_code", table_name="coupons")
    op.drop_table("coupons")
    op.drop_index("ix_promotions_running", table_name="promotions", postgresql_where=sa.text("state = 'ACTIVE'"))
    op.drop_index("ix_promotions_merchant_id_id", table_name="promotions")
    op.drop_index("ix_promotions_level_id", table_name="promotions", postgresql_where=sa.text("level_id IS NOT NULL"))
    op.drop_index(
        "ix_promotions_gift_variant_id",
        table_name="promotions",
        postgresql_where=sa.text("gift_variant_id IS NOT NULL"),
    )
    op.drop_table("promotions")
    op.drop_index("ix_customer_segments_segment", table_name="customer_segments")
    op.drop_table("customer_segments")
    op.execute("DROP FUNCTION souk_steps_rise")
