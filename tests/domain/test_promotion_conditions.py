"""A promotion that does not fit ..."""

from datetime import timedelta
from typing import Any

import pytest

from domain import pricing, rules
from domain.pricing_facts import Customer, Level
from domain.promotion_conditions import RULE_VOCABULARY, Obstacle, ObstacleCode
from domain.promotions import Benefit, BuyGet, Combining, FixedSum, FreeShipping, Gift, Percentage, Scope, SpendSteps
from tests.factories.pricing import CHAIRS, LAMPS, NOW, facts, promotion

TEN = Percentage(1000)
SILVER = Customer(signed_in=True, level=Level("Silver", 2), segments=frozenset({"loyal"}))
GUEST = Customer()
STEPS = SpendSteps(((9000, 500), (20_000, 2000)))
CHAIR = Scope(category_ids=frozenset({CHAIRS}), label="chairs")


def rule(document: Any) -> rules.Rule:
    return rules.parse(document, RULE_VOCABULARY)


LARGE = rule(
    {
        "all": [
            {"field": "subtotal", "is": "at_least", "value": 8000},
            {"field": "merchants", "is": "equals", "value": 1},
        ]
    }
)


@pytest.mark.parametrize(
    ("benefit", "limits", "customer", "obstacle"),
    [
        (
            TEN,
            {"when": {"starts_at": NOW + timedelta(seconds=1)}},
            SILVER,
            Obstacle(ObstacleCode.NOT_YET_VALID, "valid from 2026-03-01 12:00 UTC", at=NOW + timedelta(seconds=1)),
        ),
        (
            TEN,
            {"when": {"ends_at": NOW}},
            SILVER,
            Obstacle(ObstacleCode.EXPIRED, "expired on 2026-03-01 12:00 UTC", at=NOW),
        ),
        (TEN, {"when": {"remaining": 0}}, SILVER, Obstacle(ObstacleCode.USED_UP, "all of them have been used")),
        (
            TEN,
            {"when": {"remaining_for_customer": 0}},
            SILVER,
            Obstacle(ObstacleCode.CUSTOMER_LIMIT, "you have used it as often as you may"),
        ),
        (TEN, {"currency": "USD"}, SILVER, Obstacle(ObstacleCode.WRONG_CURRENCY, "only for carts in USD")),
        (TEN, {"when": {"level_rank": 3}}, GUEST, Obstacle(ObstacleCode.SIGN_IN, "sign in to use it")),
        (TEN, {"when": {"segments": frozenset({"loyal"})}}, GUEST, Obstacle(ObstacleCode.SIGN_IN, "sign in to use it")),
        (TEN, {"when": {"first_order": True}}, GUEST, Obstacle(ObstacleCode.SIGN_IN, "sign in to use it")),
        (
            TEN,
            {"when": {"level_rank": 3, "level_name": "Gold"}},
            SILVER,
            Obstacle(ObstacleCode.LEVEL_TOO_LOW, "for members from level Gold on"),
        ),
        (
            TEN,
            {"when": {"segments": frozenset({"new"})}},
            SILVER,
            Obstacle(ObstacleCode.WRONG_SEGMENT, "for invited customers only"),
        ),
        (
            TEN,
            {"when": {"first_order": True}},
            SILVER,
            Obstacle(ObstacleCode.NOT_FIRST_ORDER, "for a first order only"),
        ),
        (
            TEN,
            {"when": {"rule": LARGE}},
            SILVER,
            Obstacle(ObstacleCode.RULE, "its conditions do not hold (merchants, subtotal)"),
        ),
        (
            TEN,
            {"merchants": (2,), "label": "Northwind"},
            SILVER,
            Obstacle(ObstacleCode.WRONG_MERCHANT, "only for Northwind"),
        ),
        (TEN, {"merchants": (2,)}, SILVER, Obstacle(ObstacleCode.WRONG_MERCHANT, "only for other merchants")),
        (TEN, {"categories": (9,), "label": "rugs"}, SILVER, Obstacle(ObstacleCode.WRONG_GOODS, "only for rugs")),
        (
            TEN,
            {"categories": (9,), "merchants": (1,)},
            SILVER,
            Obstacle(ObstacleCode.WRONG_GOODS, "only for other products"),
        ),
        (
            TEN,
            {"when": {"minimum_spend": 8200}},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_SPEND, "12.00 more", amount=1200),
        ),
        (
            TEN,
            {"categories": (LAMPS,), "label": "lamps", "when": {"minimum_spend": 5000}},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_SPEND, "10.00 more of lamps", amount=1000),
        ),
        (STEPS, {}, SILVER, Obstacle(ObstacleCode.MINIMUM_SPEND, "20.00 more", amount=2000)),
        (
            TEN,
            {"when": {"minimum_quantity": 4}},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_QUANTITY, "1 piece more", quantity=1),
        ),
        (
            BuyGet(4, 1),
            {},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_QUANTITY, "2 pieces more", quantity=2),
        ),
        (
            BuyGet(3, 1, gets=CHAIR),
            {"categories": (LAMPS,), "label": "lamps"},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_QUANTITY, "1 piece more of lamps", quantity=1),
        ),
        (
            BuyGet(2, 2, gets=Scope(category_ids=frozenset({9}), label="rugs")),
            {},
            SILVER,
            Obstacle(ObstacleCode.MINIMUM_QUANTITY, "2 pieces more of rugs", quantity=2),
        ),
        (
            Gift(9, 1, "Mug", 1, available=1, quantity=2),
            {},
            SILVER,
            Obstacle(ObstacleCode.GIFT_UNAVAILABLE, "the gift is out of stock"),
        ),
        (
            Gift(9, 2, "Mug", 1, available=1),
            {},
            SILVER,
            Obstacle(ObstacleCode.WRONG_MERCHANT, "only with goods of the merchant who gives it"),
        ),
        (FreeShipping(), {}, SILVER, Obstacle(ObstacleCode.NO_DELIVERY, "choose a delivery first")),
        (Percentage(2), {"categories": (LAMPS,)}, SILVER, None),
        (TEN, {"when": {"starts_at": NOW, "ends_at": NOW + timedelta(seconds=1)}}, SILVER, None),
        (TEN, {"when": {"level_rank": 2, "segments": frozenset({"loyal", "new"})}}, SILVER, None),
        (TEN, {"when": {"minimum_spend": 7000, "minimum_quantity": 3, "remaining": 1}}, GUEST, None),
        (TEN, {"when": {"rule": rule({"field": "level", "is": "equals", "value": "Silver"})}}, SILVER, None),
    ],
)
def test_says_what_is_missing(
    benefit: Benefit, limits: dict[str, Any], customer: Customer, obstacle: Obstacle | None
) -> None:
    offer = promotion(benefit, **limits)
    cart = facts((2, 2000), (1, 3000, CHAIRS), customer=customer)
    price = pricing.price(facts((2, 2000), (1, 3000, CHAIRS), customer=customer, promotions=(offer,)))
    assert price.refused == ({1: (obstacle,)} if obstacle else {})
    if obstacle:
        assert price.cost == pricing.price(cart).cost
    else:
        assert [one.promotion_id for one in price.applied] == [1]


