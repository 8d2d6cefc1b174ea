"""What breaks the constraints of promotions and coupons: rows of each kind, and the statements that spoil them."""

ROWS = """
INSERT INTO customer_segments (customer_id, segment) SELECT id, 'vip' FROM customers;
INSERT INTO promotions (title, method, benefit, percent_bp, platform_share_bp, customer_limit, currencies)
    VALUES ('Claimed', 'CLAIM', 'PERCENTAGE', 1000, 10000, 2, '{USD}');
INSERT INTO promotion_counters (promotion_id, total_limit, budget) SELECT id, 5, 900 FROM promotions;
INSERT INTO promotion_customers (promotion_id, customer_id, customer_limit)
    SELECT promotions.id, customers.id, 2 FROM promotions, customers;
INSERT INTO coupons (promotion_id, code, customer_id, use_limit, claimed_at)
    SELECT promotions.id, 'MINE', customers.id, 1, now() FROM promotions, customers;
INSERT INTO coupon_reservations (promotion_id, coupon_id, state, currency, amount, platform_amount, reference_type,
                                 reference_id, expires_at)
    SELECT promotion_id, id, 'RESERVED', 'USD', 100, 60, 'ORDER', 1, now() FROM coupons;
"""

_SET = "UPDATE promotions SET "
_GIVE = _SET + "percent_bp = NULL, benefit = "
_ADD = (
    "INSERT INTO coupon_reservations (promotion_id, state, currency, amount, platform_amount, reference_type,"
    " reference_id, expires_at) SELECT id, 'RESERVED', 'USD', 1, 1, 'ORDER', 1, now() FROM promotions"
)

