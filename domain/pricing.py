"""The price of a cart: facts in, a price that explains itself out. No clock, no database, integers only.

Order of application, each on what the ones before have left: the level's percentage, promotions on items, promotions
on the order, gifts, the level's free delivery, promotions on delivery, tax, points. Within a stage by priority, then by
id; the order in which coupons were given, and how pieces are spread over lines, make no difference.
docs/decisions/0013-the-price-explains-itself.md holds the rules of order and rounding.
"""

from domain import money, pricing_application, pricing_lines, pricing_points, pricing_trace, tax
from domain.pricing_facts import Facts
from domain.pricing_lines import Charged
from domain.pricing_opening import Applied, Opening
from domain.pricing_outcome import AppliedPromotion, Discount, Funding, GiftLine, Price, StepKind
from domain.pricing_points import PointsUse
from domain.pricing_trace import Told
from domain.promotion_candidates import Candidate
from domain.promotions import Gift, Stage


def price(facts: Facts) -> Price:
    """Price a cart; whatever cannot be applied is refused with its reasons, so this raises nothing of its own."""
    opening = Opening(facts)
    applied, blocked, amounts, deliveries = pricing_application.apply_all(opening, opening.candidates)
    refused = {one.promotion.id: one.obstacles for one in opening.candidates if one.obstacles}
    refused |= {promotion_id: (obstacle,) for promotion_id, obstacle in blocked.items()}
    taxes = tax.taxes(amounts + deliveries, opening.basket.taxable, facts.tax)
    charged = Charged(amounts, deliveries, taxes.amounts, _points(opening, amounts))
    told = Told(applied, refused, taxes, amounts + deliveries, charged.points)
    return _assemble(opening, told, charged)


def _points(opening: Opening, amounts: list[int]) -> PointsUse:
    return pricing_points.use(opening.facts.points, opening.basket.by_merchant(amounts))


def _assemble(opening: Opening, told: Told, charged: Charged) -> Price:
    facts, basket = opening.facts, opening.basket
    everything = [one for one in (opening.level, opening.level_shipping) if one is not None] + list(
        told.applied.values()
    )
    goods = [one for one in everything if one.candidate.stage is not Stage.SHIPPING]
    shipping = [one for one in everything if one.candidate.stage is Stage.SHIPPING]
    discounts, funding = pricing_lines.discounts_by_place(goods, basket.merchant_ids, count=len(basket.items))
    delivery_discounts, delivery_funding = _delivery_discounts(opening, shipping)
    lines = pricing_lines.lines(facts, basket, discounts, charged)
    deliveries = pricing_lines.deliveries(facts, basket, delivery_discounts, charged)
    parts = pricing_lines.merchants(lines, deliveries)
    return Price(
        currency=facts.currency,
        tax_included=facts.tax.inclusive,
        lines=lines,
        deliveries=deliveries,
        merchants=parts,
        cost=pricing_lines.whole(parts),
        points_used=charged.points.points,
        points_earned=sum(part.points_earned for part in parts),
        applied=tuple(_summary(one) for one in goods + shipping),
        refused=told.refused,
        gifts=tuple(_gift(one.candidate) for one in goods if one.candidate.is_gift),
        funding=(*funding, *delivery_funding, *_points_funding(charged.points)),
        trace=pricing_trace.trace(opening, told),
    )


def _delivery_discounts(opening: Opening, shipping: list[Applied]) -> tuple[list[list[Discount]], list[Funding]]:
    merchant_ids = [delivery.merchant_id for delivery in opening.basket.deliveries]
    return pricing_lines.discounts_by_place(shipping, merchant_ids, count=len(merchant_ids))


def _summary(applied: Applied) -> AppliedPromotion:
    promotion = applied.candidate.promotion
    return AppliedPromotion(applied.promotion_id, promotion.code, promotion.label, applied.eligible, applied.amount)


def _points_funding(use: PointsUse) -> list[Funding]:
    return [
        Funding(StepKind.POINTS, None, merchant_id, one.worth, one.platform, one.worth - one.platform)
        for merchant_id, one in use.merchants.items()
    ]


def _gift(candidate: Candidate) -> GiftLine:
    promotion = candidate.promotion
    benefit = promotion.benefit
    assert isinstance(benefit, Gift)  # noqa: S101 - Stage.GIFT has no other benefit
    worth = benefit.quantity * benefit.unit_price
    platform = money.portion(worth, promotion.platform_share)
    return GiftLine(
        promotion_id=promotion.id,
        variant_id=benefit.variant_id,
        merchant_id=benefit.merchant_id,
        quantity=benefit.quantity,
        worth=worth,
        platform=platform,
        merchant=worth - platform,
    )
