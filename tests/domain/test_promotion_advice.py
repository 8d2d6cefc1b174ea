"""Advice on a cart's coupons ..."""

from dataclasses import replace

import pytest

from domain import promotion_advice
from domain.pricing_facts import Points, Rate
from domain.pricing_opening import Opening
from domain.promotion_advice import Combination, CouponAdvice
from domain.promotion_conditions import Obstacle, ObstacleCode
from domain.promotion_search import Search
from domain.promotions import Combining, FixedSum, FreeShipping, Gift, Percentage, Promotion
from tests.bench import pricing as bench
from tests.factories.pricing import CHAIRS, LAMPS, ON_TOP_10, facts, promotion

SEASON, ALONE = Combining(group="season"), Combining(exclusive=True)


def coupon(key: int, benefit: Percentage | FixedSum | FreeShipping | Gift, **rest: object) -> Promotion:
    return promotion(benefit, key, code=f"C{key}", **rest)  # type: ignore[arg-type]


def test_says_which_fit_what_is_missing_and_which_are_best_together() -> None:
    cart = facts(
        (1, 5000),
        (1, 4000, CHAIRS),
        ship=(490,),
        promotions=(
            coupon(1, Percentage(1000), combining=SEASON),
            coupon(2, FixedSum(1200), combining=SEASON),
            coupon(3, FreeShipping()),
            coupon(4, Percentage(1500), combining=ALONE),
            coupon(5, FixedSum(2000), when={"minimum_spend": 10_200}),
            coupon(6, Percentage(2000), categories=(9,), label="rugs"),
        ),
    )
    # 90.00 + 4.90. C2 and C3: 12.00 + 4.90 = 16.90. C1 and C3: 9.00 + 4.90 = 13.90. C4 alone: 13.50.
    advice = promotion_advice.advise(cart)
    assert advice.without == 9490
    assert advice.best == Combination((2, 3), ("C2", "C3"), 7800, 1690)
    assert advice.runner_up == Combination((1, 3), ("C1", "C3"), 8100, 1390)
    assert advice.exhaustive
    beside = [Obstacle(ObstacleCode.NOT_COMBINABLE, "cannot be combined with Promotion 2 (C2)", promotion_id=2)] * 2
    assert advice.coupons == (
        CouponAdvice(1, "C1", (), 900, beside[0]),
        CouponAdvice(2, "C2", (), 1200, None),
        CouponAdvice(3, "C3", (), 490, None),
        CouponAdvice(4, "C4", (), 1350, beside[1]),
        CouponAdvice(5, "C5", (Obstacle(ObstacleCode.MINIMUM_SPEND, "12.00 more", amount=1200),), 0, None),
        CouponAdvice(6, "C6", (Obstacle(ObstacleCode.WRONG_GOODS, "only for rugs"),), 0, None),
    )


def test_leaves_a_coupon_out_that_would_take_the_place_of_a_better_automatic_promotion() -> None:
    automatic = promotion(Percentage(2000), 1, combining=SEASON)
    cart = facts((1, 1000), promotions=(automatic, coupon(2, Percentage(500), combining=SEASON)))
    advice = promotion_advice.advise(cart)
    assert (advice.without, advice.best) == (800, Combination((), (), 800, 0))
    assert advice.runner_up == Combination((2,), ("C2",), 950, -150)
    assert advice.coupons[0].saves == -150


def test_says_that_an_automatic_promotion_goes_before() -> None:
    automatic = promotion(Percentage(500), 1, combining=ALONE, priority=1)
    advice = promotion_advice.advise(facts((1, 1000), promotions=(automatic, coupon(2, Percentage(2000)))))
    said = Obstacle(ObstacleCode.NOT_COMBINABLE, "cannot be combined with Promotion 1", promotion_id=1)
    assert advice.coupons == (CouponAdvice(2, "C2", (said,), 0, None),)
    assert (advice.best.promotion_ids, advice.best.total, advice.runner_up) == ((), 950, None)


def test_counts_tax_on_top_and_points() -> None:
    cart = facts(
        (1, 1000, LAMPS, 1, "high"),
        (1, 1050, CHAIRS, 1, "low"),
        tax=ON_TOP_10,
        points=Points(available=500, asked=500, burn=Rate(100, 100)),
        promotions=(
            coupon(1, Percentage(2000), categories=(LAMPS,), combining=SEASON),
            coupon(2, Percentage(2000), categories=(CHAIRS,), combining=SEASON),
        ),
    )
    # C1: 8.00 + 1.52 + 10.50 + 0.84 = 20.86. C2: 10.00 + 1.90 + 8.40 + 0.67 = 20.97. Less 5.00 of points.
    advice = promotion_advice.advise(cart)
    assert (advice.best.codes, advice.best.total) == (("C1",), 1586)
    assert advice.runner_up is not None
    assert (advice.runner_up.codes, advice.runner_up.total) == (("C2",), 1597)