def test_says_everything_that_is_missing() -> None:
    offer = promotion(TEN, when={"remaining": 0, "minimum_spend": 9000, "minimum_quantity": 5})
    price = pricing.price(facts((1, 8000), promotions=(offer,)))
    assert [obstacle.message for obstacle in price.refused[1]] == [
        "all of them have been used",
        "10.00 more",
        "4 pieces more",
    ]


def test_names_the_one_that_it_cannot_be_combined_with() -> None:
    alone = promotion(TEN, 1, combining=Combining(exclusive=True), code="ALONE")
    other = promotion(FixedSum(100), 2, priority=-1)
    price = pricing.price(facts((1, 1000), promotions=(other, alone)))
    said = Obstacle(ObstacleCode.NOT_COMBINABLE, "cannot be combined with Promotion 1 (ALONE)", promotion_id=1)
    assert price.refused == {2: (said,)}


def test_stands_in_nobodys_way_when_the_others_leave_it_nothing() -> None:
    season = Combining(group="season")
    everything = promotion(FixedSum(1000), 1, categories=(LAMPS,))
    idle = promotion(TEN, 2, combining=season, code="IDLE")
    idler = promotion(TEN, 3, combining=Combining(group="more"), code="IDLER")
    delivery = promotion(FreeShipping(), 4, combining=season)
    price = pricing.price(facts((1, 1000), ship=(490,), promotions=(everything, idle, idler, delivery)))
    said = Obstacle(ObstacleCode.NOTHING_LEFT, "the others have left nothing to take off")
    assert price.refused == {2: (said,), 3: (said,)}
    assert [one.promotion_id for one in price.applied] == [1, 4]
    assert price.cost.total == 0


def test_is_tried_again_when_one_that_went_before_it_was_idle() -> None:
    first = Combining(group="first")
    everything = promotion(FixedSum(1000), 1, categories=(LAMPS,))
    idle = promotion(TEN, 2, combining=first, code="IDLE", priority=1)
    delivery = promotion(FreeShipping(300), 3, combining=first, code="SHIP")
    other = promotion(FreeShipping(100), 4)
    price = pricing.price(facts((1, 1000), ship=(490,), promotions=(everything, idle, delivery, other)))
    assert list(price.refused) == [2]
    assert [one.promotion_id for one in price.applied] == [1, 3, 4]
    assert price.cost.total == 90


def test_does_not_stand_in_the_way_of_one_that_does() -> None:
    alone = promotion(TEN, 1, combining=Combining(exclusive=True), priority=9, when={"minimum_spend": 2000})
    useless = promotion(FreeShipping(), 2, combining=Combining(exclusive=True), priority=9)
    other = promotion(FixedSum(100), 3)
    price = pricing.price(facts((1, 1000), ship=(0,), promotions=(alone, useless, other)))
    assert price.cost.total == 900
    assert [obstacle.code for obstacle in price.refused[2]] == [ObstacleCode.NOTHING_LEFT]
