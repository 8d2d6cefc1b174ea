"""The facts of a price ..."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.money import MAX_AMOUNT, MoneyError
from domain.pricing_facts import Delivery, Level, Points, PricingError, Rate
from domain.promotions import Percentage
from domain.tax import TaxError, TaxRules
from tests.factories.pricing import facts, promotion

CART = facts((1, 1000), (1, 500))
LINE = CART.lines[0]
ONE = promotion(Percentage(1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: replace(CART, lines=(LINE, LINE)), "line 0 is there twice"),
        (lambda: replace(CART, promotions=(ONE, ONE)), "promotion 1 is there twice"),
        (
            lambda: replace(CART, deliveries=(Delivery(1, "a", "A", 1), Delivery(1, "b", "B", 2))),
            "delivery of merchant 1 is there twice",
        ),
        (
            lambda: replace(CART, lines=(replace(LINE, quantity=0),)),
            "line 0: the quantity is at least 1 and the price at least 0",
        ),
        (
            lambda: replace(CART, lines=(replace(LINE, unit_price=-1),)),
            "line 0: the quantity is at least 1 and the price at least 0",
        ),
        (
            lambda: replace(CART, deliveries=(Delivery(1, "a", "A", -1),)),
            "the delivery of merchant 1 cannot cost less than nothing",
        ),
        (
            lambda: replace(CART, deliveries=(Delivery(2, "a", "A", 1),)),
            "there is a delivery of merchant 2, but nothing to deliver",
        ),
        (
            lambda: replace(CART, lines=(replace(LINE, unit_price=MAX_AMOUNT),)),
            "the cart comes to more money than can be counted in EUR",
        ),
        (
            lambda: Level("Gold", 1, 10_001),
            "a level's percentage and the platform's share are 0 to 10000 basis points",
        ),
        (lambda: Level("Gold", 1, points_multiplier=-1), "a level's multiplier of points cannot be negative"),
        (lambda: Rate(0, 1), "a rate of points needs more than 0 points for more than 0 minor units"),
        (lambda: Rate(1, 0), "a rate of points needs more than 0 points for more than 0 minor units"),
        (lambda: Rate(1, 1, 10_001), "shares of a rate of points are 0 to 10000 basis points"),
        (lambda: Points(available=-1), "points cannot be negative"),
        (lambda: Points(asked=-1), "points cannot be negative"),
        (
            lambda: Points(maximum_share=-1),
            "the share that may be paid with points is 0 to 10000 basis points",
        ),
    ],
)
def test_that_contradict_each_other_are_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(PricingError) as caught:
        make()
    assert caught.value.message == said


def test_name_a_currency_and_rates_of_tax() -> None:
    with pytest.raises(MoneyError):
        replace(CART, currency="euro")
    with pytest.raises(TaxError, match=r"^a tax rate is 0 to 100000 basis points, found -1$"):
        TaxRules("XX", rates={"reduced": -1})
