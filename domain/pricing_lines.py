"""From what was taken off each item to the price of each line, delivery and merchant, and who pays for it.

Whatever an item has (its share of a discount, its tax, its points) is split over its lines by what they cost at that
moment, so that lines, and pieces of lines, can be given back and add up again exactly.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain import money, pricing_points
from domain.money import BASIS_POINTS
from domain.pricing_basket import Basket, Item
from domain.pricing_facts import Facts
from domain.pricing_opening import Applied
from domain.pricing_outcome import Cost, DeliveryPrice, Discount, Funding, LinePrice, MerchantPart
from domain.pricing_points import PointsUse


class Charged(NamedTuple):
    """What is known of each place once all promotions are applied: nets and taxes, items first, then deliveries."""

    nets: list[int]
    delivery_nets: list[int]
    taxes: list[int]
    points: PointsUse


class _ItemPoints(NamedTuple):
    used: list[int]
    worth: list[int]
    earned: list[int]


def fund(applied: Applied, merchant_ids: Sequence[int]) -> tuple[list[int], list[Funding]]:
    """Say what the platform pays of each share, and of each merchant's sum; half up by merchant, then by the shares."""
    part = applied.candidate.promotion.platform_share
    by_merchant: dict[int, list[int]] = {}
    for at, place in enumerate(applied.places):
        if applied.shares[at]:
            by_merchant.setdefault(merchant_ids[place], []).append(at)
    platform = [0] * len(applied.shares)
    funding = []
    for merchant_id, positions in by_merchant.items():
        shares = [applied.shares[at] for at in positions]
        amount = sum(shares)
        paid = money.portion(amount, part)
        for at, share in zip(positions, money.allocate(paid, shares).shares, strict=True):
            platform[at] = share
        funding.append(Funding(applied.kind, applied.promotion_id, merchant_id, amount, paid, amount - paid))
    return platform, funding


def discounts_by_place(
    applied: Sequence[Applied], merchant_ids: Sequence[int], *, count: int
) -> tuple[list[list[Discount]], list[Funding]]:
    """Collect the discounts of each of `count` places, in the order in which they were applied, and who funds them."""
    discounts: list[list[Discount]] = [[] for _ in range(count)]
    funding: list[Funding] = []
    for one in applied:
        platform, rows = fund(one, merchant_ids)
        funding += rows
        kind, promotion_id = one.kind, one.promotion_id
        for place, share, paid in zip(one.places, one.shares, platform, strict=True):
            if share:
                discounts[place].append(Discount(kind, promotion_id, share, paid, share - paid))
    return discounts, funding


def lines(facts: Facts, basket: Basket, discounts: list[list[Discount]], charged: Charged) -> tuple[LinePrice, ...]:
    """Price every line, in the order of the facts."""
    points = _points(facts, basket, charged)
    priced: list[LinePrice | None] = [None] * len(facts.lines)
    on_top = 0 if facts.tax.inclusive else 1
    for place, item in enumerate(basket.items):
        whole = LinePrice(
            key=item.line.key,
            merchant_id=item.line.merchant_id,
            quantity=item.quantity,
            base=basket.amounts[place],
            discounts=tuple(discounts[place]),
            net=charged.nets[place],
            tax=charged.taxes[place],
            tax_rate=basket.taxable.rates[place],
            points_used=points.used[place],
            points_worth=points.worth[place],
            points_earned=points.earned[place],
            total=charged.nets[place] + on_top * charged.taxes[place] - points.worth[place],
        )
        if len(item.lines) == 1:
            priced[item.lines[0]] = whole
        else:
            for at, part in zip(item.lines, _split(whole, item, facts), strict=True):
                priced[at] = part
    return tuple(line for line in priced if line is not None)


