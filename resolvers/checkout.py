"""Checkout: the cart is priced once more under its lock, ordered, and then paid."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import services.carts
import services.checkout
import services.gift_card_guesses
import services.payments
from domain import cart_prices, money
from domain.checkout import PaymentDeclinedError
from domain.commissions import Rule
from domain.errors import InvalidInput, Refusal
from domain.gift_cards import GiftCardRefusedError
from domain.money import Money
from domain.order_placement import Goods
from domain.payments import PaymentStatus
from models.database import Row
from resolvers import cart_facts, gift_cards
from resolvers.context import Context
from resolvers.loaders import checkout as loaders
from resolvers.mutations import Change, Result
from services.checkout import Paying, Priced, Terms


async def count_guess(context: Context, *, payment: Mapping[str, Any], **_: Any) -> str | None:
    """Count an attempt at gift card codes before they are looked at. Raises TooManyGuessesError."""
    if not payment.get("gift_card_codes"):
        return None
    return await gift_cards.count_guess(context, code="")


async def uncount_guess(context: Context, guesser: str | None, refusal: Refusal | None) -> None:
    """Count an attempt no more that is answered again, or refused for whatever is not its gift cards."""
    if guesser is None or isinstance(refusal, GiftCardRefusedError):
        return
    async with context.database.transaction() as session:
        await services.gift_card_guesses.take_back(session, guesser=guesser, now=datetime.now(UTC))


async def complete(
    change: Change,
    *,
    cart_id: int,
    payment: Mapping[str, Any],
    expected_version: int | None = None,
    expected_total: Mapping[str, Any] | None = None,
) -> Result:
    """Make an order of a cart, with the price that it has now."""
    paying = _paying(change.context, payment, expected_total)
    cart = await services.carts.hold(
        change.session, viewer=change.viewer, cart_id=cart_id, expected_version=expected_version
    )
    inner = change.context.within(await change.context.database.within(change.session), change.viewer)
    (gathered,) = await cart_facts.gather([cart_id], inner)
    assert gathered is not None  # noqa: S101 - it was found under lock
    priced = cart_prices.price(gathered.known)
    variants = [line.variant_id for line in priced.facts.lines] + [gift.variant_id for gift in priced.price.gifts]
    merchants = [part.merchant_id for part in priced.price.merchants]
    rows: list[Row] = await inner.database.fetch(loaders.TAKEN, keys=variants, merchant_ids=merchants)
    completed = await services.checkout.complete(
        change.session,
        Priced(
            cart,
            gathered.known,
            priced,
            goods={each["id"]: _goods(each) for each in rows[0]["goods"]},
            commissions=[Rule(**each) for each in rows[0]["commissions"]],
        ),
        paying=paying,
        viewer=change.viewer,
        terms=Terms(change.context.secret_key, change.context.locale, change.context.orders_hold_for),
        now=change.now,
    )
    if change.prepared is not None:
        await services.gift_card_guesses.succeeded(change.session, guesser=change.prepared)
    return Result(order_id=completed.order_id, payment_id=completed.payment_id)


def _paying(context: Context, given: Mapping[str, Any], expected: Mapping[str, Any] | None) -> Paying:
    """Read by what it shall be paid. Raises InvalidInput for an unknown provider or an amount that cannot be."""
    provider = given.get("provider")
    if provider is not None:
        context.gateways.named(provider)
    total = None
    if expected is not None:
        try:
            total = Money(money.parse_amount(expected["amount"], expected["currency"]), expected["currency"])
        except InvalidInput as error:
            raise InvalidInput(f"expectedTotal: {error.message}", field="expected_total.amount") from None
    return Paying(
        provider=provider,
        token=given.get("token"),
        gift_card_codes=given.get("gift_card_codes") or (),
        store_credit=bool(given.get("store_credit")),
        expected=total,
    )


def _goods(found: Mapping[str, Any]) -> Goods:
    return Goods(
        product_id=found["product_id"],
        category_id=found["category_id"],
        sku=found["sku"],
        name=f"{found['product']}, {found['variant']}" if found["variant"] else found["product"],
        category_path=found["path"] or (),
    )


async def completed(context: Context, result: Result) -> None:
    """Call the provider if something is left to pay, and it has not said anything yet. Raises PaymentDeclinedError."""
    if result["payment_id"] is None:
        return
    payment = await services.payments.ask(context.database, context.gateways, payment_id=result["payment_id"])
    if payment.status is PaymentStatus.DECLINED or payment.failure is not None:
        raise PaymentDeclinedError(payment.failure or "it was declined")
