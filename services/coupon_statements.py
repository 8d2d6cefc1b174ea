"""The statements of `coupons`: one that waits for its turn and locks, one that reads, one for each change.

What counts a use is a row with a limit: the promotion's counter, the coupon, the customer's counter. What has no limit
has no such row (a coupon no `use_limit`), so the same statements do for what counts nothing. What is counted is held by
CHECKs on the very rows; `coupons` only says it in words first.
"""

from typing import Final

from domain.coupons import ReservationState
from models.promotions import CouponReservation
from models.recordsets import Insert
from services import outbox

LOCK: Final = "SELECT souk_lock_coupons($1, $2)"
"""Wait for the turn at a reference (its type and id), then lock what counts the uses that it holds.

A statement after it sees all that was committed while it waited; it does not itself, so it reads nothing.
"""
LOCK_USED: Final = "SELECT souk_lock_coupons($1, $2, $3, $4, $5)"
"""The same, and what counts the uses of promotions (ids, and their codes side by side) by a customer, if it is one."""

FACTS: Final = """
    SELECT used.promotion_id, promotions.title, method, promotions.state, starts_at, ends_at, promotions.merchant_id,
        currencies, promotions.budget, promotions.customer_limit, coupons.id AS coupon_id, coupons.customer_id,
        valid_until,
        segments = '{}' OR EXISTS (
            SELECT FROM customer_segments WHERE customer_segments.customer_id = $5 AND segment = ANY(segments)
        ) AS is_invited,
        least(
            counter.total_limit - counter.reserved - counter.redeemed + (held.id IS NOT NULL)::int,
            coupons.use_limit - coupons.reserved - coupons.redeemed
                + (held.coupon_id IS NOT DISTINCT FROM coupons.id)::int
        ) AS remaining,
        counter.budget - counter.spent + coalesce(held.funded, 0) AS unspent,
        customer.customer_limit - customer.reserved - customer.redeemed + (held.id IS NOT NULL)::int
            AS remaining_for_customer,
        held.id AS held_id, held.promotion_id AS held_promotion_id, held.state AS held_state,
        held.customer_id AS held_customer_id, held.coupon_id AS held_coupon_id, held.currency AS held_currency,
        held.amount AS held_amount, held.platform_amount AS held_platform_amount
    FROM unnest((SELECT $3::bigint[]), (SELECT $4::text[])) WITH ORDINALITY AS used (promotion_id, code, at)
    FULL JOIN (
        SELECT * FROM coupon_reservations
        WHERE reference_type = $1 AND reference_id = $2 AND state IN ('RESERVED', 'REDEEMED')
    ) AS held ON held.promotion_id = used.promotion_id
    LEFT JOIN promotions ON promotions.id = used.promotion_id
    LEFT JOIN coupons ON coupons.promotion_id = used.promotion_id AND coupons.code = used.code
    LEFT JOIN promotion_counters AS counter ON counter.promotion_id = used.promotion_id
    LEFT JOIN promotion_customers AS customer
        ON customer.promotion_id = used.promotion_id AND customer.customer_id = $5
    ORDER BY used.at
"""
"""What there is to be known of uses, in their order; then of what is held beside them, by the columns `held_` alone.

Of what `remaining` and `unspent` tell, that which is held of the promotion is not taken off; null for no limit. The
lists stand in subqueries so that Postgres does not look how long they are: it would plan anew each time, for 0.9 ms.
"""


_DATA: Final = """jsonb_build_object(
    'promotion_id', promotion_id, 'coupon_id', coupon_id, 'customer_id', customer_id, 'amount', amount,
    'currency', currency, 'reference', jsonb_build_object('type', reference_type, 'id', reference_id)
)"""


