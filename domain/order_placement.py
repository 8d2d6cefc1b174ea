"""From a cart's price to the order: what is written on its parts and lines, to the minor unit.

Whatever is written here adds up: lines and delivery to their part, parts to the order.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain import commissions, money
from domain.commissions import Rule
from domain.coupons import Use
from domain.pricing_facts import Facts, Line
from domain.pricing_outcome import Cost, DeliveryPrice, Funding, GiftLine, LinePrice, MerchantPart, Price, StepKind


class Goods(NamedTuple):
    """What a variant is called and belongs to when it is bought; `category_path` from the root down."""

    product_id: int
    category_id: int | None
    sku: str
    name: str
    category_path: Sequence[int] = ()


class PlacedLine(NamedTuple):
    """A line as it is kept: the columns of `models.orders.OrderLine` that come of the price."""

    merchant_id: int
    variant_id: int
    product_id: int
    category_id: int | None
    sku: str
    name: str
    quantity: int
    unit_price: int
    is_gift: bool
    tax_included: bool
    base: int
    discount: int
    discounts: list[dict[str, Any]]
    net: int
    tax: int
    tax_rate_bp: int
    points_used: int
    points_worth: int
    points_earned: int
    total: int
    platform_funding: int
    commission: int


class PlacedPart(NamedTuple):
    """A merchant's part as it is kept: the columns of `models.orders.OrderPart` that come of the price."""

    merchant_id: int
    delivery_method: str
    delivery_label: str
    tax_included: bool
    subtotal: int
    discount: int
    shipping: int
    shipping_discount: int
    tax: int
    shipping_tax: int
    points_worth: int
    total: int
    points_used: int
    points_earned: int
    platform_funding: int
    platform_budget: int
    merchant_budget: int
    commission: int


class Placed(NamedTuple):
    """The parts of an order, by merchant, and its lines in the cart's order with the gifts behind them."""

    parts: list[PlacedPart]
    lines: list[PlacedLine]


class Budgets(NamedTuple):
    """The ids of the promotions whose budget pays their owner's part: the platform's, and merchants'."""

    platform: frozenset[int] = frozenset()
    merchant: frozenset[int] = frozenset()


def fundings(price: Price) -> list[Funding]:
    """List who pays for what at which merchant, gifts included."""
    gifts = [
        Funding(StepKind.PROMOTION, gift.promotion_id, gift.merchant_id, gift.worth, gift.platform, gift.merchant)
        for gift in price.gifts
    ]
    return [*price.funding, *gifts]


def uses(price: Price) -> list[Use]:
    """List the promotions that the price makes use of."""
    sums: dict[int, tuple[int, int]] = {}
    for each in fundings(price):
        if each.promotion_id is not None:
            amount, platform = sums.get(each.promotion_id, (0, 0))
            sums[each.promotion_id] = amount + each.amount, platform + each.platform
    return [
        Use(each.promotion_id, each.code, *sums.get(each.promotion_id, (0, 0)))
        for each in price.applied
        if each.promotion_id is not None
    ]


def place(price: Price, facts: Facts, *, goods: Mapping[int, Goods], rules: Sequence[Rule], budgets: Budgets) -> Placed:
    """Write the parts and lines of a price; `goods` by variant id, gifts' included; `facts` are what it was made of.

    Every merchant with lines has a delivery.
    """
    for_points = _split_by_points(price)
    lines = [
        _line(line, of, goods[of.variant_id], tax_included=price.tax_included, for_points=points, rules=rules)
        for line, of, points in zip(price.lines, facts.lines, for_points, strict=True)
    ]
    lines += [_gift(gift, goods[gift.variant_id], tax_included=price.tax_included) for gift in price.gifts]
    return Placed(_parts(price, lines, budgets), lines)


def _split_by_points(price: Price) -> list[int]:
    """Split what the platform pays of the points at each merchant over the lines that are paid with them."""
    shares = [0] * len(price.lines)
    for each in price.funding:
        if each.kind is StepKind.POINTS and each.platform:
            places = [at for at, line in enumerate(price.lines) if line.merchant_id == each.merchant_id]
            split = money.allocate(each.platform, [price.lines[at].points_worth for at in places]).shares
            for at, share in zip(places, split, strict=True):
                shares[at] = share
    return shares


