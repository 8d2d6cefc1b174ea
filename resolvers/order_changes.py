"""What is done to orders once they are placed: cancelled, sent, delivered, refunded, sent back, noted on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import services.fulfilment_cancellations
import services.fulfilments
import services.order_cancellations
import services.order_notes
import services.order_refunds
import services.payment_refunds
import services.refund_retries
import services.returns
from domain import fulfilments, money
from domain.access import Viewer
from domain.errors import InvalidInput
from domain.order_refunds import RefundReason, Wanted
from domain.returns import ReturnAction, ReturnReason
from resolvers.context import Context
from resolvers.loaders import order_care as loaders
from resolvers.mutations import Change, Result
from services import access, order_holding
from services.access import NotFoundError
from services.order_refunds import WantedDelivery

Given = Mapping[str, Any]


async def cancel(change: Change, *, order_id: int, reason: str | None = None, merchant_id: int | None = None) -> Result:
    """Cancel an order, or a merchant's part of it."""
    held = await order_holding.hold(change.session, viewer=await _now(change), order_id=order_id)
    await services.order_cancellations.cancel(
        change.session, held, reason=reason, merchant_id=merchant_id, now=change.now
    )
    return Result(order_id=order_id)


async def refund(
    change: Change,
    *,
    order_id: int,
    reason: str,
    lines: Sequence[Given] = (),
    shipping: Sequence[Given] | None = None,
    restock: bool = False,
    note: str | None = None,
) -> Result:
    """Refund lines and deliveries of an order."""
    held = await order_holding.hold(change.session, viewer=change.viewer, order_id=order_id)
    currency = held.order.currency
    wanted = [
        Wanted(
            each["line_id"],
            quantity=each.get("quantity"),
            amount=_amount(each.get("amount"), currency, field=f"lines.{at}.amount"),
            field=f"lines.{at}.",
        )
        for at, each in enumerate(lines)
    ]
    deliveries = [
        WantedDelivery(
            each["merchant_id"],
            _amount(each.get("amount"), currency, field=f"shipping.{at}.amount"),
            f"shipping.{at}.",
        )
        for at, each in enumerate(shipping or ())
    ]
    made = await services.order_refunds.refund(
        change.session,
        held,
        lines=wanted,
        deliveries=deliveries,
        reason=RefundReason(reason),
        restock=restock,
        note=note,
        now=change.now,
    )
    return Result(order_id=order_id, refund_id=made.id)


async def retry_refund(change: Change, *, order_id: int) -> Result:
    """Try again what a provider has refused to give back of an order."""
    held = await order_holding.hold(change.session, viewer=change.viewer, order_id=order_id)
    await services.refund_retries.retry(change.session, held, now=change.now)
    return Result(order_id=order_id)


async def pay_back(context: Context, result: Result) -> None:
    """Let the providers give back what the change has promised; what gets no answer is asked for by the worker."""
    (found,) = await context.load_many(loaders.PAYBACKS, [result["order_id"]])
    await services.payment_refunds.carry_out(
        context.database, context.gateways, refund_ids=[row["id"] for row in found]
    )


async def fulfil(
    change: Change,
    *,
    order_id: int,
    merchant_id: int | None = None,
    lines: Sequence[Given] | None = None,
    **parcel: str | None,
) -> Result:
    """Send pieces of an order."""
    held = await order_holding.hold(change.session, viewer=change.viewer, order_id=order_id)
    fulfilment_id = await services.fulfilments.create(
        change.session,
        held,
        merchant_id=merchant_id,
        lines=_pieces(lines),
        parcel=_parcel(parcel),
        now=change.now,
    )
    return Result(order_id=order_id, fulfilment_id=fulfilment_id)


async def update_fulfilment(change: Change, *, fulfilment_id: int, **parcel: str | None) -> Result:
    """Change what a parcel is followed by."""
    held = await services.fulfilments.update(
        change.session,
        viewer=change.viewer,
        fulfilment_id=fulfilment_id,
        parcel=_parcel(parcel),
        now=change.now,
    )
    return Result(order_id=held.order.id, fulfilment_id=fulfilment_id)


