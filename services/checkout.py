"""Checkout: a priced cart becomes an order that holds all it needs until it is paid.

One transaction, and one order of locks: the cart, the order, what counts coupons, points, gift cards and credit, stock.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from domain import checkout as rules
from domain import order_placement
from domain import orders as order_rules
from domain.access import Viewer
from domain.cart_prices import Known, PricedCart
from domain.checkout import InsufficientStockError, Tender
from domain.commissions import Rule
from domain.coupons import Use
from domain.errors import InvalidInput, Refusals
from domain.ledger import InsufficientBalanceError
from domain.money import Money
from domain.order_placement import Budgets, Goods, Placed
from domain.payments import PaymentMethod, PaymentStatus
from domain.pricing_outcome import Price, Step
from models.transactions import driver_of
from services import (
    coupons,
    gift_cards,
    order_outcomes,
    orders,
    payment_refunds,
    points_reservations,
    stock_reservations,
    store_credit,
)
from services.carts import HeldCart
from services.gateways.payments import ANSWER_WITHIN_S
from services.orders import New
from services.stock_reservations import ShortError, Wanted

_NUMBERS: Final = """
    SELECT nextval('orders_id_seq') AS id, nextval('order_numbers') AS number,
        ARRAY(SELECT nextval('order_parts_id_seq') FROM generate_series(1, $1::int)) AS parts,
        ARRAY(SELECT nextval('order_lines_id_seq') FROM generate_series(1, $2::int)) AS lines,
        ARRAY(SELECT nextval('payments_id_seq') FROM generate_series(1, $3::int)) AS payments,
        ARRAY(SELECT id FROM promotions WHERE id = ANY($4::bigint[]) AND budget IS NOT NULL AND merchant_id IS NULL)
            AS platform_budgets,
        ARRAY(SELECT id FROM promotions WHERE id = ANY($4::bigint[]) AND budget IS NOT NULL AND merchant_id IS NOT NULL)
            AS merchant_budgets