def _line(
    line: LinePrice, of: Line, what: Goods, *, tax_included: bool, for_points: int, rules: Sequence[Rule]
) -> PlacedLine:
    rate_bp = commissions.rate(rules, merchant_id=line.merchant_id, category_path=what.category_path)
    return PlacedLine(
        merchant_id=line.merchant_id,
        variant_id=of.variant_id,
        product_id=what.product_id,
        category_id=what.category_id,
        sku=what.sku,
        name=what.name,
        quantity=line.quantity,
        unit_price=of.unit_price,
        is_gift=False,
        tax_included=tax_included,
        base=line.base,
        discount=line.base - line.net,
        discounts=[each._asdict() | {"kind": each.kind.name} for each in line.discounts],
        net=line.net,
        tax=line.tax,
        tax_rate_bp=line.tax_rate,
        points_used=line.points_used,
        points_worth=line.points_worth,
        points_earned=line.points_earned,
        total=line.total,
        platform_funding=for_points + sum(each.platform for each in line.discounts),
        commission=commissions.of_line(net=line.net, tax=line.tax, tax_included=tax_included, rate_bp=rate_bp),
    )


def _gift(gift: GiftLine, what: Goods, *, tax_included: bool) -> PlacedLine:
    """Write a line that costs nothing; what the platform pays the merchant for it is its funding."""
    return PlacedLine(
        merchant_id=gift.merchant_id,
        variant_id=gift.variant_id,
        product_id=what.product_id,
        category_id=what.category_id,
        sku=what.sku,
        name=what.name,
        quantity=gift.quantity,
        unit_price=0,
        is_gift=True,
        tax_included=tax_included,
        base=0,
        discount=0,
        discounts=[],
        net=0,
        tax=0,
        tax_rate_bp=0,
        points_used=0,
        points_worth=0,
        points_earned=0,
        total=0,
        platform_funding=gift.platform,
        commission=0,
    )


def _parts(price: Price, lines: Sequence[PlacedLine], budgets: Budgets) -> list[PlacedPart]:
    deliveries = {each.merchant_id: each for each in price.deliveries}
    parts = {each.merchant_id: each for each in price.merchants}
    funding: dict[int, list[Funding]] = {}
    for each in fundings(price):
        funding.setdefault(each.merchant_id, []).append(each)
    return [
        _part(
            parts.get(merchant_id, MerchantPart(merchant_id, Cost(*[0] * len(Cost._fields)), 0, 0)),
            deliveries.get(merchant_id, DeliveryPrice(merchant_id, WITH_GIFT, "", 0, (), 0, 0, 0, 0)),
            funding.get(merchant_id, []),
            budgets,
            tax_included=price.tax_included,
            commission=sum(line.commission for line in lines if line.merchant_id == merchant_id),
        )
        for merchant_id in sorted({line.merchant_id for line in lines})
    ]


WITH_GIFT = "standard"
"""How a merchant sends that has nothing but a gift in the order."""


def _part(
    part: MerchantPart,
    delivery: DeliveryPrice,
    funding: Sequence[Funding],
    budgets: Budgets,
    *,
    tax_included: bool,
    commission: int,
) -> PlacedPart:
    cost = part.cost
    return PlacedPart(
        merchant_id=part.merchant_id,
        delivery_method=delivery.method,
        delivery_label=delivery.label,
        tax_included=tax_included,
        subtotal=cost.subtotal,
        discount=cost.discount,
        shipping=cost.shipping,
        shipping_discount=cost.shipping_discount,
        tax=cost.tax,
        shipping_tax=delivery.tax,
        points_worth=cost.points,
        total=cost.total,
        points_used=part.points_used,
        points_earned=part.points_earned,
        platform_funding=sum(each.platform for each in funding),
        platform_budget=sum(each.platform for each in funding if each.promotion_id in budgets.platform),
        merchant_budget=sum(each.merchant for each in funding if each.promotion_id in budgets.merchant),
        commission=commission,
    )
