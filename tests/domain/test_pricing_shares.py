"""A price, computed by hand, ..."""

from dataclasses import replace

import pytest

from domain import pricing
from domain.pricing_facts import Customer, Facts, Level, Points, Rate
from domain.promotions import FixedSum, FreeShipping, Gift, Percentage, Promotion, Scope
from tests.factories.pricing import (
    LAMPS,
    ON_TOP,
    facts,
    points,
    promotion,
)


def test_shares_a_capped_free_delivery_by_what_deliveries_cost() -> None:
    price = pricing.price(
        facts((1, 1000), (1, 1000, LAMPS, 2), ship=(490, 590), promotions=(promotion(FreeShipping(500)),))
    )
    # 500 * 490 / 1080 = 226.85, 500 * 590 / 1080 = 273.15: 226 and 273, and the last cent to the larger fraction.
    assert [delivery.net for delivery in price.deliveries] == [490 - 227, 590 - 273]
    assert [part.cost.total for part in price.merchants] == [1263, 1317]


def test_says_who_pays_for_a_discount_that_is_shared() -> None:
    shared = promotion(FixedSum(1001), 7, platform_share=3333)
    price = pricing.price(facts((1, 5000), (1, 2500, LAMPS, 2), promotions=(shared,)))
    # 1001 over 5000 and 2500 is 667.33 and 333.67: 667 and 334. The platform pays 33.33 %: 222.3 and 111.3.
    assert [(row.merchant_id, row.amount, row.platform, row.merchant) for row in price.funding] == [
        (1, 667, 222, 445),
        (2, 334, 111, 223),
    ]
    assert [line.net for line in price.lines] == [4333, 2166]


def test_finds_the_goods_of_a_collection() -> None:
    cart = facts(
        (1, 3000),
        (1, 500),
        promotions=(Promotion(1, "", Percentage(1000), scope=Scope(collection_ids=frozenset({7}))),),
    )
    lines = (cart.lines[0], replace(cart.lines[1], collection_ids=frozenset({6, 7})))
    assert [line.net for line in pricing.price(replace(cart, lines=lines)).lines] == [3000, 450]


def test_says_who_pays_for_points_and_gifts() -> None:
    rate = Rate(100, 100, platform_share=2500)
    mug = promotion(Gift(9, 1, "Mug", 333, available=2, quantity=2), 4, platform_share=5000)
    price = pricing.price(facts((1, 2000), points=points(501, rate), promotions=(mug,)))
    assert [row[2:] for row in price.funding] == [(1, 501, 125, 376)]  # 125.25
    assert price.gifts == ((4, 9, 1, 2, 666, 333, 333),)


@pytest.mark.parametrize(
    ("cart", "earned"),
    [
        (facts((1, 1999), points=Points(earn=Rate(1, 100)), customer=Customer(signed_in=True)), [19]),
        (facts((1, 1999), points=Points(earn=Rate(1, 100))), [0]),
        (facts((1, 1999), customer=Customer(signed_in=True)), [0]),
        (
            facts(
                (1, 1999),
                points=Points(earn=Rate(1, 100)),
                customer=Customer(signed_in=True, level=Level("Gold", 3, 1000, points_multiplier=15_000)),
            ),
            [26],  # 17.99 x 1.5 = 26.985
        ),
        (
            facts(
                (1, 1000),
                (1, 1000, LAMPS, 2),
                points=Points(500, 500, burn=Rate(1, 1), earn=Rate(1, 10), earns={2: Rate(3, 10)}),
                customer=Customer(signed_in=True),
            ),
            [75, 225],  # 2.50 of each is paid with points
        ),
        (
            facts(
                (1, 1000),
                (1, 1000, LAMPS, 2),
                points=Points(earn=Rate(1, 100), earns={2: None}),
                customer=Customer(signed_in=True),
            ),
            [10, 0],
        ),
    ],
)
def test_says_how_many_points_will_be_earned(cart: Facts, earned: list[int]) -> None:
    price = pricing.price(cart)
    assert [part.points_earned for part in price.merchants] == earned
    assert price.points_earned == sum(earned)


def test_splits_an_item_over_its_lines_so_that_pieces_can_be_given_back() -> None:
    whole = facts((3, 333), tax=ON_TOP, promotions=(promotion(FixedSum(100)),))
    line = whole.lines[0]
    price = pricing.price(replace(whole, lines=(line, replace(line, key=5, quantity=1))))
    # 4 x 333 - 100 = 1232; 8.25 % on it is 101.64, 102. 75 and 25 off, 76.5 and 25.5: the first gets the cent.
    assert [(line.key, line.base, line.net, line.tax, line.total) for line in price.lines] == [
        (0, 999, 924, 77, 1001),
        (5, 333, 308, 25, 333),
    ]
