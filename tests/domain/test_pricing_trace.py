"""The trace of a price ..."""

from datetime import timedelta

import pytest

from domain import pricing
from domain.pricing_facts import Customer, Facts, Level, Points, Rate
from domain.pricing_outcome import StepKind
from domain.promotions import BuyGet, Combining, FixedSum, FreeShipping, Gift, Percentage, SpendSteps
from domain.tax import TaxRounding, TaxRules
from tests.factories.pricing import CHAIRS, LAMPS, NOW, VAT, facts, promotion

GOLD = Customer(signed_in=True, level=Level("Gold", 3, 300, free_shipping_from=50_000))
ONE_TO_ONE = Rate(100, 100)


def told(cart: Facts) -> list[tuple[str, str, int, bool, str]]:
    return [(step.kind.value, *step[1:5]) for step in pricing.price(cart).trace]


def test_tells_a_whole_purchase() -> None:
    cart = facts(
        (2, 1990),
        (1, 4999, CHAIRS, 2),
        ship=(490, 790),
        tax=VAT,
        customer=GOLD,
        points=Points(available=700, asked=1000, burn=ONE_TO_ONE),
        promotions=(
            promotion(Percentage(1000), 1, categories=(LAMPS,), label="lamps"),
            promotion(Percentage(500), 2, code="TWENTY", when={"minimum_spend": 10_179}),
            promotion(FixedSum(500), 3, code="FIVE"),
            promotion(SpendSteps(((5000, 300), (10_000, 900))), 4),
            promotion(FreeShipping(500), 5, code="SHIP"),
            promotion(Gift(9, 1, "Mug", 990, available=3), 6),
        ),
    )
    # 89.79: level 3 % is 2.6937, 1.194 and 1.4997. Lamps 38.61: 10 % is 3.861. 34.75 + 48.49 = 83.24: 5.00 is 2.0873
    # and 2.9127. 32.66 + 45.58 = 78.24: 3.00 is 1.2523 and 1.7477. 31.41 + 43.83 = 75.24. Delivery 12.80: 5.00 is 1.914
    # and 3.086, leaves 2.99 + 4.81. 19 % in these, by line: 5.015, 6.998, 0.477, 0.768, so 13.27.
    assert told(cart) == [
        ("base", "Article 0", 3980, True, "2 at 19.90"),
        ("base", "Article 1", 4999, True, "1 at 49.99"),
        ("level", "Gold", -269, True, "3 % of 89.79, rounded half up"),
        ("rounding", "Gold", 0, True, "split to the minor unit: the last 0.01 went to Article 1"),
        ("promotion", "Promotion 1", -386, True, "10 % of 38.61, rounded half up"),
        ("coupon", "Promotion 2 (TWENTY)", 0, False, "12.00 more"),
        ("coupon", "Promotion 3 (FIVE)", -500, True, "5.00 of 83.24"),
        ("rounding", "Promotion 3 (FIVE)", 0, True, "split to the minor unit: the last 0.01 went to Article 0"),
        ("promotion", "Promotion 4", -300, True, "spend 50.00, save 3.00; 10.21 more would save 9.00"),
        ("rounding", "Promotion 4", 0, True, "split to the minor unit: the last 0.01 went to Article 1"),
        ("promotion", "Promotion 6", 0, True, "1 of Mug, worth 9.90, for nothing"),
        ("shipping", "Delivery 1", 490, True, "delivery"),
        ("shipping", "Delivery 2", 790, True, "delivery"),
        ("coupon", "Promotion 5 (SHIP)", -500, True, "5.00 of 12.80 for delivery"),
        ("rounding", "Promotion 5 (SHIP)", 0, True, "split to the minor unit: the last 0.01 went to Delivery 2"),
        ("tax", "VAT 19 %", 0, True, "13.27 contained in 83.04"),
        ("points", "700 points", -700, True, "worth 7.00; 1000 were asked for, 700 are there"),
    ]
    assert pricing.price(cart).cost.total == 7604


