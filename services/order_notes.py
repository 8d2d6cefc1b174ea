"""Notes on orders: what staff wants to remember, seen by staff alone."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain import order_actions
from domain.errors import InvalidInput
from domain.order_actions import OrderAction
from domain.orders import OrderStatus
from services import order_holding
from services.order_holding import Held

LENGTH_MAX: Final = 2_000


async def add(session: AsyncSession, held: Held, *, text: str, now: datetime) -> None:
    """Write a note into an order's timeline: a merchant's staff for its own, the platform's for itself.

    Raises ActionError, InvalidInput.
    """
    order_actions.check_order(OrderStatus(held.order.status), held.actors, OrderAction.ADD_NOTE)
    trimmed = text.strip()
    if not 0 < len(trimmed) <= LENGTH_MAX:
        raise InvalidInput(f"text: a note has 1 to {LENGTH_MAX:,} characters", field="text")
    own = sorted(part.merchant_id for part in held.parts if part.merchant_id in held.viewer.merchants)
    merchant_id = own[0] if own and held.viewer.platform is None else None
    await order_holding.told(
        session, held, order_actions.NOTE, now=now, merchant_id=merchant_id, data={"note": trimmed}
    )
