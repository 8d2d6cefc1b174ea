"""Whoever reserves or redeems coupons waits for its turn, and for what counts them, in one way to Postgres.

Revision ID: 0027
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# VOLATILE, as it has to be: only so each statement in it sees what was committed while the one before waited. Its plans
# are kept: Postgres would else plan anew for each length of the lists, which costs more than all the rest.
LOCK_COUPONS = """
CREATE FUNCTION souk_lock_coupons(
    of_type text, of_id bigint, used_ids bigint[] DEFAULT '{}', used_codes text[] DEFAULT '{}',
    shopper_id bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    wanted_ids bigint[];
    held_coupon_ids bigint[];
    used_coupon_ids bigint[];
    held_customer_id bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('coupons of %s %s', of_type, of_id), 0));

    SELECT used_ids || array_agg(promotion_id), array_agg(coupon_id), max(customer_id)
    INTO wanted_ids, held_coupon_ids, held_customer_id
    FROM coupon_reservations
    WHERE reference_type = of_type AND reference_id = of_id AND state IN ('RESERVED', 'REDEEMED');

    PERFORM FROM promotion_counters WHERE promotion_id = ANY(wanted_ids) ORDER BY promotion_id FOR NO KEY UPDATE;

    used_coupon_ids := ARRAY(
        SELECT coupons.id FROM unnest(used_ids, used_codes) AS used (promotion_id, code)
        JOIN coupons ON coupons.promotion_id = used.promotion_id AND coupons.code = used.code
    );
    PERFORM FROM coupons WHERE id = ANY(held_coupon_ids || used_coupon_ids) AND use_limit IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE;

    shopper_id := coalesce(shopper_id, held_customer_id);
    IF shopper_id IS NOT NULL THEN
        INSERT INTO promotion_customers (promotion_id, customer_id, customer_limit)
        SELECT id, shopper_id, customer_limit FROM promotions
        WHERE id = ANY(used_ids) AND customer_limit IS NOT NULL ORDER BY id
        ON CONFLICT DO NOTHING;

        PERFORM FROM promotion_customers
        WHERE customer_id = shopper_id AND promotion_id = ANY(wanted_ids) ORDER BY promotion_id FOR NO KEY UPDATE;
    END IF;
END $$
"""
SIGNATURE = "souk_lock_coupons(text, bigint, bigint[], text[], bigint)"


def upgrade() -> None:
    op.execute(LOCK_COUPONS)
    op.create_index("ix_coupon_reservations_reference", "coupon_reservations", ["reference_type", "reference_id"])


def downgrade() -> None:
    op.drop_index("ix_coupon_reservations_reference", table_name="coupon_reservations")
    op.execute(f"DROP FUNCTION {SIGNATURE}")