@pytest.mark.parametrize(
    ("cart", "step"),
    [
        (
            facts((1, 10_000), promotions=(promotion(Percentage(2000, 500)),)),
            ("promotion", "Promotion 1", -500, True, "20 % of 100.00, at most 5.00"),
        ),
        (
            facts((1, 10_000), promotions=(promotion(Percentage(1050)),)),
            ("promotion", "Promotion 1", -1050, True, "10.5 % of 100.00"),
        ),
        (
            facts((3, 1000), promotions=(promotion(BuyGet(2, 1)),)),
            ("promotion", "Promotion 1", -1000, True, "1 piece for nothing"),
        ),
        (
            facts((4, 1000), promotions=(promotion(BuyGet(1, 1, 2500)),)),
            ("promotion", "Promotion 1", -500, True, "2 pieces for 25 % less"),
        ),
        (
            facts((1, 300), promotions=(promotion(FixedSum(300), 1), promotion(FixedSum(5), 2))),
            ("promotion", "Promotion 2", 0, False, "the others have left nothing to take off"),
        ),
        (
            facts((1, 300), promotions=(promotion(FreeShipping()),)),
            ("promotion", "Promotion 1", 0, False, "choose a delivery first"),
        ),
        (
            facts((1, 300), promotions=(promotion(Percentage(10), when={"ends_at": NOW, "remaining": 0}),)),
            ("promotion", "Promotion 1", 0, False, "expired on 2026-03-01 12:00 UTC; all of them have been used"),
        ),
        (
            facts((1, 300), points=Points(5, 5, burn=Rate(100, 100), maximum_share=0)),
            ("points", "5 points", 0, False, "nothing in the cart may be paid with points"),
        ),
        (
            facts((1, 300), points=Points(0, 5, burn=ONE_TO_ONE)),
            ("points", "5 points", 0, False, "you have no points to use"),
        ),
        (
            facts((1, 300), points=Points(5, 5, burn=Rate(100, 1))),
            ("points", "5 points", 0, False, "5 points are worth less than 0.01"),
        ),
        (
            facts((1, 300), points=Points(900, 900, burn=ONE_TO_ONE)),
            (
                "points",
                "300 points",
                -300,
                True,
                "worth 3.00; 900 were asked for, at most 3.00 may be paid with points",
            ),
        ),
        (
            facts((1, 300), points=Points(101, 101, burn=Rate(100, 1))),
            ("points", "100 points", -1, True, "worth 0.01; 101 were asked for, the others make no more 0.01"),
        ),
        (
            facts((1, 1000), tax=TaxRules("TX", standard=825, inclusive=False, name="Sales tax")),
            ("tax", "Sales tax 8.25 %", 83, True, "on 10.00"),
        ),
        (
            facts(*[(1, 99)] * 6, tax=TaxRules("TX", standard=825, inclusive=False, per=TaxRounding.PER_ORDER)),
            (
                "rounding",
                "Tax 8.25 %",
                0,
                True,
                # 5.94 x 8.25 % is 0.49: 0.08 each, and one cent.
                "split to the minor unit: the last 0.01 went to Article 0",
            ),
        ),
        (
            facts(*[(1, 100)] * 6, promotions=(promotion(FixedSum(5)),)),
            (
                "rounding",
                "Promotion 1",
                0,
                True,
                "split to the minor unit: the last 0.05 went to Article 0, Article 1, Article 2 and 2 more (0.01 each)",
            ),
        ),
    ],
)
def test_says_how_and_why(cart: Facts, step: tuple[str, str, int, bool, str]) -> None:
    assert told(cart)[-1] == step


def test_names_the_promotion_that_goes_before() -> None:
    cart = facts(
        (1, 1000),
        promotions=(
            promotion(Percentage(500), 1, combining=Combining(group="a"), code="A"),
            promotion(Percentage(1000), 2, combining=Combining(group="a"), code="B"),
        ),
    )
    assert told(cart)[-1] == ("coupon", "Promotion 2 (B)", 0, False, "cannot be combined with Promotion 1 (A)")


def test_is_the_same_for_a_promotion_that_has_not_begun_but_for_its_reason() -> None:
    begins = NOW + timedelta(hours=1)
    steps = pricing.price(facts((1, 300), promotions=(promotion(Percentage(10), when={"starts_at": begins}),))).trace
    assert (steps[-1].kind, steps[-1].reason) == (StepKind.PROMOTION, "valid from 2026-03-01 13:00 UTC")
