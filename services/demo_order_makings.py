"""One order of the demo's: what was bought, by whom, and what became of it; nothing is read or written here."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from domain import order_placement, orders, pricing
from domain.order_placement import Budgets, Placed
from domain.orders import RELEASED, OrderStatus, PartStatus
from domain.pricing_facts import Customer, Facts, Line
from domain.pricing_outcome import Price
from services.demo_order_shelves import CURRENCY, Shelves, Thing

_PLACES: Final = (
    ("12 Market Street", "San Francisco", "CA", "94103", "US"),
    ("480 Ocean Avenue", "Los Angeles", "CA", "90402", "US"),
    ("77 Mercer Street", "New York", "NY", "10012", "US"),
    ("9 Elm Street", "Austin", "TX", "78701", "US"),
    ("Lindenstr. 4", "Berlin", None, "10969", "DE"),
    ("Hafenweg 12", "Hamburg", None, "20457", "DE"),
    ("14 rue des Lilas", "Paris", None, "75020", "FR"),
    ("Keizersgracht 101", "Amsterdam", None, "1015 CJ", "NL"),
    ("3 Baker Lane", "Leeds", None, "LS1 4AP", "GB"),
)
FAILED_SHARE: Final = 0.06
"""So many orders in a hundred hundredths are not paid: one half is declined, the other expires."""
_UNDERWAY: Final = timedelta(days=14)
"""Whatever was ordered before has arrived."""


class Shopper(NamedTuple):
    """Who buys."""

    customer_id: int
    email: str
    name: str


class Sent(NamedTuple):
    """A merchant's part that was sent, and when it arrived; None for not yet."""

    merchant_id: int
    shipped_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Made:
    """An order with its price, its state, that of its parts, and what was sent."""

    shopper: Shopper
    address: Mapping[str, Any]
    things: Sequence[Thing]
    price: Price
    placed: Placed
    status: OrderStatus
    reason: str | None
    parts: Mapping[int, PartStatus]
    sent: Sequence[Sent]
    placed_at: datetime

    @property
    def is_paid(self) -> bool:
        """Whether it was paid."""
        return self.status not in RELEASED

    @property
    def closed_at(self) -> datetime | None:
        """When the last of it arrived, or it was given up; None for not yet."""
        if not self.is_paid:
            return self.placed_at + timedelta(minutes=15)
        arrived = [each.delivered_at for each in self.sent if each.delivered_at is not None]
        return max(arrived) if self.status is OrderStatus.DELIVERED else None


def make(shelves: Shelves, shopper: Shopper, *, placed_at: datetime, now: datetime, rng: random.Random) -> Made | None:
    """Make an order; None where nothing that was picked can be sent there."""
    line1, city, region, postal_code, country = rng.choice(_PLACES)
    address = {
        "name": shopper.name,
        "line1": line1,
        "line2": None,
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": country,
        "phone": None,
    }
    is_paid, is_recent = rng.random() >= FAILED_SHARE, placed_at > now - _UNDERWAY
    things = shelves.pick(rng, count=rng.choice((1, 1, 2, 2, 3, 4)))
    wanted = [(thing, rng.choice((1, 1, 1, 2, 3))) for thing in things]
    if is_paid and is_recent:  # what may not be sent yet is promised, and there must be enough of it
        wanted = [(thing, units) for thing, units in wanted if units <= shelves.free[thing.variant_id]]
    lines = tuple(_line(at, thing, units) for at, (thing, units) in enumerate(wanted, 1))
    sent_by = shelves.deliveries(lines, country=country, rng=rng)
    if not lines or {each.merchant_id for each in sent_by} != {line.merchant_id for line in lines}:
        return None
    facts = Facts(
        CURRENCY,
        lines,
        now=placed_at,
        tax=shelves.taxes(address),
        customer=Customer(signed_in=True),
        deliveries=sent_by,
    )
    price = pricing.price(facts)
    goods = {thing.variant_id: thing.goods for thing, _ in wanted}
    placed = order_placement.place(price, facts, goods=goods, rules=shelves.rules, budgets=Budgets())
    sent = _sent(placed, placed_at=placed_at, now=now, rng=rng) if is_paid else []
    status, reason, parts = _state(placed, sent, is_paid=is_paid, rng=rng)
    if is_paid:
        _promise(shelves, placed, parts)
    return Made(shopper, address, [thing for thing, _ in wanted], price, placed, status, reason, parts, sent, placed_at)


def _line(key: int, thing: Thing, quantity: int) -> Line:
    return Line(
        key,
        thing.variant_id,
        thing.goods.product_id,
        thing.merchant_id,
        quantity,
        thing.unit_price,
        category_ids=frozenset(thing.goods.category_path),
        tax_class=thing.tax_class,
        name=thing.goods.name,
    )


def _sent(placed: Placed, *, placed_at: datetime, now: datetime, rng: random.Random) -> list[Sent]:
    """Say which parts have been sent by now: each within days, whoever sells."""
    sent = []
    for part in placed.parts:
        shipped_at = placed_at + timedelta(hours=rng.randint(4, 90))
        delivered_at = shipped_at + timedelta(hours=rng.randint(20, 140))
        if shipped_at <= now:
            sent.append(Sent(part.merchant_id, shipped_at, delivered_at if delivered_at <= now else None))
    return sent


def _state(
    placed: Placed, sent: Sequence[Sent], *, is_paid: bool, rng: random.Random
) -> tuple[OrderStatus, str | None, dict[int, PartStatus]]:
    merchants = [part.merchant_id for part in placed.parts]
    if not is_paid:
        parts = dict.fromkeys(merchants, PartStatus.CANCELLED)
        if rng.random() < 0.5:  # noqa: PLR2004 - one or the other
            return OrderStatus.PAYMENT_FAILED, "the card was declined", parts
        return OrderStatus.EXPIRED, "It was not paid in time.", parts
    parts = dict.fromkeys(merchants, PartStatus.READY)
    for each in sent:
        parts[each.merchant_id] = PartStatus.FULFILLED if each.delivered_at is None else PartStatus.DELIVERED
    return orders.of_parts(list(parts.values())), None, parts


def _promise(shelves: Shelves, placed: Placed, parts: Mapping[int, PartStatus]) -> None:
    """Count down what is promised and not sent yet."""
    for line in placed.lines:
        if parts[line.merchant_id] is PartStatus.READY:
            shelves.free[line.variant_id] -= line.quantity