def test_prefers_gifts_then_fewer_coupons_then_lower_ids_where_the_total_is_the_same() -> None:
    mug = coupon(1, Gift(9, 1, "Mug", 500, available=1), combining=SEASON)
    cup = coupon(2, Gift(9, 1, "Cup", 900, available=1), combining=SEASON)
    advice = promotion_advice.advise(facts((1, 1000), promotions=(mug, cup)))
    assert (advice.best.codes, advice.runner_up) == (("C2",), Combination((1,), ("C1",), 1000, 0))
    same = tuple(coupon(key, FixedSum(1000)) for key in (3, 1, 2))
    advice = promotion_advice.advise(facts((1, 1000), promotions=same))
    assert (advice.best.codes, advice.runner_up) == (("C1",), Combination((2,), ("C2",), 0, 1000))
    assert advice.coupons[2].beside_best == Obstacle(ObstacleCode.NOTHING_LEFT, "it would take off nothing more")


def test_needs_no_coupons() -> None:
    advice = promotion_advice.advise(facts((1, 1000), promotions=(promotion(FixedSum(100)),)))
    assert (advice.without, advice.coupons, advice.best) == (900, (), Combination((), (), 900, 0))
    assert (advice.runner_up, advice.exhaustive) == (None, True)


def test_says_so_when_it_had_to_cut() -> None:
    advice = promotion_advice.advise(bench.advice_cases()["50 lines, 24 coupons"])
    assert not advice.exhaustive
    assert advice.looked_at == promotion_advice.BUDGET
    assert advice.best.total < advice.without


def test_is_exhaustive_with_more_than_twelve_where_groups_leave_few_combinations() -> None:
    coupons = tuple(coupon(key, FixedSum(key), combining=SEASON) for key in range(1, 41))
    advice = promotion_advice.advise(facts((1, 1000), promotions=coupons))
    assert advice.exhaustive
    assert (advice.best.codes, advice.best.total) == (("C40",), 960)


class Unbounded(Search):
    """A search that never turns back early."""

    def _promising(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize("name", [name for name in bench.advice_cases() if "24" not in name])
@pytest.mark.parametrize("asked", [0, 3000])
def test_turns_back_only_where_nothing_better_can_be(name: str, asked: int) -> None:
    cart = bench.advice_cases()[name]
    opening = Opening(replace(cart, points=replace(cart.points, asked=asked)))
    search, every = Search(opening, budget=None), Unbounded(opening, budget=None)
    search.run()
    every.run()
    assert (search.best, search.runner_up) == (every.best, every.runner_up)
    assert search.looked_at <= every.looked_at <= 4095


@pytest.mark.parametrize("name", [name for name in bench.advice_cases() if "24" not in name])
def test_is_exhaustive_for_twelve(name: str) -> None:
    cart = bench.advice_cases()[name]
    advice = promotion_advice.advise(cart)
    assert advice.exhaustive
    kept = tuple(one for one in cart.promotions if one.id in advice.best.promotion_ids)
    assert promotion_advice.advise(replace(cart, promotions=kept)).best == advice.best


def test_says_that_automatic_promotions_have_left_nothing_to_take_off() -> None:
    automatic = promotion(FixedSum(1000), 1, categories=(LAMPS,))
    advice = promotion_advice.advise(facts((1, 1000), promotions=(automatic, coupon(2, Percentage(500)))))
    said = Obstacle(ObstacleCode.NOTHING_LEFT, "the others have left nothing to take off")
    assert advice.coupons == (CouponAdvice(2, "C2", (said,), 0, None),)
    assert (advice.best, advice.runner_up) == (Combination((), (), 0, 0), None)


def test_says_that_there_is_nothing_in_the_cart() -> None:
    advice = promotion_advice.advise(facts(promotions=(coupon(1, Percentage(500)),)))
    said = Obstacle(ObstacleCode.WRONG_GOODS, "there is nothing in the cart")
    assert advice.coupons == (CouponAdvice(1, "C1", (said,), 0, None),)
    assert advice.best == Combination((), (), 0, 0)
