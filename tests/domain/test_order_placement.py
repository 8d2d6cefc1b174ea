"""An order as it is written ..."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import order_placement, pricing, settlement
from domain.commissions import Rule
from domain.order_placement import Budgets, Goods, Placed
from domain.pricing_facts import Delivery, Facts
from domain.pricing_outcome import Price
from domain.settlement import Share
from tests.factories import carts

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
any_cart = st.binary(min_size=330, max_size=330).map(carts.facts)
RULES = [Rule(None, None, 1000), Rule(2, None, 777), Rule(None, 3, 333)]
SUMS = ("points_worth", "points_used", "points_earned", "commission")


def sent(facts: Facts) -> Facts:
    """Let every merchant have a delivery, as checkout wants it."""
    there = {delivery.merchant_id for delivery in facts.deliveries}
    missing = sorted({line.merchant_id for line in facts.lines} - there)
    return replace(
        facts, deliveries=(*facts.deliveries, *(Delivery(each, "standard", "Sent", 499) for each in missing))
    )


def placed(facts: Facts, budgets: Budgets) -> tuple[Price, Placed]:
    price = pricing.price(facts)
    goods = {line.variant_id: Goods(line.product_id, 1, "SKU", line.name, (1, 2, 3)) for line in facts.lines}
    goods |= {gift.variant_id: Goods(1, None, "GIFT", "Gift") for gift in price.gifts}
    return price, order_placement.place(price, facts, goods=goods, rules=RULES, budgets=budgets)


@settings(max_examples=300, deadline=None, suppress_health_check=CHECKS)
@given(any_cart)
def test_adds_up_from_its_lines_to_its_total(facts: Facts) -> None:
    facts = sent(facts)
    price, (parts, lines) = placed(facts, Budgets(frozenset({1, 2}), frozenset({3, 4})))
    assert sum(part.total for part in parts) == price.cost.total
    assert len(lines) == len(facts.lines) + len(price.gifts)
    for part in parts:
        own = [line for line in lines if line.merchant_id == part.merchant_id]
        on_top = 0 if part.tax_included else part.tax
        assert part.total == part.subtotal - part.discount + part.shipping + on_top - part.points_worth
        assert part.subtotal == sum(line.base for line in own)
        assert part.discount == sum(line.discount for line in own)
        assert part.tax == sum(line.tax for line in own) + part.shipping_tax
        assert all(getattr(part, name) == sum(getattr(line, name) for line in own) for name in SUMS)
        assert 0 <= part.platform_budget <= part.platform_funding
        assert part.platform_funding >= sum(line.platform_funding for line in own)
        share = Share(*(getattr(part, name) for name in Share._fields))
        assert sum(each.amount for each in settlement.paid(share, merchant_id=1, currency=price.currency)) == 0
    for line in lines:
        assert line.base == line.quantity * line.unit_price
        assert line.net == line.base - line.discount
        assert line.discount == sum(each["amount"] for each in line.discounts)
        assert line.total == line.net + (0 if line.tax_included else line.tax) - line.points_worth
        assert min(line.total, line.net, line.commission, line.platform_funding) >= 0


@settings(max_examples=200, deadline=None, suppress_health_check=CHECKS)
@given(any_cart)
def test_uses_each_promotion_for_what_it_takes_off(facts: Facts) -> None:
    price, (parts, _) = placed(sent(facts), Budgets())
    uses = order_placement.uses(price)
    named = [each.promotion_id for each in price.applied if each.promotion_id is not None]
    assert [use.promotion_id for use in uses] == named
    for use in uses:
        gifts = [gift for gift in price.gifts if gift.promotion_id == use.promotion_id]
        off = sum(each.amount for each in price.applied if each.promotion_id == use.promotion_id)
        assert use.amount == off + sum(gift.worth for gift in gifts)
    others = sum(each.platform for each in price.funding if each.promotion_id is None)
    assert sum(part.platform_funding for part in parts) == others + sum(use.platform_amount for use in uses)
