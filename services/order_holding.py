"""Orders under lock, as whoever takes care of one finds them: the parts, the lines, and what the viewer is to them.

The order's row is locked before anything else, so whoever changes one order takes turns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import fulfilments, order_actions
from domain import orders as rules
from domain.access import Permission, Viewer
from domain.fulfilments import FulfilmentStatus, Progress
from domain.order_actions import Actor, OrderAction
from domain.orders import OrderStatus, PartStatus
from models.fulfilments import Fulfilment
from models.orders import Order, OrderLine, OrderPart
from models.returns import Return
from models.transactions import driver_of
from services import access, orders, outbox
from services.access import NotFoundError

T = TypeVar("T", Fulfilment, Return)
_STAFF: Final = ((Permission.ORDERS_FULFIL, Actor.SENDER), (Permission.ORDERS_REFUND, Actor.REFUNDER))


@dataclass(slots=True)
class Held:
    """An order under lock, with its parts by merchant and its lines in their order; `actors` is what the viewer is."""

    order: Order
    parts: Sequence[OrderPart]
    lines: Sequence[OrderLine]
    viewer: Viewer
    actors: frozenset[Actor]

    @property
    def known(self) -> dict[str, Any]:
        """Give what other services want to know of the order, by its columns' names."""
        return {column.key: getattr(self.order, column.key) for column in Order.__table__.columns}

    def of(self, part: OrderPart) -> list[OrderLine]:
        """Give the lines of a part."""
        return [line for line in self.lines if line.part_id == part.id]

    def actors_at(self, part: OrderPart) -> frozenset[Actor]:
        """Say what the viewer is to a merchant's part."""
        return actors(self.viewer, holder=Actor.HOLDER in self.actors, merchant_ids=[part.merchant_id])

    def may(self, part: OrderPart, action: OrderAction) -> bool:
        """Say whether the viewer may do something to a part where it stands."""
        return order_actions.may_part(_at(part, self.actors_at(part)), action)

    def check(self, part: OrderPart, action: OrderAction) -> None:
        """Raise ActionError unless the viewer may do something to a part where it stands."""
        order_actions.check_part(_at(part, self.actors_at(part)), action)

    def line(self, line_id: int, *, field: str) -> OrderLine:
        """Find a line. Raises NotFoundError, also for one of a merchant whose part is not the viewer's."""
        for line in self.lines:
            if line.id == line_id and self.actors_at(self.part(line.part_id)):
                return line
        raise NotFoundError("order line", field=field)

    def part_of(self, merchant_id: int, *, field: str) -> OrderPart:
        """Find a merchant's part. Raises NotFoundError, also for one that is not the viewer's."""
        for part in self.parts:
            if part.merchant_id == merchant_id and self.actors_at(part):
                return part
        raise NotFoundError("merchant's part of the order", field=field)

    def part(self, part_id: int) -> OrderPart:
        """Find a part by its id."""
        return next(part for part in self.parts if part.id == part_id)


def actors(viewer: Viewer, *, holder: bool, merchant_ids: Iterable[int]) -> frozenset[Actor]:
    """Say what a viewer is to an order with parts of these merchants, or to one part of it."""
    merchants = list(merchant_ids)
    found = {
        actor
        for permission, actor in _STAFF
        if any(viewer.may(permission, merchant_id=merchant_id) for merchant_id in merchants)
    }
    return frozenset(found | {Actor.HOLDER} if holder else found)


