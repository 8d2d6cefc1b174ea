"""From what is known of a cart to its price, with all that is wrong with it. No clock, no database.

A cart with problems is priced for what can be priced: lines that cannot be bought are left out, and said so.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from domain import deliveries, money, pricing, tax_regions
from domain.carts import Problem, ProblemCode
from domain.deliveries import Method
from domain.pricing_facts import Customer, Delivery, Facts, Line, Points
from domain.pricing_outcome import Price, Step, StepKind
from domain.promotions import Promotion
from domain.tax_regions import Region

_NOBODY = Customer()
_NO_POINTS = Points()
UNKNOWN_COUPON = "there is no such coupon, or it is not for you"


class CartLine(NamedTuple):
    """A line with what is known of its variant now; money in minor units of the cart's currency.

    `seen_price` is what a piece cost when it was put in. `unit_price` is None without a price in the currency, and
    `product_id` when the variant is gone.
    """

    id: int
    variant_id: int | None
    product_id: int | None
    merchant_id: int | None
    name: str
    quantity: int
    seen_price: int | None
    unit_price: int | None
    listed: bool
    sellable: int
    category_ids: frozenset[int] = frozenset()
    collection_ids: frozenset[int] = frozenset()
    tax_class: str = "standard"

    @property
    def can_be_priced(self) -> bool:
        """Say whether it takes part in the price."""
        return self.listed and self.unit_price is not None


class Known(NamedTuple):
    """All that a cart's price depends on, as it was gathered.

    `method` was chosen for all merchants, `methods_of` for some. `promotions` are the automatic ones, and the coupons
    that the cart's `codes` name or that the customer has claimed.
    """

    currency: str
    now: datetime
    lines: Sequence[CartLine]
    country: str | None = None
    region: str | None = None
    method: str | None = None
    methods_of: Mapping[int, str] = MappingProxyType({})
    methods: Sequence[Method] = ()
    regions: Sequence[Region] = ()
    customer: Customer = _NOBODY
    points: Points = _NO_POINTS
    codes: Sequence[str] = ()
    promotions: Sequence[Promotion] = ()


class Offer(NamedTuple):
    """A way in which a merchant's goods, or all of a cart's, can be sent."""

    code: str
    label: str
    price: int


class PricedCart(NamedTuple):
    """A cart's price with its problems; `offers` are the ways to send each merchant's goods, by merchant id."""

    facts: Facts
    price: Price
    trace: tuple[Step, ...]
    problems: tuple[Problem, ...]
    offers: Mapping[int, tuple[Offer, ...]]


def price(known: Known) -> PricedCart:
    """Price a cart. Raises PricingError for one that comes to more money than can be counted."""
    lines = [_line(line) for line in known.lines if line.can_be_priced]
    goods: dict[int, int] = {}
    for line in lines:
        goods[line.merchant_id] = goods.get(line.merchant_id, 0) + line.quantity * line.unit_price
    taxed = tax_regions.applied(known.regions, country=known.country, region=known.region)
    offers = {merchant_id: _offers(known, merchant_id, amount) for merchant_id, amount in sorted(goods.items())}
    facts = Facts(
        currency=known.currency,
        lines=tuple(lines),
        now=known.now,
        tax=taxed.rules,
        customer=known.customer,
        promotions=tuple(each for each in known.promotions if each.code is None or each.code in known.codes),
        deliveries=tuple(_chosen(known, offers)),
        points=known.points,
    )
    made = pricing.price(facts)
    unknown = _unknown_codes(known)
    trace = list(made.trace)
    trace += [Step(StepKind.COUPON, code, 0, applied=False, reason=UNKNOWN_COUPON) for code in unknown]
    if taxed.remark is not None:
        found = taxed.rules.standard > 0 or bool(taxed.rules.rates)
        trace.append(Step(StepKind.TAX, taxed.rules.name, 0, applied=found, reason=taxed.remark))
    problems = [
        *_of_lines(known),
        *_of_coupons(known, made, unknown),
        *_of_points(known, made),
        *_of_address(known, taxed),
        *_of_deliveries(known, facts, offers),
    ]
    public = {
        merchant_id: tuple(
            Offer(each.method, each.label, each.price)
            for method, each in found_here
            if deliveries.reaches(method, known.country)
        )
        for merchant_id, found_here in offers.items()
    }
    return PricedCart(facts, made, tuple(trace), tuple(problems), public)


def for_all(offers: Mapping[int, Sequence[Offer]]) -> list[Offer]:
    """List the ways in which all merchants can send, with the sum of what they take."""
    if not offers:
        return []
    by_code: dict[str, list[Offer]] = {}
    for each in offers.values():
        for offer in each:
            by_code.setdefault(offer.code, []).append(offer)
    return [
        Offer(code, found[0].label, sum(offer.price for offer in found))
        for code, found in by_code.items()
        if len(found) == len(offers)
    ]


def _line(line: CartLine) -> Line:
    assert line.unit_price is not None  # noqa: S101 - it can be priced
    return Line(
        key=line.id,
        variant_id=line.variant_id or 0,
        product_id=line.product_id or 0,
        merchant_id=line.merchant_id or 0,
        quantity=line.quantity,
        unit_price=line.unit_price,
        category_ids=line.category_ids,
        collection_ids=line.collection_ids,
        tax_class=line.tax_class,
        name=line.name,
    )


_Offered = Sequence[tuple[Method, Delivery]]


def _offers(known: Known, merchant_id: int, goods: int) -> _Offered:
    return deliveries.offered(known.methods, merchant_id=merchant_id, currency=known.currency, goods=goods)


def _method(known: Known, merchant_id: int) -> str | None:
    return known.methods_of.get(merchant_id, known.method)


def _chosen(known: Known, offers: Mapping[int, _Offered]) -> Iterator[Delivery]:
    for merchant_id, found in offers.items():
        code = _method(known, merchant_id)
        for method, delivery in found:
            if method.code == code and deliveries.reaches(method, known.country):
                yield delivery


def _unknown_codes(known: Known) -> list[str]:
    there = {promotion.code for promotion in known.promotions}
    return [code for code in known.codes if code not in there]


def _of_lines(known: Known) -> Iterator[Problem]:
    for line in known.lines:
        if not line.listed:
            yield Problem(ProblemCode.PRODUCT_UNAVAILABLE, f"{line.name} is not sold any more; remove it", line.id)
            continue
        if line.unit_price is None:
            message = f"{line.name} has no price in {known.currency}; remove it, or make a cart in another currency"
            yield Problem(ProblemCode.CURRENCY_MISSING, message, line.id)
        elif line.seen_price != line.unit_price:
            yield Problem(ProblemCode.PRICE_CHANGED, _changed(line, known.currency), line.id)
        if line.sellable < line.quantity:
            left = f"{line.sellable} of {line.quantity} are left" if line.sellable > 0 else "it is sold out"
            yield Problem(ProblemCode.INSUFFICIENT_STOCK, f"{line.name}: {left}", line.id)


def _changed(line: CartLine, currency: str) -> str:
    now = money.format_amount(line.unit_price or 0, currency)
    if line.seen_price is None:
        return f"{line.name} costs {now} {currency} now; it had no price when it was put in"
    before = money.format_amount(line.seen_price, currency)
    return f"{line.name} costs {now} {currency} now; it was {before} when it was put in"


def _of_coupons(known: Known, made: Price, unknown: Sequence[str]) -> Iterator[Problem]:
    for code in unknown:
        yield Problem(ProblemCode.COUPON_REJECTED, f"{code}: {UNKNOWN_COUPON}")
    for promotion in known.promotions:
        if promotion.code is not None and promotion.code in known.codes and promotion.id in made.refused:
            reasons = "; ".join(obstacle.message for obstacle in made.refused[promotion.id])
            yield Problem(ProblemCode.COUPON_REJECTED, f"{promotion.code}: {reasons}")


def _of_points(known: Known, made: Price) -> Iterator[Problem]:
    asked = known.points.asked
    if made.points_used >= asked or (made.points_used and asked <= known.points.available):
        return
    if not known.customer.signed_in:
        yield Problem(ProblemCode.POINTS_REDUCED, f"{asked} points were asked for: sign in to use points")
    else:
        reason = next(step.reason for step in made.trace if step.kind is StepKind.POINTS)
        yield Problem(ProblemCode.POINTS_REDUCED, f"{made.points_used} of {asked} points are used: {reason}")


def _of_address(known: Known, taxed: tax_regions.Applied) -> Iterator[Problem]:
    if known.country is None:
        yield Problem(ProblemCode.ADDRESS_MISSING, "say where it shall be sent, by cartDeliverySet")
    elif taxed.region_needed:
        regions = ", ".join(taxed.region_needed)
        yield Problem(ProblemCode.ADDRESS_INVALID, f"region: name one of {known.country}: {regions}")


def _of_deliveries(known: Known, facts: Facts, offers: Mapping[int, _Offered]) -> Iterator[Problem]:
    sent = {delivery.merchant_id for delivery in facts.deliveries}
    for merchant_id, found in offers.items():
        code = _method(known, merchant_id)
        if merchant_id in sent or code is None:
            continue
        first = next(line.name for line in facts.lines if line.merchant_id == merchant_id)
        possible = [method.code for method, _ in found if deliveries.reaches(method, known.country)]
        way_out = f"choose {' or '.join(possible)}" if possible else "remove it, or give another address"
        where = f" to {known.country}" if known.country else ""
        yield Problem(ProblemCode.DELIVERY_UNAVAILABLE, f"{first} is not sent{where} by {code}; {way_out}")
