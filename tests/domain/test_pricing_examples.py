"""The price of an example, computed by hand, ...

Each row: subtotal - discount + shipping + tax (where it comes on top) - points = total, in minor units.
"""

import pytest

from domain import pricing
from domain.pricing_facts import Customer, Facts, Level, Rate
from domain.promotions import BuyGet, Combining, FixedSum, FreeShipping, Gift, Percentage, Promotion, Scope, SpendSteps
from tests.factories.pricing import (
    CHAIRS,
    LAMPS,
    ON_TOP,
    ON_TOP_10,
    ON_TOP_10_ONCE,
    ON_TOP_ONCE,
    TAX_10,
    VAT,
    facts,
    points,
    promotion,
)

STEPS = SpendSteps(((5000, 500), (10_000, 1500)))
GOLD = Customer(signed_in=True, level=Level("Gold", 3, 500))
SHIPS_FREE = Customer(signed_in=True, level=Level("Gold", 3, free_shipping_from=5000))
ALONE, GROUP = Combining(exclusive=True), Combining(group="season")

EXAMPLES: list[tuple[str, Facts, tuple[int, int, int, int, int, int]]] = [
    ("2 x 19.90", facts((2, 1990)), (3980, 0, 0, 0, 0, 3980)),
    (
        "10 % of 71.25 is 7.125, half up 7.13",
        facts((1, 7125), promotions=(promotion(Percentage(1000)),)),
        (7125, 713, 0, 0, 0, 6412),
    ),
    (
        "33.33 % of 9.99 is 3.329667",
        facts((1, 999), promotions=(promotion(Percentage(3333)),)),
        (999, 333, 0, 0, 0, 666),
    ),
    (
        "20 % of 100.00, at most 5.00",
        facts((1, 10_000), promotions=(promotion(Percentage(2000, 500)),)),
        (10_000, 500, 0, 0, 0, 9500),
    ),
    (
        "5.00 off 3.00 is 3.00",
        facts((1, 300), promotions=(promotion(FixedSum(500)),)),
        (300, 300, 0, 0, 0, 0),
    ),
    (
        "99.99 reaches the step 50.00, not 100.00",
        facts((1, 9999), promotions=(promotion(STEPS),)),
        (9999, 500, 0, 0, 0, 9499),
    ),
    (
        "100.00 reaches the step 100.00",
        facts((1, 10_000), promotions=(promotion(STEPS),)),
        (10_000, 1500, 0, 0, 0, 8500),
    ),
    ("49.99 reaches no step", facts((1, 4999), promotions=(promotion(STEPS),)), (4999, 0, 0, 0, 0, 4999)),
    (
        "free shipping of 4.90",
        facts((1, 2000), ship=(490,), promotions=(promotion(FreeShipping()),)),
        (2000, 0, 0, 0, 0, 2000),
    ),
    (
        "free shipping, at most 3.00 of 4.90",
        facts((1, 2000), ship=(490,), promotions=(promotion(FreeShipping(300)),)),
        (2000, 0, 190, 0, 0, 2190),
    ),
    (
        "free shipping of one of two merchants",
        facts(
            (1, 1000),
            (1, 1000, LAMPS, 2),
            ship=(490, 490),
            promotions=(promotion(FreeShipping(), merchants=(1,)),),
        ),
        (2000, 0, 490, 0, 0, 2490),
    ),
    (
        "at most 5.00 off deliveries of 4.90 and 5.90",
        facts((1, 1000), (1, 1000, LAMPS, 2), ship=(490, 590), promotions=(promotion(FreeShipping(500)),)),
        (2000, 0, 580, 0, 0, 2580),
    ),
    (
        "3 for 2 of 3 x 10.00",
        facts((3, 1000), promotions=(promotion(BuyGet(2, 1)),)),
        (3000, 1000, 0, 0, 0, 2000),
    ),
    (
        "3 for 2 of 10.00, 8.00, 6.00: the cheapest",
        facts((1, 1000), (1, 800), (1, 600), promotions=(promotion(BuyGet(2, 1)),)),
        (2400, 600, 0, 0, 0, 1800),
    ),
    (
        "3 for 2 of 7 pieces: two of the cheapest",
        facts((4, 1000), (3, 250), promotions=(promotion(BuyGet(2, 1)),)),
        (4750, 500, 0, 0, 0, 4250),
    ),
    (
        "3 for 2 of 7 pieces, once",
        facts((4, 1000), (3, 250), promotions=(promotion(BuyGet(2, 1, times=1)),)),
        (4750, 250, 0, 0, 0, 4500),
    ),
    (
        "the second for half of 9.99, 4.995, half up 5.00",
        facts((2, 999), promotions=(promotion(BuyGet(1, 1, 5000)),)),
        (1998, 500, 0, 0, 0, 1498),
    ),
    (
        "10 % off one merchant's goods",
        facts(
            (1, 3000),
            (1, 500, LAMPS, 2),
            (2, 100, LAMPS, 3),
            promotions=(promotion(Percentage(1000), merchants=(2, 3)),),
        ),
        (3700, 70, 0, 0, 0, 3630),
    ),
    (
        "10 % off lamps of one merchant",
        facts(
            (1, 3000),
            (1, 500, LAMPS, 2),
            (1, 900, CHAIRS, 2),
            promotions=(promotion(Percentage(1000), categories=(LAMPS,), merchants=(2,)),),
        ),
        (4400, 50, 0, 0, 0, 4350),
    ),
    (
        "10 % off one product",
        facts(
            (1, 3000),
            (1, 500),
            promotions=(Promotion(1, "One", Percentage(1000), scope=Scope(product_ids=frozenset({201}))),),
        ),
        (3500, 50, 0, 0, 0, 3450),
    ),
    (
        "two lamps, and a chair for nothing",
        facts(
            (2, 1000),
            (1, 300, CHAIRS),
            promotions=(promotion(BuyGet(2, 1, gets=Scope(category_ids=frozenset({CHAIRS}))), categories=(LAMPS,)),),
        ),
        (2300, 300, 0, 0, 0, 2000),
    ),
    (
        "the level's 5 % of 100.00, then 10 % of 95.00",
        facts((1, 10_000), customer=GOLD, promotions=(promotion(Percentage(1000)),)),
        (10_000, 1450, 0, 0, 0, 8550),
    ),
    (
        "5.00 off chairs before 10 % of the order, 95.00",
        facts(
            (1, 5000),
            (1, 5000, CHAIRS),
            promotions=(promotion(Percentage(1000), 1), promotion(FixedSum(500), 2, categories=(CHAIRS,))),
        ),
        (10_000, 1450, 0, 0, 0, 8550),
    ),
    (
        "two of the order, the higher priority first: 10.00, then 10 % of 90.00",
        facts(
            (1, 10_000),
            promotions=(promotion(Percentage(1000), 1), promotion(FixedSum(1000), 2, priority=1)),
        ),
        (10_000, 1900, 0, 0, 0, 8100),
    ),
    (
        "two of the order, the lower id first: 10 % of 100.00, then 10.00",
        facts((1, 10_000), promotions=(promotion(FixedSum(1000), 2), promotion(Percentage(1000), 1))),
        (10_000, 2000, 0, 0, 0, 8000),
    ),
    ("19 % in 119.00", facts((1, 11_900), tax=VAT), (11_900, 0, 0, 1900, 0, 11_900)),
    ("19 % in 9.99: 1.59504", facts((1, 999), tax=VAT), (999, 0, 0, 160, 0, 999)),
    (
        "19 % in what is left after 10 %: 14.3697 in 90.00",
        facts((1, 10_000), tax=VAT, promotions=(promotion(Percentage(1000)),)),
        (10_000, 1000, 0, 1437, 0, 9000),
    ),
    (
        "19 % in 119.00 and 7 % in 10.70",
        facts((1, 11_900), (1, 1070, LAMPS, 1, "reduced"), tax=VAT),
        (12_970, 0, 0, 1970, 0, 12_970),
    ),
    ("8.25 % on 19.99: 1.649175", facts((1, 1999), tax=ON_TOP), (1999, 0, 0, 165, 0, 2164)),
    (
        "8.25 % on three lines of 0.99, line by line: 3 x 0.08",
        facts((1, 99), (1, 99), (1, 99), tax=ON_TOP),
        (297, 0, 0, 24, 0, 321),
    ),
    (
        "8.25 % on three lines of 0.99, once: 0.245025 of 2.97",
        facts((1, 99), (1, 99), (1, 99), tax=ON_TOP_ONCE),
        (297, 0, 0, 25, 0, 322),
    ),
    (
        "10 % off 33.33 and 66.67 leaves 30.00 and 60.00, 10 % on each",
        facts((1, 3333), (1, 6667), tax=ON_TOP_10, promotions=(promotion(Percentage(1000)),)),
        (10_000, 1000, 0, 900, 0, 9900),
    ),
    (
        "19 % on 10.00 and 10 % on the delivery of 4.90",
        facts((1, 1000, LAMPS, 1, "high"), ship=(490,), tax=ON_TOP_10),
        (1000, 0, 490, 239, 0, 1729),
    ),
    ("10 % in 1980 yen", facts((1, 1980), currency="JPY", tax=TAX_10), (1980, 0, 0, 180, 0, 1980)),
    (
        "10 % off 999 yen is 99.9, half up 100; 10 % in 899 is 81.7",
        facts((3, 333), currency="JPY", tax=TAX_10, promotions=(promotion(Percentage(1000), currency="JPY"),)),
        (999, 100, 0, 82, 0, 899),
    ),
    (
        "8 % on two lines of 105 yen, line by line: 8.4 and 8.4",
        facts((1, 105, LAMPS, 1, "low"), (1, 105, LAMPS, 1, "low"), currency="JPY", tax=ON_TOP_10),
        (210, 0, 0, 16, 0, 226),
    ),
    (
        "8 % on two lines of 105 yen, once: 16.8",
        facts((1, 105, LAMPS, 1, "low"), (1, 105, LAMPS, 1, "low"), currency="JPY", tax=ON_TOP_10_ONCE),
        (210, 0, 0, 17, 0, 227),
    ),
    (
        "8 % on 105 yen of each of two merchants, once for each: 8.4 and 8.4",
        facts((1, 105, LAMPS, 1, "low"), (1, 105, LAMPS, 2, "low"), currency="JPY", tax=ON_TOP_10_ONCE),
        (210, 0, 0, 16, 0, 226),
    ),
    (
        "15 % of 3.750 dinars is 0.5625, half up 0.563",
        facts((3, 1250), currency="KWD", promotions=(promotion(Percentage(1500), currency="KWD"),)),
        (3750, 563, 0, 0, 0, 3187),
    ),
    (
        "free shipping, at most 0.500 of 1.500 dinars",
        facts((3, 1250), currency="KWD", ship=(1500,), promotions=(promotion(FreeShipping(500), currency="KWD"),)),
        (3750, 0, 1000, 0, 0, 4750),
    ),
    (
        "0.100 dinars off three lines of 1.000",
        facts((1, 1000), (1, 1000), (1, 1000), currency="KWD", promotions=(promotion(FixedSum(100), currency="KWD"),)),
        (3000, 100, 0, 0, 0, 2900),
    ),
    ("500 points for 5.00", facts((1, 2000), points=points(500)), (2000, 0, 0, 0, 500, 1500)),
    (
        "3000 points, but only half of 20.00 may be paid so",
        facts((1, 2000), points=points(3000, Rate(100, 100, maximum_share=5000))),
        (2000, 0, 0, 0, 1000, 1000),
    ),
    (
        "3 points are worth 0.02: of 100, 99 for 0.66",
        facts((1, 2000), points=points(100, Rate(3, 2))),
        (2000, 0, 0, 0, 66, 1934),
    ),
    (
        "points pay neither delivery nor the tax on top",
        facts((1, 1000), ship=(500,), tax=ON_TOP_10, points=points(5000)),
        (1000, 0, 500, 150, 1000, 650),
    ),
    (
        "300 points for 300 yen",
        facts((1, 980), currency="JPY", points=points(300, Rate(1, 1))),
        (980, 0, 0, 0, 300, 680),
    ),
    (
        "500 points, 300 of them at the merchant where they are worth twice as much",
        facts((1, 1000), (1, 600, LAMPS, 2), points=points(500, burns={2: Rate(100, 200)})),
        (1600, 0, 0, 0, 800, 800),
    ),
    (
        "half of 16.00 may be paid with points: 6.00 where they are worth more, 2.00 at the other",
        facts((1, 1000), (1, 600, LAMPS, 2), points=points(5000, burns={2: Rate(100, 200)}, maximum_share=5000)),
        (1600, 0, 0, 0, 800, 800),
    ),
    (
        "points pay what promotions have left, and tax stays: 19 % in 8.00",
        facts((1, 1000), tax=VAT, points=points(5000), promotions=(promotion(FixedSum(200)),)),
        (1000, 200, 0, 128, 800, 0),
    ),
    (
        "the level's free delivery from 50.00 on",
        facts((1, 6000), ship=(490,), customer=SHIPS_FREE),
        (6000, 0, 0, 0, 0, 6000),
    ),
    (
        "the level's free delivery at 50.00 exactly",
        facts((1, 5000), ship=(490,), customer=SHIPS_FREE),
        (5000, 0, 0, 0, 0, 5000),
    ),
    (
        "the level's free delivery looks at list prices: 52.00, not 46.80",
        facts((1, 5200), ship=(490,), customer=SHIPS_FREE, promotions=(promotion(Percentage(1000)),)),
        (5200, 520, 0, 0, 0, 4680),
    ),
    ("below 50.00 a delivery costs", facts((1, 4999), ship=(490,), customer=SHIPS_FREE), (4999, 0, 490, 0, 0, 5489)),
    (
        "an exclusive one is used alone",
        facts(
            (1, 10_000), promotions=(promotion(Percentage(2000), 1, combining=ALONE), promotion(Percentage(1000), 2))
        ),
        (10_000, 2000, 0, 0, 0, 8000),
    ),
    (
        "of a group the higher priority",
        facts(
            (1, 10_000),
            promotions=(
                promotion(Percentage(2000), 1, combining=GROUP),
                promotion(Percentage(500), 2, combining=GROUP, priority=1),
            ),
        ),
        (10_000, 500, 0, 0, 0, 9500),
    ),
    (
        "a coupon goes before an automatic one of its group",
        facts(
            (1, 10_000),
            promotions=(
                promotion(Percentage(2000), 1, combining=GROUP),
                promotion(Percentage(500), 2, combining=GROUP, code="FIVE"),
            ),
        ),
        (10_000, 500, 0, 0, 0, 9500),
    ),
    (
        "a minimum looks at the goods that take part",
        facts(
            (1, 4000),
            (1, 3000, CHAIRS),
            promotions=(promotion(Percentage(1000), categories=(LAMPS,), when={"minimum_spend": 5000}),),
        ),
        (7000, 0, 0, 0, 0, 7000),
    ),
    (
        "a gift costs nothing",
        facts((1, 1000), promotions=(promotion(Gift(9, 1, "Mug", 990, available=3)),)),
        (1000, 0, 0, 0, 0, 1000),
    ),
    ("an empty cart", facts(), (0, 0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("cart", "cost"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES])
def test_is_exact_to_the_cent(cart: Facts, cost: tuple[int, int, int, int, int, int]) -> None:
    price = pricing.price(cart)
    found = price.cost
    assert (found.subtotal, found.discount, found.shipping, found.tax, found.points, found.total) == cost
    assert sum(step.amount for step in price.trace) == found.total
