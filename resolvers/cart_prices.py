"""The price of carts as the API tells it: a cart is priced once for all fields of an operation that show it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from domain import cart_prices, promotion_advice
from domain.cart_prices import Offer, PricedCart
from domain.money import Money
from domain.pricing_outcome import Cost, LinePrice, Step
from domain.promotion_advice import Advice, Combination
from domain.promotion_conditions import Obstacle
from domain.promotions import Promotion
from models.database import Row
from resolvers import cart_facts, pages, promotions
from resolvers.cart_facts import Gathered
from resolvers.context import Context
from resolvers.loaders.carts import CartLineRow, CartRow
from resolvers.pages import DocumentPage


class Priced(NamedTuple):
    """A cart with its rows and its price."""

    gathered: Gathered
    priced: PricedCart


async def price_all(cart_ids: Sequence[int], context: Context) -> list[Priced | None]:
    """Price carts that the viewer sees, each once: ask for them by `context.work_out`."""
    gathered = await cart_facts.gather(cart_ids, context)
    return [None if one is None else Priced(one, cart_prices.price(one.known)) for one in gathered]


async def advise_all(cart_ids: Sequence[int], context: Context) -> list[Advice | None]:
    """Advise on coupons, in a thread: the search takes long for carts with many of them."""
    priced = [one for one in await context.work_out(price_all, cart_ids) if one is not None]
    offered = await _offered(priced, context)
    found = {one.gathered.cart["id"]: await asyncio.to_thread(_advise, one, each) for one, each in offered}
    return [found.get(cart_id) for cart_id in cart_ids]


async def _offered(priced: Sequence[Priced], context: Context) -> list[tuple[Priced, Sequence[Promotion]]]:
    """Give carts with what is offered to them, what lies in their customers' wallets included: nobody else has one."""
    if all(one.gathered.cart["customer_id"] is None for one in priced):
        return [(one, one.gathered.known.promotions) for one in priced]
    asked = [(one.gathered.cart["customer_id"], one.gathered.known.codes) for one in priced]
    return list(zip(priced, await promotions.for_carts(asked, context, with_wallets=True), strict=True))


def _advise(one: Priced, offered: Sequence[Promotion]) -> Advice:
    return promotion_advice.advise(replace(one.priced.facts, promotions=tuple(offered)))


def of_carts(show: Callable[[Priced], Any]) -> Any:
    """Make the resolver of a field of `Cart` that shows a part of the price."""

    async def resolve(carts: Sequence[CartRow], context: Context) -> list[Any]:
        found = await context.work_out(price_all, [cart["id"] for cart in carts])
        return [None if one is None else show(one) for one in found]

    return resolve


def of_lines(show: Callable[[LinePrice, str], Any]) -> Any:
    """Make the resolver of a field of `CartLine` that shows a part of the price; None for lines without one."""

    async def resolve(lines: Sequence[CartLineRow], context: Context) -> list[Any]:
        found = await context.work_out(price_all, [line["cart_id"] for line in lines])
        prices = {priced.key: priced for one in found if one is not None for priced in one.priced.price.lines}
        shown = [prices.get(line["id"]) for line in lines]
        return [None if one is None else show(one, line["currency"]) for one, line in zip(shown, lines, strict=True)]

    return resolve


async def lines(
    carts: Sequence[CartRow], context: Context, *, first: int, after: str | None
) -> list[DocumentPage[CartLineRow]]:
    """Answer a page of each cart's lines."""
    return await _pages(carts, context, lambda one: one.lines, first=first, after=after, name="cart-lines")


async def saved_lines(
    carts: Sequence[CartRow], context: Context, *, first: int, after: str | None
) -> list[DocumentPage[CartLineRow]]:
    """Answer a page of what is saved for later in each cart."""
    return await _pages(carts, context, lambda one: one.saved, first=first, after=after, name="cart-saved-lines")


async def _pages(
    carts: Sequence[CartRow],
    context: Context,
    rows: Callable[[Gathered], list[CartLineRow]],
    *,
    first: int,
    after: str | None,
    name: str,
) -> list[DocumentPage[CartLineRow]]:
    found = await context.work_out(price_all, [cart["id"] for cart in carts])
    return [
        pages.of_documents([] if one is None else rows(one.gathered), first=first, after=after, name=name)
        for one in found
    ]


def unit_price(line: CartLineRow) -> Money | None:
    """Give what one piece costs now; None when it cannot be bought."""
    return Money(line["price_amount"], line["currency"]) if _can_be_priced(line) else None


def total(line: CartLineRow) -> Money | None:
    """Give what all pieces cost at list price; None when they cannot be bought."""
    return Money(line["price_amount"] * line["quantity"], line["currency"]) if _can_be_priced(line) else None


def seen_price(line: CartLineRow) -> Money | None:
    """Give what one piece cost when it was put in."""
    return None if line["seen_price"] is None else Money(line["seen_price"], line["currency"])


def _can_be_priced(line: CartLineRow) -> bool:
    return line["listed"] and line["price_amount"] is not None


def line_amount(name: str) -> Any:
    """Make the resolver of an amount of a line's price: `net`, `tax` or `total`."""
    return of_lines(lambda price, currency: Money(getattr(price, name), currency))


