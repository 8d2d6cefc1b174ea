"""Promotions that count nothing, which most do not: reserved and redeemed by two or three statements, without locks.

What has limits or a budget takes turns at its counters; that is `coupons`' own way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from domain import coupons as rules
from domain.coupons import CouponRefusedError, Method, ReservationState, Use
from domain.ledger import Reference
from models.promotions import CouponReservation
from models.recordsets import Insert, together, written
from services import outbox
from services.outbox import Happened

_FACTS: Final = """
    SELECT promotions.id, method, state, starts_at, ends_at, coupons.id AS coupon_id, coupons.customer_id, valid_until,
        segments = '{}' OR EXISTS (
            SELECT FROM customer_segments WHERE customer_segments.customer_id = $3 AND segment = ANY(segments)
        ) AS is_invited,
        customer_limit IS NOT NULL OR use_limit IS NOT NULL OR budget IS NOT NULL OR total_limit IS NOT NULL
            AS is_counted,
        EXISTS (SELECT FROM coupon_reservations WHERE reference_type = $4 AND reference_id = $5
                AND coupon_reservations.state IN ('RESERVED', 'REDEEMED')) AS is_held,
        nextval('coupon_reservations_id_seq') AS reservation_id
    FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS used (promotion_id, code, at)
    JOIN promotions ON promotions.id = used.promotion_id
    LEFT JOIN coupons ON coupons.promotion_id = promotions.id AND coupons.code = used.code
    ORDER BY used.at
"""
_TAKE: Final = together(
    Insert(
        CouponReservation,
        "id promotion_id coupon_id customer_id state currency amount platform_amount funded reference_type reference_id"
        " expires_at created_at",
    ).given("$1"),
    outbox.EVENTS.given("$2"),
    outbox.WAKE,
)
_RESERVED: Final = """
    SELECT reservation.id, reservation.promotion_id, coupon_id, reservation.customer_id, reservation.state,
        reservation.amount, reservation.currency, reference_type, reference_id,
        customer_limit IS NOT NULL OR use_limit IS NOT NULL OR budget IS NOT NULL OR total_limit IS NOT NULL
            AS is_counted
    FROM coupon_reservations AS reservation JOIN promotions ON promotions.id = reservation.promotion_id
    LEFT JOIN coupons ON coupons.id = coupon_id
    WHERE reference_type = $1 AND reference_id = $2 AND reservation.state IN ('RESERVED', 'REDEEMED')
    ORDER BY reservation.promotion_id
"""
_REDEEM: Final = together(
    "UPDATE coupon_reservations SET state = 'REDEEMED', closed_at = $2 WHERE id = ANY($1::bigint[])",
    outbox.EVENTS.given("$3"),
    outbox.WAKE,
)


async def reserve(
    driver: asyncpg.Connection,
    uses: Sequence[Use],
    *,
    customer_id: int | None,
    currency: str,
    reference: Reference,
    until: datetime,
    now: datetime,
) -> bool:
    """Promise promotions to something that holds none yet; False, and nothing done, if it does or one of them counts.

    Raises CouponRefusedError for what does not run, or is not this customer's.
    """
    codes = [None if use.code is None else rules.normalise(use.code) for use in uses]
    facts = await driver.fetch(
        _FACTS, [use.promotion_id for use in uses], codes, customer_id, reference.type, reference.id
    )
    if any(row["is_held"] for row in facts):
        return False
    if len(facts) < len(uses) or not all(_fits(row, customer_id, now=now) for row in facts):
        raise CouponRefusedError
    if any(row["is_counted"] for row in facts):
        return False
    rows = [
        {
            "id": row["reservation_id"],
            "promotion_id": row["id"],
            "coupon_id": row["coupon_id"],
            "customer_id": customer_id,
            "state": ReservationState.RESERVED,
            "currency": currency,
            "amount": use.amount,
            "platform_amount": use.platform_amount,
            "funded": 0,
            "reference_type": reference.type,
            "reference_id": reference.id,
            "expires_at": until,
            "created_at": now,
        }
        for use, row in zip(uses, facts, strict=True)
    ]
    told = [happened(row, "COUPON_RESERVED", version=1) for row in rows]
    await driver.execute(_TAKE, written(rows), written(outbox.rows(told)))
    return True


def _fits(row: Mapping[str, Any], customer_id: int | None, *, now: datetime) -> bool:
    """Tell whether a promotion runs, and is for this customer; a coupon that there is not has no id."""
    has_coupon = row["coupon_id"] is not None
    return (
        rules.runs(state=row["state"], starts_at=row["starts_at"], ends_at=row["ends_at"], now=now)
        and has_coupon == (row["method"] != Method.AUTOMATIC)
        and (row["valid_until"] is None or row["valid_until"] > now)
        and (row["customer_id"] is None or row["customer_id"] == customer_id)
        and row["is_invited"]
    )


async def redeem(driver: asyncpg.Connection, *, reference: Reference, now: datetime) -> int | None:
    """Make use of what is reserved for something; gives how many promotions, None if one of them counts its uses.

    Whoever calls has taken its turn at the reference.
    """
    rows = await driver.fetch(_RESERVED, reference.type, reference.id)
    if any(row["is_counted"] for row in rows):
        return None
    fresh = [row for row in rows if row["state"] == ReservationState.RESERVED]
    if fresh:
        told = [happened(row, "COUPON_REDEEMED", version=2) for row in fresh]
        await driver.execute(_REDEEM, [row["id"] for row in fresh], now, written(outbox.rows(told)))
    return len(rows)


def happened(row: Any, event_type: str, *, version: int) -> Happened:
    """Write an event about a reservation: a row, or what has its columns by name."""
    data: Mapping[str, object] = {
        "promotion_id": row["promotion_id"],
        "coupon_id": row["coupon_id"],
        "customer_id": row["customer_id"],
        "amount": row["amount"],
        "currency": row["currency"],
        "reference": {"type": row["reference_type"], "id": row["reference_id"]},
    }
    return Happened(event_type, ("coupon_reservation", row["id"]), version, data)
