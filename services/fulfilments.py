"""Fulfilments: parcels of a merchant's part, with what they are followed by; and their delivery."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import fulfilments as rules
from domain.access import Permission, Viewer
from domain.errors import InvalidInput
from domain.fulfilments import FulfilmentStatus, Parcel, Progress
from domain.order_actions import ActionError, OrderAction
from models.fulfilments import Fulfilment, FulfilmentLine, FulfilmentSource
from models.orders import OrderPart
from models.recordsets import Insert, together, written
from models.transactions import driver_of
from services import access, invoices, mails, order_holding, order_refunds, orders, points, stock_reservations
from services.access import NotFoundError
from services.order_holding import Held
from services.stock_reservations import Taken

_PIECES: Final = together(
    Insert(FulfilmentLine, "fulfilment_id line_id quantity").given("$1"),
    Insert(FulfilmentSource, "fulfilment_id line_id warehouse_id quantity").given("$2"),
)


async def create(
    session: AsyncSession,
    held: Held,
    *,
    merchant_id: int | None,
    lines: Sequence[tuple[int, int]] | None,
    parcel: Parcel,
    now: datetime,
) -> int:
    """Send pieces of a held order, all that is left of a part unless `lines` says; gives the fulfilment's id.

    The first one of a part writes its invoice. Raises NotFoundError, ActionError, InvalidInput, NothingToSendError.
    """
    part = _part(held, merchant_id, lines)
    held.check(part, OrderAction.FULFIL)
    known = {line.id: line for line in held.of(part)}
    for at, (line_id, _) in enumerate(lines or ()):
        if line_id not in known:
            raise InvalidInput(
                f"lines.{at}.lineId: it is another merchant's; each sends its own", field=f"lines.{at}.line_id"
            )
    progress = {line.id: Progress(line.quantity, line.fulfilled, line.cancelled) for line in known.values()}
    sent = rules.sent(progress, lines)
    for line_id, quantity in sent:
        known[line_id].fulfilled += quantity
    fulfilment_id = await _insert(session, part, parcel, now=now)
    await order_holding.follow(session, held, now=now)
    left = await stock_reservations.ship(session, order_id=held.order.id, lines=dict(sent), viewer=held.viewer)
    await _fill(session, fulfilment_id, sent, left)
    said = {
        "fulfilment_id": fulfilment_id,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in sent],
        **_followed(parcel),
    }
    await order_holding.changed(session, held, "FULFILMENT_CREATED", now=now, merchant_id=part.merchant_id, data=said)
    following = " ".join(part for part in (parcel.carrier, parcel.tracking_number, parcel.tracking_url) if part)
    by = f"Follow it: {following}" if following else "It has no number to follow it by."
    await mail(session, held, "order_shipped", sent, now=now, parcel=by)
    before = await order_refunds.refunded_before(session, held)
    await invoices.issue(session, held, part, refunded=before, now=now)
    return fulfilment_id


async def update(session: AsyncSession, *, viewer: Viewer, fulfilment_id: int, parcel: Parcel, now: datetime) -> Held:
    """Change what a parcel is followed by, until it is delivered; gives the order. Raises as `create`."""
    held, fulfilment = await hold(session, viewer=viewer, fulfilment_id=fulfilment_id)
    # Its customer may say that it has come, and not by what it is followed.
    access.require(
        viewer,
        Permission.ORDERS_FULFIL,
        merchant_id=fulfilment.merchant_id,
        noun="fulfilment",
        field="fulfilment_id",
    )
    check(held, fulfilment, OrderAction.CONFIRM_DELIVERY, FulfilmentStatus.DELIVERED)
    fulfilment.carrier, fulfilment.tracking_number = parcel.carrier, parcel.tracking_number
    fulfilment.tracking_url = parcel.tracking_url
    fulfilment.version += 1
    said = {"fulfilment_id": fulfilment_id, **_followed(parcel)}
    await order_holding.changed(
        session, held, "FULFILMENT_UPDATED", now=now, merchant_id=fulfilment.merchant_id, data=said
    )
    return held


async def confirm(session: AsyncSession, *, viewer: Viewer, fulfilment_id: int, now: datetime) -> Held:
    """Confirm that a parcel was delivered: by its customer, or whoever sends it; gives the order.

    With the last one of a part that is all sent, the part is delivered and its points can be used. Raises
    NotFoundError, ActionError.
    """
    held, fulfilment = await hold(session, viewer=viewer, fulfilment_id=fulfilment_id)
    check(held, fulfilment, OrderAction.CONFIRM_DELIVERY, FulfilmentStatus.DELIVERED)
    fulfilment.status, fulfilment.delivered_at = FulfilmentStatus.DELIVERED, now
    fulfilment.version += 1
    await session.flush()
    for merchant_id in sorted(await order_holding.follow(session, held, now=now)):
        await points.confirm(session, reference=orders.reference(held.known, part=orders.part_of(merchant_id)), now=now)
    await order_holding.changed(
        session,
        held,
        "FULFILMENT_DELIVERED",
        now=now,
        merchant_id=fulfilment.merchant_id,
        data={"fulfilment_id": fulfilment_id},
    )
    return held


def _part(held: Held, merchant_id: int | None, lines: Sequence[tuple[int, int]] | None) -> OrderPart:
    """Find whose part is sent: the one that is named, that of the first line, or the only one that it can be."""
    if merchant_id is not None:
        return held.part_of(merchant_id, field="merchant_id")
    if lines:
        return held.part(held.line(lines[0][0], field="lines.0.line_id").part_id)
    own = [part for part in held.parts if held.actors_at(part)]
    can = [part for part in own if held.may(part, OrderAction.FULFIL)]
    if len(can) > 1:
        raise InvalidInput("merchantId: several merchants have something to send; name one", field="merchant_id")
    return can[0] if can else own[0]


async def _insert(session: AsyncSession, part: OrderPart, parcel: Parcel, *, now: datetime) -> int:
    made = await session.execute(
        insert(Fulfilment)
        .values(
            order_id=part.order_id,
            part_id=part.id,
            merchant_id=part.merchant_id,
            status=FulfilmentStatus.SHIPPED,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            tracking_url=parcel.tracking_url,
            shipped_at=now,
        )
        .returning(Fulfilment.id)
    )
    fulfilment_id: int = made.scalar_one()
    return fulfilment_id


async def _fill(
    session: AsyncSession, fulfilment_id: int, sent: Sequence[tuple[int, int]], left: Sequence[Taken]
) -> None:
    """Write what is in a parcel, and which warehouses that has left."""
    lines = [{"fulfilment_id": fulfilment_id, "line_id": line_id, "quantity": quantity} for line_id, quantity in sent]
    places = [
        {
            "fulfilment_id": fulfilment_id,
            "line_id": each.line_id,
            "warehouse_id": each.warehouse_id,
            "quantity": each.quantity,
        }
        for each in left
    ]
    await driver_of(session).execute(_PIECES, written(lines), written(places))


async def hold(session: AsyncSession, *, viewer: Viewer, fulfilment_id: int) -> tuple[Held, Fulfilment]:
    """Lock a fulfilment's order, and read the fulfilment then. Raises NotFoundError."""
    held, fulfilment = await order_holding.hold_of(session, Fulfilment, fulfilment_id, viewer=viewer, noun="fulfilment")
    if not held.actors_at(held.part(fulfilment.part_id)):
        raise NotFoundError("fulfilment", field="fulfilment_id")
    return held, fulfilment


def check(held: Held, fulfilment: Fulfilment, action: OrderAction, target: FulfilmentStatus) -> None:
    """Raise ActionError for what cannot be done to a fulfilment, where it or its part stands; `target` is its end."""
    if target not in rules.TRANSITIONS[FulfilmentStatus(fulfilment.status)]:
        raise ActionError("fulfilment", status=fulfilment.status, action=action)
    held.check(held.part(fulfilment.part_id), action)


def _followed(parcel: Parcel) -> dict[str, Any]:
    return {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
    }


async def mail(
    session: AsyncSession, held: Held, template: str, pieces: Sequence[tuple[int, int]], *, now: datetime, **facts: str
) -> None:
    """Write to the customer of pieces of an order, each a line's id and how many; `facts` are the template's others."""
    names = {line.id: line.name for line in held.lines}
    await mails.request(
        session,
        template=template,
        recipient=held.order.email,
        account_id=None,
        facts={
            "number": held.order.number,
            "name": held.order.address["name"],
            "pieces": "\n".join(f"  {quantity} x {names[line_id]}" for line_id, quantity in pieces),
            **facts,
        },
        now=now,
    )
