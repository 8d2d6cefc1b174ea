"""Pricing ..."""

import pytest

from domain import pricing, promotion_advice
from tests.bench import pricing as bench

LARGE = "50 lines, 10 promotions"
TWELVE = [name for name in bench.advice_cases() if "12" in name]


def test_applies_all_ten_promotions_of_the_measured_cart() -> None:
    price = pricing.price(bench.pricing_cases()[LARGE])
    assert price.refused == {}
    assert len(price.applied) == 11


@pytest.mark.parametrize("name", [LARGE, "the same, tax on top, 2,000 points"])
def test_a_cart_of_50_lines_with_10_promotions_takes_3_ms_at_most(name: str) -> None:
    cart = bench.pricing_cases()[name]
    assert bench.best_cpu_ms(lambda: pricing.price(cart), rounds=60) <= bench.PRICE_BAR_MS


@pytest.mark.parametrize("name", TWELVE)
def test_with_the_best_of_12_coupons_takes_50_ms_at_most(name: str) -> None:
    cart = bench.advice_cases()[name]
    assert bench.best_cpu_ms(lambda: promotion_advice.advise(cart), rounds=20) <= bench.ADVICE_BAR_MS