"""


@dataclass(frozen=True, slots=True)
class Paying:
    """By what an order shall be paid: gift cards and credit first, the rest by a provider, with its token.

    `expected` is what the client has seen that it costs; None for whatever it costs.
    """

    provider: str | None = None
    token: str | None = None
    gift_card_codes: Sequence[str] = ()
    store_credit: bool = False
    expected: Money | None = None


class Completed(NamedTuple):
    """The order that was made, and its payment that the provider is to be asked for; None if nothing is left to pay."""

    order_id: int
    payment_id: int | None


class Priced(NamedTuple):
    """A held cart with its price and what the order is made of: goods by variant, the rules of commission."""

    cart: HeldCart
    known: Known
    priced: PricedCart
    goods: Mapping[int, Goods]
    commissions: Sequence[Rule]


class Terms(NamedTuple):
    """On which terms orders are made here: what they reserve is theirs for `holds_for`."""

    secret_key: str
    locale: str
    holds_for: timedelta


async def complete(
    session: AsyncSession, of: Priced, *, paying: Paying, viewer: Viewer, terms: Terms, now: datetime
) -> Completed:
    """Make an order of a held cart, priced just now, and reserve what it needs.

    Raises Refusals for what is wrong with the cart, PriceChangedError, InsufficientStockError, GiftCardRefusedError,
    SpentMeanwhileError, and what reserving coupons and points raises; then nothing has happened.
    """
    cart, total = of.cart, of.priced.price.cost.total
    if refusals := rules.check(of.known, of.priced, email=cart.email, method=cart.delivery_method):
        raise Refusals(refusals)
    rules.check_total(total, currency=cart.currency, expected=paying.expected)
    tender = await _tender(session, of, paying, viewer=viewer, secret_key=terms.secret_key, now=now)
    return await _Placing(session, of, tender, paying, terms=terms, now=now).run()


async def _tender(
    session: AsyncSession, of: Priced, paying: Paying, *, viewer: Viewer, secret_key: str, now: datetime
) -> Tender:
    """Look at what gift cards and credit hold, and split the total. Raises InvalidInput, GiftCardRefusedError."""
    cart, cards = of.cart, {}
    for at, code in enumerate(dict.fromkeys(paying.gift_card_codes)):
        card = await gift_cards.look_up(session, code=code, secret_key=secret_key, now=now)
        if card.currency != cart.currency:
            raise InvalidInput(
                f"payment.giftCardCodes: the card is in {card.currency}, the cart in {cart.currency}",
                field=f"payment.gift_card_codes.{at}",
            )
        cards[card.id] = card.balance
    credit = 0
    if paying.store_credit:
        if viewer.customer_id is None or viewer.customer_id != cart.customer_id:
            raise InvalidInput(
                "payment.storeCredit: credit is the customer's; sign in, with a cart of your own",
                field="payment.store_credit",
            )
        credit = await store_credit.balance(session, customer_id=viewer.customer_id, currency=cart.currency)
    tender = rules.tender(of.priced.price.cost.total, gift_cards=cards, store_credit=credit)
    if tender.rest and not (paying.provider and paying.token):
        raise InvalidInput("payment: something is left to pay; name a provider, with its token", field="payment")
    return tender


class _Placing:
    """One order on its way into the tables."""

    def __init__(
        self,
        session: AsyncSession,
        of: Priced,
        tender: Tender,
        paying: Paying,
        *,
        terms: Terms,
        now: datetime,
    ) -> None:
        self._session, self._of, self._tender, self._paying = session, of, tender, paying
        self._locale, self._until, self._now = terms.locale, now + terms.holds_for, now
        self._price = of.priced.price

    async def run(self) -> Completed:
        price, uses, payments = self._price, order_placement.uses(self._price), self._payments()
        merchants = {line.merchant_id for line in price.lines} | {gift.merchant_id for gift in price.gifts}
        numbers = await driver_of(self._session).fetchrow(
            _NUMBERS,
            len(merchants),
            len(price.lines) + len(price.gifts),
            len(payments),
            [use.promotion_id for use in uses],
        )
        placed = order_placement.place(
            price,
            self._of.priced.facts,
            goods=self._of.goods,
            rules=self._of.commissions,
            budgets=Budgets(frozenset(numbers["platform_budgets"]), frozenset(numbers["merchant_budgets"])),
        )
        order = self._order(numbers, placed)
        rows = [
            {**row, "id": key, "order_id": order["id"]} for row, key in zip(payments, numbers["payments"], strict=True)
        ]
        cart = self._of.cart
        new = New(order, placed, rows, numbers["parts"], numbers["lines"])
        await orders.place(self._session, new, cart_id=cart.id, cart_version=cart.version, now=self._now)
        await self._reserve(order, uses)
        await self._take_own(order, rows)
        await self._reserve_stock(order["id"], placed, numbers["lines"])
        asked = next((row["id"] for row in rows if row["method"] == PaymentMethod.PROVIDER), None)
        if asked is None:
            held, parts = (
                await orders.hold(self._session, order["id"]),
                await orders.parts(self._session, order["id"]),
            )
            await order_outcomes.pay(self._session, held, parts, now=self._now)
        return Completed(order["id"], asked)

    async def _reserve(self, order: Mapping[str, Any], uses: Sequence[Use]) -> None:
        """Reserve coupons and points, a little longer than the order itself."""
        about, until = orders.reference(order), self._until + order_outcomes.GRACE
        if uses:
            await coupons.reserve(
                self._session,
                uses=uses,
                customer_id=order["customer_id"],
                currency=order["currency"],
                reference=about,
                until=until,
                now=self._now,
            )
        if self._price.points_used:
            await points_reservations.reserve(
                self._session,
                customer_id=order["customer_id"],
                points=self._price.points_used,
                reference=about,
                until=until,
                now=self._now,
            )

    def _order(self, numbers: Mapping[str, Any], placed: Placed) -> dict[str, Any]:
        cart, price, cost = self._of.cart, self._price, self._price.cost
        return {
            "id": numbers["id"],
            "number": f"{order_rules.NUMBER_PREFIX}{numbers['number']}",
            "cart_id": cart.id,
            "customer_id": cart.customer_id,
            "token_hash": cart.token_hash,
            "merchant_ids": [part.merchant_id for part in placed.parts],
            "email": cart.email,
            "locale": self._locale,
            "address": cart.address,
            "status": order_rules.OrderStatus.PENDING_PAYMENT,
            "currency": cart.currency,
            "tax_included": price.tax_included,
            "subtotal": cost.subtotal,
            "discount": cost.discount,
            "shipping": cost.shipping,
            "shipping_discount": cost.shipping_discount,
            "tax": cost.tax,
            "points_worth": cost.points,
            "total": cost.total,
            "paid": self._tender.store_credit + sum(self._tender.gift_cards.values()),
            "points_used": price.points_used,
            "points_earned": price.points_earned,
            "price": frozen(self._price, self._of.priced.trace),
            "reserved_until": self._until,
            "placed_at": self._now,
        }

    def _payments(self) -> list[dict[str, Any]]:
        tender, ours = self._tender, PaymentStatus.CAPTURED
        rows = [
            self._payment(PaymentMethod.GIFT_CARD, amount, ours, card=card_id)
            for card_id, amount in tender.gift_cards.items()
        ]
        if tender.store_credit:
            rows.append(self._payment(PaymentMethod.STORE_CREDIT, tender.store_credit, ours))
        if tender.rest:
            rows.append(self._payment(PaymentMethod.PROVIDER, tender.rest, PaymentStatus.PENDING))
        return rows

    def _payment(
        self, method: PaymentMethod, amount: int, status: PaymentStatus, *, card: int | None = None
    ) -> dict[str, Any]:
        captured = status is PaymentStatus.CAPTURED
        return {
            "method": method,
            "provider": self._paying.provider if method is PaymentMethod.PROVIDER else method.lower(),
            "card": card,
            "key": secrets.token_hex(16),
            "token": self._paying.token if method is PaymentMethod.PROVIDER else None,
            "currency": self._of.cart.currency,
            "amount": amount,
            "status": status,
            "captured": amount if captured else 0,
            "refunded": 0,
            "attempts": 0,
            # Should this process die before the provider answers, the worker asks it then.
            "check_at": None if captured else self._now + timedelta(seconds=2 * ANSWER_WITHIN_S),
            "created_at": self._now,
            "answered_at": self._now if captured else None,
        }

    async def _take_own(self, order: Mapping[str, Any], payments: Sequence[Mapping[str, Any]]) -> None:
        """Take from gift cards and credit what they pay. Raises SpentMeanwhileError."""
        try:
            await self._take_each(order, payments)
        except InsufficientBalanceError:
            raise rules.SpentMeanwhileError from None
        await self._session.flush()

    async def _take_each(self, order: Mapping[str, Any], payments: Sequence[Mapping[str, Any]]) -> None:
        # Cards by id, however the client has named them: two who pay with the same ones must not wait in a circle.
        for row in sorted(payments, key=lambda row: (row["card"] is None, row["card"])):
            about = {
                "amount": row["amount"],
                "currency": row["currency"],
                "reference": payment_refunds.paid_by(row["id"]),
                "now": self._now,
            }
            if row["method"] == PaymentMethod.GIFT_CARD:
                await gift_cards.redeem(self._session, card_id=row["card"], **about)
            elif row["method"] == PaymentMethod.STORE_CREDIT:
                await store_credit.spend(self._session, customer_id=order["customer_id"], **about)

    async def _reserve_stock(self, order_id: int, placed: Placed, line_ids: Sequence[int]) -> None:
        wanted = [
            Wanted(line_id, line.variant_id, line.quantity)
            for line, line_id in zip(placed.lines, line_ids, strict=True)
        ]
        try:
            await stock_reservations.reserve(
                self._session,
                order_id=order_id,
                wanted=wanted,
                country=(self._of.cart.address or {}).get("country"),
                now=self._now,
            )
        except ShortError as error:
            raise Refusals(list(self._short(placed, error.available))) from None

    def _short(self, placed: Placed, available: Mapping[int, int]) -> list[InsufficientStockError]:
        lines = {line.variant_id: line.id for line in self._of.known.lines}
        return [
            InsufficientStockError(
                next(line.name for line in placed.lines if line.variant_id == variant_id),
                wanted=sum(line.quantity for line in placed.lines if line.variant_id == variant_id),
                available=units,
                line_id=lines.get(variant_id),
            )
            for variant_id, units in available.items()
        ]


def frozen(price: Price, trace: Iterable[Step]) -> dict[str, Any]:
    """Write what the price was made of, to be read long after: trace, promotions, who pays for what, deliveries."""
    return {
        "trace": [step._asdict() | {"kind": step.kind.name} for step in trace],
        "applied": [each._asdict() for each in price.applied],
        "funding": [each._asdict() | {"kind": each.kind.name} for each in order_placement.fundings(price)],
        "deliveries": [
            {
                "merchant_id": each.merchant_id,
                "base": each.base,
                "net": each.net,
                "tax": each.tax,
                "tax_rate_bp": each.tax_rate,
                "discounts": [one._asdict() | {"kind": one.kind.name} for one in each.discounts],
            }
            for each in price.deliveries
        ],
    }