def _counted(event_type: str, *, version: int, order: str, reserved: int, redeemed: int, spent: int) -> str:
    """Write the parts of a statement that count, and tell of, the reservations that its part `moved` returns."""
    told = outbox.each_of(
        f"moved ORDER BY {order}", event_type, subject_type="coupon_reservation", version=version, data=_DATA
    )
    uses = f"reserved = counted.reserved + {reserved}, redeemed = counted.redeemed + {redeemed}"
    return f"""
    counted_in_all AS (
        UPDATE promotion_counters AS counted SET {uses}, spent = counted.spent + {spent} * moved.funded
        FROM moved WHERE counted.promotion_id = moved.promotion_id
    ), counted_of_coupons AS (
        UPDATE coupons AS counted SET {uses} FROM moved WHERE counted.id = moved.coupon_id AND use_limit IS NOT NULL
    ), counted_of_customers AS (
        UPDATE promotion_customers AS counted SET {uses} FROM moved
        WHERE counted.promotion_id = moved.promotion_id AND counted.customer_id = moved.customer_id
    ), told AS (
        {told}
    )"""  # noqa: S608 - all of it is ours


def _moved(before: ReservationState, after: ReservationState, *, version: int, only: str = "") -> str:
    """Write the statement that moves what is `before` at a reference (its type and id) at an instant.

    It gives all that was held there, by promotion, and which of it has moved. Whoever runs it has run `LOCK`.
    """
    counted = _counted(
        f"COUPON_{after}",
        version=version,
        order="promotion_id",
        reserved=-(before is ReservationState.RESERVED),
        redeemed=(after is ReservationState.REDEEMED) - (before is ReservationState.REDEEMED),
        spent=-(after is not ReservationState.REDEEMED),
    )
    return f"""
    WITH held AS (
        SELECT * FROM coupon_reservations
        WHERE reference_type = $1 AND reference_id = $2 AND state IN ('RESERVED', 'REDEEMED')
    ), moved AS (
        UPDATE coupon_reservations AS row SET state = '{after}', closed_at = $3
        FROM held WHERE row.id = held.id AND held.state = '{before}' {only}
        RETURNING row.*
    ), {counted}
    SELECT held.id, held.promotion_id, held.currency, held.funded, moved.id IS NOT NULL AS is_moved
    FROM held LEFT JOIN moved ON moved.id = held.id ORDER BY held.promotion_id
    """  # noqa: S608 - all of it is ours


_ROWS: Final = Insert(
    CouponReservation,
    "promotion_id coupon_id customer_id state currency amount platform_amount funded reference_type reference_id"
    " expires_at created_at",
)
_COUNTED_AS_RESERVED: Final = _counted("COUPON_RESERVED", version=1, order="id", reserved=1, redeemed=0, spent=1)
TAKE: Final = f"""
    WITH moved AS ({_ROWS.given("$1")} RETURNING *), {_COUNTED_AS_RESERVED},
    kept AS (UPDATE coupon_reservations SET expires_at = $3 WHERE id = ANY($2::bigint[]))
    SELECT count(*) FROM told
"""  # noqa: S608 - all of it is ours
"""Reserve rows, as `written`, and let others (by id) last until an instant."""

REDEEM: Final = _moved(ReservationState.RESERVED, ReservationState.REDEEMED, version=2)
RELEASE: Final = _moved(
    ReservationState.RESERVED,
    ReservationState.RELEASED,
    version=2,
    only="AND held.expires_at <= coalesce($4::timestamptz, 'infinity') AND held.promotion_id <> ALL($5::bigint[])",
)
"""Release what expires at an instant at the latest (null for all), but for these promotions."""
GIVE_BACK: Final = _moved(ReservationState.REDEEMED, ReservationState.RETURNED, version=3)

RETURNED: Final = """
    SELECT count(*) FROM coupon_reservations WHERE reference_type = $1 AND reference_id = $2 AND state = 'RETURNED'
"""
OVERDUE: Final = """
    SELECT reference_type, reference_id FROM coupon_reservations WHERE state = 'RESERVED' AND expires_at <= $1
    ORDER BY expires_at LIMIT $2
"""