line_discount = of_lines(lambda price, currency: Money(price.base - price.net, currency))
line_points_earned = of_lines(lambda price, _: price.points_earned)


def cost(one: Priced) -> dict[str, Any]:
    """Show what a cart costs."""
    return _cost(one.priced.price.cost, one)


def _cost(cost: Cost, one: Priced) -> dict[str, Any]:
    """Show a sum. Points are shown as a part of the discount, so that the parts add up to the total."""
    price = one.priced.price
    shown: dict[str, Any] = {name: Money(amount, price.currency) for name, amount in cost._asdict().items()}
    shown["discount"] = Money(cost.discount + cost.points, price.currency)
    shown["tax_included"] = price.tax_included
    return shown


def trace(one: Priced) -> list[dict[str, Any]]:
    """Show how a price came about."""
    return [_step(step, one.priced.price.currency) for step in one.priced.trace]


def _step(step: Step, currency: str) -> dict[str, Any]:
    return {
        "kind": step.kind.name,
        "label": step.label,
        "amount": Money(step.amount, currency),
        "applied": step.applied,
        "reason": step.reason,
    }


def problems(one: Priced) -> list[dict[str, Any]]:
    """Show what is wrong with a cart."""
    return [problem._asdict() for problem in one.priced.problems]


def delivery_options(one: Priced) -> list[dict[str, Any]]:
    """Show in which ways all merchants of a cart send."""
    return [_offer(offer, one) for offer in cart_prices.for_all(one.priced.offers)]


def _offer(offer: Offer, one: Priced) -> dict[str, Any]:
    return {"code": offer.code, "label": offer.label, "price": Money(offer.price, one.priced.price.currency)}


def merchants(one: Priced) -> list[dict[str, Any]]:
    """Show each merchant's part of a cart."""
    price = one.priced.price
    deliveries = {each.merchant_id: each for each in price.deliveries}
    shown = []
    for part in price.merchants:
        delivery = deliveries.get(part.merchant_id)
        shown.append(
            {
                "merchant_id": part.merchant_id,
                "cost": _cost(part.cost, one),
                "delivery": delivery and _offer(Offer(delivery.method, delivery.label, delivery.net), one),
                "delivery_options": [_offer(offer, one) for offer in one.priced.offers[part.merchant_id]],
                "points_used": part.points_used,
                "points_earned": part.points_earned,
            }
        )
    return shown


def gifts(one: Priced) -> list[dict[str, Any]]:
    """Show what is added for nothing."""
    labels = {each.promotion_id: each.label for each in one.priced.price.applied}
    return [
        {
            "variant_id": gift.variant_id,
            "quantity": gift.quantity,
            "label": labels.get(gift.promotion_id, ""),
            "worth": Money(gift.worth, one.priced.price.currency),
        }
        for gift in one.priced.price.gifts
    ]


def coupons(one: Priced) -> list[dict[str, Any]]:
    """Show what became of each code, in the order in which they were given."""
    price, known = one.priced.price, one.gathered.known
    applied = {each.code: each for each in price.applied if each.code is not None}
    by_code = {each.code: each for each in known.promotions if each.code is not None}
    shown = []
    for code in known.codes:
        promotion, done = by_code.get(code), applied.get(code)
        obstacles = () if promotion is None else price.refused.get(promotion.id, ())
        shown.append(
            {
                "code": code,
                "label": None if promotion is None else promotion.label,
                "applied": done is not None,
                "amount": Money(done.amount if done else 0, price.currency),
                "missing": [_obstacle(each, price.currency) for each in obstacles],
                "reason": cart_prices.UNKNOWN_COUPON
                if promotion is None
                else "; ".join(each.message for each in obstacles) or None,
            }
        )
    return shown


def _obstacle(obstacle: Obstacle, currency: str) -> dict[str, Any]:
    return {
        "code": obstacle.code.name,
        "message": obstacle.message,
        "amount": None if obstacle.amount is None else Money(obstacle.amount, currency),
        "quantity": obstacle.quantity,
        "at": obstacle.at,
    }


async def advice(carts: Sequence[CartRow], context: Context) -> list[dict[str, Any] | None]:
    """Show which of the customer's coupons fit, and which of them together save most."""
    found = await context.work_out(advise_all, [cart["id"] for cart in carts])
    return [None if one is None else _advice(one, cart["currency"]) for one, cart in zip(found, carts, strict=True)]


def _advice(advice: Advice, currency: str) -> dict[str, Any]:
    return {
        "coupons": [
            {
                "code": each.code,
                "fits": not each.obstacles,
                "saves": Money(each.saves, currency),
                "missing": [_obstacle(obstacle, currency) for obstacle in each.obstacles],
                "beside_best": each.beside_best and each.beside_best.message,
            }
            for each in advice.coupons
        ],
        "best": _combination(advice.best, currency),
        "runner_up": advice.runner_up and _combination(advice.runner_up, currency),
        "exhaustive": advice.exhaustive,
    }


def _combination(combination: Combination, currency: str) -> dict[str, Any]:
    return {
        "codes": list(combination.codes),
        "total": Money(combination.total, currency),
        "saves": Money(combination.saves, currency),
    }


def address(cart: Row) -> Mapping[str, Any] | None:
    """Give where a cart is sent."""
    found: Mapping[str, Any] | None = cart["address"]
    return found