def _split(whole: LinePrice, item: Item, facts: Facts) -> list[LinePrice]:
    """Split what an item costs over its lines."""
    parts = [facts.lines[at] for at in item.lines]
    bases = [line.quantity * line.unit_price for line in parts]
    nets = list(bases)
    discounts: list[list[Discount]] = [[] for _ in parts]
    for discount in whole.discounts:
        shares = money.allocate(discount.amount, nets).shares
        platform = money.allocate(discount.platform, shares).shares
        for at, (share, paid) in enumerate(zip(shares, platform, strict=True)):
            nets[at] -= share
            if share:
                discounts[at].append(Discount(discount.kind, discount.promotion_id, share, paid, share - paid))
    taxes = money.allocate(whole.tax, nets).shares
    worth = money.allocate(whole.points_worth, nets).shares
    used = money.allocate(whole.points_used, worth).shares
    earned = money.allocate(whole.points_earned, nets).shares
    return [
        LinePrice(
            key=line.key,
            merchant_id=line.merchant_id,
            quantity=line.quantity,
            base=bases[at],
            discounts=tuple(discounts[at]),
            net=nets[at],
            tax=taxes[at],
            tax_rate=whole.tax_rate,
            points_used=used[at],
            points_worth=worth[at],
            points_earned=earned[at],
            total=nets[at] + (0 if facts.tax.inclusive else taxes[at]) - worth[at],
        )
        for at, line in enumerate(parts)
    ]


def _points(facts: Facts, basket: Basket, charged: Charged) -> _ItemPoints:
    count = len(basket.items)
    points = _ItemPoints([0] * count, [0] * count, [0] * count)
    rules = facts.points
    if not charged.points.points and rules.earn is None and not rules.earns:
        return points
    places_of: dict[int, list[int]] = {}
    for place, merchant_id in enumerate(basket.merchant_ids):
        places_of.setdefault(merchant_id, []).append(place)
    level = facts.customer.level
    multiplier = level.points_multiplier if level else BASIS_POINTS
    for merchant_id, places in places_of.items():
        nets = [charged.nets[place] for place in places]
        paid = sum(nets)
        if used := charged.points.merchants.get(merchant_id):
            worth = money.allocate(used.worth, nets).shares
            paid -= used.worth
            _put(points.worth, places, worth)
            _put(points.used, places, money.allocate(used.points, worth).shares)
        if facts.customer.signed_in:
            earned = pricing_points.earned(rules, merchant_id, paid=paid, multiplier=multiplier)
            _put(points.earned, places, money.allocate(earned, nets).shares)
    return points


def _put(column: list[int], places: Sequence[int], shares: Sequence[int]) -> None:
    for place, share in zip(places, shares, strict=True):
        column[place] = share


def deliveries(
    facts: Facts, basket: Basket, discounts: list[list[Discount]], charged: Charged
) -> tuple[DeliveryPrice, ...]:
    """Price every delivery, by merchant."""
    first = len(basket.items)
    return tuple(
        DeliveryPrice(
            merchant_id=delivery.merchant_id,
            method=delivery.method,
            label=delivery.label,
            base=delivery.price,
            discounts=tuple(discounts[place]),
            net=charged.delivery_nets[place],
            tax=charged.taxes[first + place],
            tax_rate=basket.taxable.rates[first + place],
            total=charged.delivery_nets[place] + (0 if facts.tax.inclusive else charged.taxes[first + place]),
        )
        for place, delivery in enumerate(basket.deliveries)
    )


def merchants(lines: Sequence[LinePrice], deliveries: Sequence[DeliveryPrice]) -> tuple[MerchantPart, ...]:
    """Add lines and deliveries up to the merchants' parts, by merchant."""
    lines_of: dict[int, list[LinePrice]] = {}
    for line in lines:
        lines_of.setdefault(line.merchant_id, []).append(line)
    delivery_of = {delivery.merchant_id: delivery for delivery in deliveries}
    parts = []
    for merchant_id in sorted(lines_of):
        own, delivery = lines_of[merchant_id], delivery_of.get(merchant_id)
        subtotal = sum([line.base for line in own])
        cost = Cost(
            subtotal=subtotal,
            discount=subtotal - sum([line.net for line in own]),
            shipping=delivery.net if delivery else 0,
            shipping_discount=delivery.base - delivery.net if delivery else 0,
            tax=sum([line.tax for line in own]) + (delivery.tax if delivery else 0),
            points=sum([line.points_worth for line in own]),
            total=sum([line.total for line in own]) + (delivery.total if delivery else 0),
        )
        used, earned = sum([line.points_used for line in own]), sum([line.points_earned for line in own])
        parts.append(MerchantPart(merchant_id, cost, used, earned))
    return tuple(parts)


def whole(parts: Sequence[MerchantPart]) -> Cost:
    """Add the merchants' parts up."""
    columns = zip(*(part.cost for part in parts), strict=True)
    return Cost(*map(sum, columns)) if parts else Cost(*[0] * len(Cost._fields))
