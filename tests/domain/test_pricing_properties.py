"""The price of any cart ...

`PRICING_CARTS=20000 pytest tests/domain/test_pricing_properties.py` looks at so many random carts; 1,500 otherwise.
"""

import os
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import pricing, promotion_advice
from domain.pricing_facts import Facts, Line
from domain.pricing_outcome import Cost, Price
from tests.factories import carts

CARTS = int(os.environ.get("PRICING_CARTS", "1500"))
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
many = settings(max_examples=CARTS, deadline=None, suppress_health_check=CHECKS)
some = settings(max_examples=max(CARTS // 10, 1), deadline=None, suppress_health_check=CHECKS)
any_cart = st.binary(min_size=330, max_size=330).map(carts.facts)


@many
@given(any_cart)
def test_is_the_sum_of_its_trace_and_adds_up_everywhere(facts: Facts) -> None:
    price = pricing.price(facts)
    assert sum(step.amount for step in price.trace) == price.cost.total
    assert all(step.applied or step.amount == 0 for step in price.trace)
    adds_up(price)
    discounts_are_covered(facts, price)
    fundings_add_up(price)
    promotions_are_all_told_of(facts, price)


def adds_up(price: Price) -> None:
    assert price.cost == Cost(*map(sum, zip(*(part.cost for part in price.merchants), strict=True)))
    deliveries = {delivery.merchant_id: delivery for delivery in price.deliveries}
    for part in price.merchants:
        cost, own = part.cost, [line for line in price.lines if line.merchant_id == part.merchant_id]
        assert cost.subtotal == sum(line.base for line in own)
        assert cost.discount == sum(discount.amount for line in own for discount in line.discounts)
        assert cost.points == sum(line.points_worth for line in own)
        assert part.points_used == sum(line.points_used for line in own)
        assert part.points_earned == sum(line.points_earned for line in own)
        delivery = deliveries.get(part.merchant_id)
        assert cost.shipping == (delivery.net if delivery else 0)
        assert cost.tax == sum(line.tax for line in own) + (delivery.tax if delivery else 0)
        on_top = 0 if price.tax_included else cost.tax
        assert cost.total == cost.subtotal - cost.discount + cost.shipping + on_top - cost.points
        assert cost.total == sum(line.total for line in own) + (delivery.total if delivery else 0)
    assert price.points_used == sum(part.points_used for part in price.merchants)
    assert price.points_earned == sum(part.points_earned for part in price.merchants)


def discounts_are_covered(facts: Facts, price: Price) -> None:
    """Nothing is negative, and no discount is greater than what it applies to, at the moment it applies."""
    assert [line.key for line in price.lines] == [line.key for line in facts.lines]
    for line in price.lines:
        left = line.base
        for discount in line.discounts:
            assert 0 < discount.amount <= left
            left -= discount.amount
        assert line.net == left >= line.points_worth >= 0
        assert min(line.tax, line.total, line.points_used, line.points_earned) >= 0
    for delivery in price.deliveries:
        left = delivery.base
        for discount in delivery.discounts:
            assert 0 < discount.amount <= left
            left -= discount.amount
        assert delivery.net == left
        assert min(delivery.tax, delivery.total) >= 0
    for applied in price.applied:
        assert 0 <= applied.amount <= applied.eligible
    assert price.points_used <= min(facts.points.asked, facts.points.available)


def fundings_add_up(price: Price) -> None:
    shares: Counter[tuple[object, int, str]] = Counter()
    for place in (*price.lines, *price.deliveries):
        for discount in place.discounts:
            assert discount.platform + discount.merchant == discount.amount
            assert min(discount.platform, discount.merchant) >= 0
            shares[discount.promotion_id, place.merchant_id, "platform"] += discount.platform
            shares[discount.promotion_id, place.merchant_id, "merchant"] += discount.merchant
    funded: Counter[tuple[object, int, str]] = Counter()
    points: Counter[int] = Counter()
    for row in price.funding:
        assert row.platform + row.merchant == row.amount > 0
        assert min(row.platform, row.merchant) >= 0
        if row.kind is pricing.StepKind.POINTS:
            points[row.merchant_id] += row.amount
            continue
        funded[row.promotion_id, row.merchant_id, "platform"] += row.platform
        funded[row.promotion_id, row.merchant_id, "merchant"] += row.merchant
    assert funded == shares
    assert points == Counter({part.merchant_id: part.cost.points for part in price.merchants})
    by_promotion: Counter[object] = Counter()
    for row in price.funding:
        if row.kind is not pricing.StepKind.POINTS:
            by_promotion[row.promotion_id] += row.amount
    applied: Counter[object] = Counter()
    for one in price.applied:
        applied[one.promotion_id] += one.amount
    assert by_promotion == applied
    for gift in price.gifts:
        assert gift.platform + gift.merchant == gift.worth


def promotions_are_all_told_of(facts: Facts, price: Price) -> None:
    applied = {one.promotion_id for one in price.applied} - {None}
    assert applied | set(price.refused) == {promotion.id for promotion in facts.promotions}
    assert not applied & set(price.refused)
    told = {step.promotion_id: step for step in price.trace if step.kind.value in {"promotion", "coupon"}}
    assert set(told) == {promotion.id for promotion in facts.promotions}
    for promotion_id, step in told.items():
        assert step.applied == (promotion_id in applied)
        assert step.reason


@many
@given(any_cart, st.randoms(use_true_random=False))
def test_does_not_depend_on_the_order_of_codes_or_lines(facts: Facts, chance: Random) -> None:
    promotions, lines = list(facts.promotions), list(facts.lines)
    chance.shuffle(promotions)
    chance.shuffle(lines)
    price = pricing.price(facts)
    assert pricing.price(replace(facts, promotions=tuple(promotions))) == price
    moved = pricing.price(replace(facts, lines=tuple(lines), deliveries=facts.deliveries[::-1]))
    assert without_lines(moved) == without_lines(price)


def without_lines(price: Price) -> Price:
    return price._replace(lines=())


@many
@given(any_cart)
def test_is_the_same_when_lines_are_split(facts: Facts) -> None:
    split: list[Line] = []
    whole: dict[tuple[int, int], list[int]] = defaultdict(list)
    for line in facts.lines:
        first = (line.quantity + 1) // 2
        parts = [replace(line, quantity=first)]
        if line.quantity > first:
            parts.append(replace(line, key=1000 + line.key, quantity=line.quantity - first))
        split += parts
        whole[line.variant_id, line.unit_price] += [part.key for part in parts]
    price = pricing.price(facts)
    apart = pricing.price(replace(facts, lines=tuple(split[::-1])))
    assert without_lines(apart) == without_lines(price)
    before, after = {line.key: line for line in price.lines}, {line.key: line for line in apart.lines}
    for keys in whole.values():
        for column in ("base", "net", "tax", "points_used", "points_worth", "points_earned", "total"):
            kept = sum(getattr(before[key], column) for key in keys if key in before)
            assert sum(getattr(after[key], column) for key in keys) == kept


@many
@given(any_cart)
def test_is_never_dearer_with_one_coupon_more_when_the_best_combination_is_used(facts: Facts) -> None:
    with_all = promotion_advice.advise(facts)
    assert with_all.exhaustive
    assert with_all.best.total <= with_all.without
    coupons = [promotion for promotion in facts.promotions if promotion.code is not None]
    if coupons:
        fewer = tuple(promotion for promotion in facts.promotions if promotion.id != coupons[-1].id)
        assert with_all.best.total <= promotion_advice.advise(replace(facts, promotions=fewer)).best.total
    assert pricing.price(using(facts, with_all.best.promotion_ids)).cost.total == with_all.best.total
    for coupon in with_all.coupons:
        alone = pricing.price(using(facts, (coupon.promotion_id,)))
        assert alone.refused.get(coupon.promotion_id, ()) == coupon.obstacles
        assert coupon.saves == (0 if coupon.obstacles else with_all.without - alone.cost.total)
        best = coupon.promotion_id in with_all.best.promotion_ids
        assert (coupon.beside_best is None) == (best or bool(coupon.obstacles))


def using(facts: Facts, coupon_ids: tuple[int, ...]) -> Facts:
    kept = (one for one in facts.promotions if one.code is None or one.id in coupon_ids)
    return replace(facts, promotions=tuple(kept))


@some
@given(any_cart)
def test_with_the_best_combination_and_its_runner_up_is_what_trying_them_all_finds(facts: Facts) -> None:
    ids = sorted(promotion.id for promotion in facts.promotions if promotion.code is not None)
    tried = []
    for count in range(len(ids) + 1):
        for subset in combinations(ids, count):
            price = pricing.price(using(facts, subset))
            if set(subset) <= {one.promotion_id for one in price.applied}:
                gifts = sum(gift.worth for gift in price.gifts)
                tried.append((price.cost.total, -gifts, count, subset))
    tried.sort()
    advice = promotion_advice.advise(facts)
    assert (advice.best.total, advice.best.promotion_ids) == (tried[0][0], tried[0][3])
    if len(tried) == 1:
        assert advice.runner_up is None
    else:
        assert advice.runner_up is not None
        assert (advice.runner_up.total, advice.runner_up.promotion_ids) == (tried[1][0], tried[1][3])
