"""Settlement: what is owed for a paid order goes into the ledger, part by part, and comes back with its refunds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain import settlement as rules
from domain.ledger import Reference
from domain.settlement import Share
from services import ledger
from services.ledger import Entry

_SHARE = Share._fields


def share_of(part: Mapping[str, Any]) -> Share:
    """Give all of a merchant's part; `part` has the columns of `models.orders.OrderPart`."""
    return Share(*(part[name] for name in _SHARE))


async def settle(
    session: AsyncSession,
    *,
    order_id: int,
    number: str,
    currency: str,
    parts: Iterable[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Post what a paid order's parts move; once for each part."""
    await ledger.post_all(
        session, entries(order_id=order_id, number=number, currency=currency, parts=parts, at=now), now=now
    )


def entries(
    *, order_id: int, number: str, currency: str, parts: Iterable[Mapping[str, Any]], at: datetime
) -> list[Entry]:
    """Give what is posted for a paid order's parts, those that move something."""
    found = [
        Entry(
            "ORDER_SETTLED",
            Reference("ORDER", order_id, part=f"merchant {part['merchant_id']}", number=number),
            rules.paid(share_of(part), merchant_id=part["merchant_id"], currency=currency),
            at,
        )
        for part in parts
    ]
    return [entry for entry in found if entry.postings]


async def take_back(
    session: AsyncSession,
    *,
    refund_id: int,
    number: str,
    currency: str,
    shares: Mapping[int, Share],
    now: datetime,
) -> None:
    """Post what a refund moves back, by merchant; once for each refund and merchant."""
    entries = [
        Entry(
            "ORDER_REFUNDED",
            Reference("REFUND", refund_id, part=f"merchant {merchant_id}", number=number),
            rules.refunded(share, merchant_id=merchant_id, currency=currency),
        )
        for merchant_id, share in sorted(shares.items())
    ]
    await ledger.post_all(session, [entry for entry in entries if entry.postings], now=now)