async def confirm_delivery(change: Change, *, fulfilment_id: int) -> Result:
    """Confirm that a parcel was delivered."""
    held = await services.fulfilments.confirm(
        change.session, viewer=await _now(change), fulfilment_id=fulfilment_id, now=change.now
    )
    return Result(order_id=held.order.id, fulfilment_id=fulfilment_id)


async def cancel_fulfilment(change: Change, *, fulfilment_id: int, note: str | None = None) -> Result:
    """Take a parcel back."""
    held = await services.fulfilment_cancellations.cancel(
        change.session, viewer=change.viewer, fulfilment_id=fulfilment_id, note=note, now=change.now
    )
    return Result(order_id=held.order.id, fulfilment_id=fulfilment_id)


async def request_return(
    change: Change, *, order_id: int, lines: Sequence[Given], reason: str, note: str | None = None
) -> Result:
    """Ask to send something back."""
    held = await order_holding.hold(change.session, viewer=change.viewer, order_id=order_id)
    return_id = await services.returns.request(
        change.session,
        held,
        lines=_pieces(lines) or (),
        reason=ReturnReason(reason),
        note=note,
        now=change.now,
    )
    return Result(order_id=order_id, return_id=return_id)


async def approve_return(change: Change, *, return_id: int, note: str | None = None) -> Result:
    """Approve a return."""
    return await _decide(change, return_id, ReturnAction.APPROVE, note)


async def reject_return(change: Change, *, return_id: int, note: str) -> Result:
    """Reject a return."""
    return await _decide(change, return_id, ReturnAction.REJECT, note)


async def _decide(change: Change, return_id: int, action: ReturnAction, note: str | None) -> Result:
    held = await services.returns.decide(
        change.session, viewer=change.viewer, return_id=return_id, action=action, note=note, now=change.now
    )
    return Result(order_id=held.order.id, return_id=return_id)


async def cancel_return(change: Change, *, return_id: int, note: str | None = None) -> Result:
    """Withdraw a return."""
    held = await services.returns.cancel(
        change.session, viewer=await _now(change), return_id=return_id, note=note, now=change.now
    )
    return Result(order_id=held.order.id, return_id=return_id)


async def receive_return(
    change: Change,
    *,
    return_id: int,
    restock: bool,
    lines: Sequence[Given] | None = None,
    shipping_amount: Given | None = None,
) -> Result:
    """Take what was sent back, and refund it."""
    order_id, refund_id = await services.returns.receive(
        change.session,
        viewer=change.viewer,
        return_id=return_id,
        lines=_pieces(lines),
        restock=restock,
        delivery_amount=lambda currency: _amount(shipping_amount, currency, field="shipping_amount"),
        now=change.now,
    )
    return Result(order_id=order_id, return_id=return_id, refund_id=refund_id)


async def add_note(change: Change, *, order_id: int, text: str) -> Result:
    """Write a note into an order's timeline."""
    held = await order_holding.hold(change.session, viewer=change.viewer, order_id=order_id)
    await services.order_notes.add(change.session, held, text=text, now=change.now)
    return Result(order_id=order_id)


async def _now(change: Change) -> Viewer:
    """Give the viewer with the rights that staff has now: where customers may do the same, nobody has looked yet."""
    viewer = change.viewer
    if viewer.account_id is None or not (viewer.merchants or viewer.platform):
        return viewer
    found = await access.viewer_of(change.session, account_id=viewer.account_id, session_id=viewer.session_id)
    if found is None:
        raise NotFoundError
    return replace(found, cart_token=viewer.cart_token)


def _pieces(lines: Sequence[Given] | None) -> list[tuple[int, int]] | None:
    return None if lines is None else [(each["line_id"], each["quantity"]) for each in lines]


def _parcel(given: Mapping[str, str | None]) -> fulfilments.Parcel:
    names = ("carrier", "tracking_number", "tracking_url")
    return fulfilments.parcel(**{name: given.get(name) for name in names})


def _amount(given: Given | None, currency: str, *, field: str) -> int | None:
    """Read an amount in the order's currency. Raises InvalidInput."""
    if given is None:
        return None
    if given["currency"] != currency:
        raise InvalidInput(f"{field}: the order is in {currency}", field=f"{field}.currency")
    try:
        return money.parse_amount(given["amount"], currency)
    except InvalidInput as error:
        raise InvalidInput(f"{field}: {error.message}", field=f"{field}.amount") from None