CASES: list[tuple[str, str]] = [
    ("ck_customer_segments_segment", "UPDATE customer_segments SET segment = 'Very important'"),
    ("ck_promotions_state", _SET + "state = 'GONE'"),
    ("ck_promotions_method", _SET + "method = 'MAIL'"),
    ("ck_promotions_benefit", _SET + "benefit = 'CASH'"),
    ("ck_promotions_shape", _SET + "percent_bp = NULL"),
    ("ck_promotions_shape", _SET + "amount = 5"),
    *[("ck_promotions_shape", f"{_GIVE}'{benefit}'") for benefit in ("FIXED_SUM", "SPEND_STEPS", "BUY_GET", "GIFT")],
    ("ck_promotions_shape", _SET + "benefit = 'FREE_SHIPPING'"),
    ("ck_promotions_percent", _SET + "percent_bp = 0"),
    ("ck_promotions_percent", _SET + "percent_bp = 10001"),
    ("ck_promotions_sums", _SET + "maximum = 0"),
    ("ck_promotions_sums", _GIVE + "'FIXED_SUM', amount = -1"),
    *[
        ("ck_promotions_steps", f"{_GIVE}'SPEND_STEPS', step_spends = '{spends}', step_saves = '{saves}'")
        for spends, saves in (
            ("{}", "{}"),
            ("{100}", "{10,20}"),
            ("{100,100}", "{10,20}"),
            ("{100,200}", "{10,10}"),
            ("{100,50}", "{10,20}"),
            ("{100}", "{101}"),
            ("{0}", "{0}"),
            ("{100,NULL}", "{10,20}"),
        )
    ],
    ("ck_promotions_steps", _GIVE + "'SPEND_STEPS', step_spends = '{100}'"),
    ("ck_promotions_buy_get", _SET + "benefit = 'BUY_GET', buy_quantity = 0, get_quantity = 1"),
    ("ck_promotions_buy_get", _SET + "benefit = 'BUY_GET', buy_quantity = 1, get_quantity = -1"),
    ("ck_promotions_buy_get", _SET + "benefit = 'BUY_GET', buy_quantity = 1, get_quantity = 1, times = 0"),
    ("ck_promotions_buy_get_whole", _SET + "benefit = 'BUY_GET', buy_quantity = 1"),
    ("ck_promotions_buy_get_whole", _SET + "times = 1"),
    ("ck_promotions_gets", _SET + "benefit = 'BUY_GET', buy_quantity = 1, get_quantity = 1, gets = '[]'"),
    ("ck_promotions_gift", _GIVE + "'GIFT', gift_variant_id = (SELECT min(id) FROM variants)"),  # noqa: S608 - written here
    ("ck_promotions_gift", _GIVE + "'GIFT', gift_quantity = 0, gift_variant_id = (SELECT min(id) FROM variants)"),  # noqa: S608 - written here
    ("ck_promotions_currency_of_sums", _SET + "maximum = 5, currencies = '{}'"),
    ("ck_promotions_currency_of_sums", _SET + "minimum_spend = 5, currencies = '{USD,EUR}'"),
    ("ck_promotions_currency_of_sums", _SET + "budget = 5, currencies = '{}'"),
    ("ck_promotions_currencies", _SET + "currencies = '{usd}'"),
    ("ck_promotions_minimums", _SET + "minimum_spend = -1"),
    ("ck_promotions_minimums", _SET + "minimum_quantity = -1"),
    ("ck_promotions_dates", _SET + "starts_at = now(), ends_at = now()"),
    ("ck_promotions_claim_dates", _SET + "claim_from = now(), claim_until = now()"),
    ("ck_promotions_claimed_ones", _SET + "method = 'CODE', valid_days = 1"),
    ("ck_promotions_claims_limited", _SET + "customer_limit = NULL"),
    ("ck_promotions_limits", _SET + "total_limit = 0"),
    ("ck_promotions_limits", _SET + "customer_limit = 0"),
    ("ck_promotions_limits", _SET + "valid_days = 0"),
    ("ck_promotions_limits", _SET + "budget = 0"),
    ("ck_promotions_platform_share", _SET + "platform_share_bp = 10001"),
    ("ck_promotions_own_goods", _SET + "merchant_id = (SELECT min(id) FROM merchants)"),  # noqa: S608 - as above
    ("ck_promotions_title", _SET + "title = ''"),
    ("ck_promotion_counters_claimed", "UPDATE promotion_counters SET claimed = 6"),
    ("ck_promotion_counters_claimed", "UPDATE promotion_counters SET claimed = -1"),
    ("ck_promotion_counters_used", "UPDATE promotion_counters SET reserved = 3, redeemed = 3"),
    ("ck_promotion_counters_used", "UPDATE promotion_counters SET reserved = -1"),
    ("ck_promotion_counters_spent", "UPDATE promotion_counters SET spent = 901"),
    ("ck_promotion_counters_spent", "UPDATE promotion_counters SET budget = NULL, spent = 1"),
    ("ck_promotion_counters_total_limit", "UPDATE promotion_counters SET total_limit = 0"),
    ("ck_promotion_customers_claimed", "UPDATE promotion_customers SET claimed = 3"),
    ("ck_promotion_customers_used", "UPDATE promotion_customers SET reserved = 2, redeemed = 1"),
    ("ck_promotion_customers_used", "UPDATE promotion_customers SET redeemed = -1"),
    ("ck_coupons_code", "UPDATE coupons SET code = 'mine'"),
    ("ck_coupons_used", "UPDATE coupons SET reserved = 1, redeemed = 1"),
    ("ck_coupons_used", "UPDATE coupons SET customer_id = NULL, claimed_at = NULL, use_limit = NULL, redeemed = 1"),
    ("ck_coupons_use_limit", "UPDATE coupons SET customer_id = NULL, claimed_at = NULL, use_limit = 0"),
    ("ck_coupons_claimed", "UPDATE coupons SET claimed_at = NULL"),
    ("ck_coupons_claimed_once", "UPDATE coupons SET use_limit = 2"),
    ("ck_coupons_claimed_once", "UPDATE coupons SET use_limit = NULL"),
    ("ck_coupons_valid_until", "UPDATE coupons SET customer_id = NULL, claimed_at = NULL, valid_until = now()"),
    (
        "uq_coupons_promotion_id_code",
        "INSERT INTO coupons (promotion_id, code) SELECT promotion_id, code FROM coupons",
    ),
    ("ck_coupon_reservations_state", "UPDATE coupon_reservations SET state = 'GONE', closed_at = now()"),
    ("ck_coupon_reservations_closed_at", "UPDATE coupon_reservations SET state = 'RELEASED'"),
    ("ck_coupon_reservations_amounts", "UPDATE coupon_reservations SET platform_amount = 101"),
    ("ck_coupon_reservations_amounts", "UPDATE coupon_reservations SET platform_amount = -1"),
    ("ck_coupon_reservations_amounts", "UPDATE coupon_reservations SET funded = 50"),
    ("ck_coupon_reservations_currency", "UPDATE coupon_reservations SET currency = ''"),
    ("ck_coupon_reservations_reference_type", "UPDATE coupon_reservations SET reference_type = 'order'"),
    ("uq_coupon_reservations_reference", _ADD),
    (
        "fk_coupon_reservations_coupon_id_promotion_id",
        """WITH other AS (INSERT INTO promotions (title, method, benefit, percent_bp, platform_share_bp)
                          VALUES ('Other', 'CODE', 'PERCENTAGE', 1, 0) RETURNING id)
           UPDATE coupon_reservations SET promotion_id = other.id FROM other""",
    ),
]