async def hold(session: AsyncSession, *, viewer: Viewer, order_id: int, field: str = "order_id") -> Held:
    """Lock an order that is something to the viewer. Raises NotFoundError."""
    order = await session.scalar(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFoundError("order", field=field)
    parts = await _read(session, select(OrderPart).where(OrderPart.order_id == order_id).order_by(OrderPart.id))
    lines = await _read(session, select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    whose = {"customer_id": order.customer_id, "token_hash": order.token_hash}
    found = actors(viewer, holder=access.sees_cart(viewer, whose), merchant_ids=[part.merchant_id for part in parts])
    if not found:
        raise NotFoundError("order", field=field)
    return Held(order, parts, lines, viewer, found)


async def hold_of(session: AsyncSession, of: type[T], key: int, *, viewer: Viewer, noun: str) -> tuple[Held, T]:
    """Lock the order that a parcel or a return is of, and read that then.

    Raises NotFoundError of the noun, also where the order is nothing to the viewer.
    """
    missing = NotFoundError(noun, field=f"{noun}_id")
    order_id = await session.scalar(select(of.order_id).where(of.id == key))
    if order_id is None:
        raise missing
    try:
        held = await hold(session, viewer=viewer, order_id=order_id)
    except NotFoundError:
        raise missing from None
    return held, await session.get_one(of, key, populate_existing=True)


async def told(
    session: AsyncSession,
    held: Held,
    action: str,
    *,
    now: datetime,
    merchant_id: int | None = None,
    change: tuple[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write into an order's timeline what happened; `change` is from which state to which, if it was one."""
    await orders.entry(
        session,
        held.order.id,
        action,
        now=now,
        merchant_id=merchant_id,
        account_id=held.viewer.account_id,
        change=change,
        data=data,
    )


async def changed(
    session: AsyncSession,
    held: Held,
    action: str,
    event_type: str | None = None,
    *,
    now: datetime,
    merchant_id: int | None = None,
    change: tuple[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Count an order's version up, write into its timeline what happened, and append the event that tells of it.

    The event is called as the action is unless `event_type` says.
    """
    held.order.version += 1
    await session.flush()
    await told(session, held, action, now=now, merchant_id=merchant_id, change=change, data=data)
    await announce(session, held, event_type or action, merchant_id=merchant_id, data=data)


async def announce(
    session: AsyncSession,
    held: Held,
    event_type: str,
    *,
    merchant_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append an event about a held order as it is now."""
    order = held.order
    said = {"status": order.status, **(data or {}), **({} if merchant_id is None else {"merchant_id": merchant_id})}
    await outbox.append_all(
        driver_of(session), [orders.happened(held.known, event_type, version=order.version, data=said)]
    )


async def follow(session: AsyncSession, held: Held, *, now: datetime) -> set[int]:
    """Let parts and order stand where their pieces do; gives the merchants whose part has just been delivered.

    Each step stands in the timeline. Raises OrderStateError for a step that no table knows.
    """
    parcels = await session.execute(
        select(Fulfilment.part_id, Fulfilment.status).where(Fulfilment.order_id == held.order.id)
    )
    underway = {row.part_id for row in parcels if row.status == FulfilmentStatus.SHIPPED}
    delivered = set()
    for part in held.parts:
        progress = [Progress(line.quantity, line.fulfilled, line.cancelled) for line in held.of(part)]
        await _move(session, held, part, fulfilments.part_after(PartStatus(part.status), progress), now=now)
        if part.status == PartStatus.FULFILLED and part.id not in underway:
            await _move(session, held, part, PartStatus.DELIVERED, now=now)
            delivered.add(part.merchant_id)
    status = OrderStatus(held.order.status)
    after = rules.of_parts([PartStatus(part.status) for part in held.parts])
    if after is not status:
        held.order.status = rules.moved(status, after).value
        if after in {OrderStatus.DELIVERED, OrderStatus.CANCELLED}:
            held.order.closed_at = now
        step = rules.told(after)
        await changed(session, held, step, f"ORDER_{step}", now=now, change=(status.value, after.value))
    await session.flush()
    return delivered


async def _move(session: AsyncSession, held: Held, part: OrderPart, target: PartStatus, *, now: datetime) -> None:
    status = PartStatus(part.status)
    if target is status:
        return
    part.status = rules.part_moved(status, target).value
    part.version += 1
    await told(
        session,
        held,
        f"PART_{target.value}",
        now=now,
        merchant_id=part.merchant_id,
        change=(status.value, target.value),
    )


def _at(part: OrderPart, found: frozenset[Actor]) -> order_actions.Part:
    return order_actions.Part(PartStatus(part.status), found)


async def _read(session: AsyncSession, query: Any) -> Sequence[Any]:
    rows: Sequence[Any] = (await session.scalars(query.execution_options(populate_existing=True))).all()
    return rows
