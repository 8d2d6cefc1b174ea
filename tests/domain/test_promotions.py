"""A promotion ..."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.promotions import (
    BuyGet,
    Combining,
    Conditions,
    FixedSum,
    FreeShipping,
    Gift,
    Percentage,
    Promotion,
    PromotionError,
    Scope,
    SpendSteps,
    Stage,
    combinable,
)
from tests.factories.pricing import NOW, promotion

SHARE = "a percentage is 1 to 10000 basis points, found "


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Percentage(0), SHARE + "0"),
        (lambda: Percentage(10_001), SHARE + "10001"),
        (lambda: Percentage(1000, 0), "a percentage's maximum must be more than 0, found 0"),
        (lambda: FixedSum(0), "a fixed sum must be more than 0, found 0"),
        (lambda: FreeShipping(-1), "free shipping's maximum must be more than 0, found -1"),
        (lambda: SpendSteps(()), "spend-and-save needs at least one step"),
        (
            lambda: SpendSteps(((100, 10), (100, 20))),
            "the steps of spend-and-save must rise, in what is spent and in what is saved",
        ),
        (
            lambda: SpendSteps(((100, 10), (200, 10))),
            "the steps of spend-and-save must rise, in what is spent and in what is saved",
        ),
        (lambda: SpendSteps(((100, 101),)), "a step cannot save 101 of 100"),
        (lambda: BuyGet(0, 1), "how many to buy must be more than 0, found 0"),
        (lambda: BuyGet(1, 0), "how many to get must be more than 0, found 0"),
        (lambda: BuyGet(1, 1, 0), SHARE + "0"),
        (lambda: BuyGet(1, 1, times=0), "how many times must be more than 0, found 0"),
        (lambda: Gift(1, 1, "Mug", 1, 1, 0), "how many are given must be more than 0, found 0"),
        (lambda: Gift(1, 1, "Mug", -1, 1), "a gift's price cannot be negative"),
        (lambda: Conditions(minimum_spend=-1), "a minimum cannot be negative"),
        (lambda: Conditions(minimum_quantity=-1), "a minimum cannot be negative"),
        (lambda: Conditions(starts_at=NOW, ends_at=NOW), "a promotion must end after it starts"),
        (
            lambda: promotion(Percentage(1), platform_share=10_001),
            "the platform's share is 0 to 10000 basis points",
        ),
        (lambda: promotion(Percentage(1), platform_share=-1), "the platform's share is 0 to 10000 basis points"),
        *[
            (make, "a promotion with a sum of money is for exactly one currency")
            for make in (
                lambda: Promotion(1, "", FixedSum(1)),
                lambda: Promotion(1, "", Percentage(1, 1)),
                lambda: Promotion(1, "", Percentage(1), conditions=Conditions(minimum_spend=1)),
                lambda: Promotion(1, "", BuyGet(1, 1), conditions=Conditions(minimum_spend=1)),
                lambda: Promotion(1, "", FreeShipping(1), conditions=Conditions(currencies=frozenset({"EUR", "USD"}))),
            )
        ],
    ],
)
def test_that_contradicts_itself_is_not_made(make: Callable[[], object], said: str) -> None:
    with pytest.raises(PromotionError) as caught:
        make()
    assert caught.value.message == said


def test_without_sums_is_for_any_currency() -> None:
    assert Promotion(1, "", Percentage(1)).conditions.currencies == frozenset()
    assert Promotion(1, "", FreeShipping()).conditions.currencies == frozenset()
    assert Conditions(starts_at=NOW, ends_at=NOW + timedelta(seconds=1)).ends_at


@pytest.mark.parametrize(
    ("offer", "stage"),
    [
        (Promotion(1, "", Percentage(1)), Stage.ORDER),
        (Promotion(1, "", Percentage(1), scope=Scope(merchant_ids=frozenset({1}))), Stage.ORDER),
        (Promotion(1, "", Percentage(1), scope=Scope(category_ids=frozenset({1}))), Stage.ITEM),
        (Promotion(1, "", Percentage(1), scope=Scope(collection_ids=frozenset({1}))), Stage.ITEM),
        (promotion(FixedSum(1)), Stage.ORDER),
        (promotion(SpendSteps(((1, 1),)), categories=(1,)), Stage.ITEM),
        (Promotion(1, "", BuyGet(1, 1)), Stage.ITEM),
        (promotion(Gift(1, 1, "", 1, 1)), Stage.GIFT),
        (Promotion(1, "", FreeShipping(), scope=Scope(product_ids=frozenset({1}))), Stage.SHIPPING),
    ],
)
def test_has_the_stage_of_what_it_gives_to_what(offer: Promotion, stage: Stage) -> None:
    assert offer.stage is stage


FREE, ALONE = Combining(), Combining(exclusive=True)
A, B = Combining(group="a"), Combining(group="b")
ONLY_A, AMONG_B = Combining(combines_with=frozenset({"a"})), Combining(group="b", combines_with=frozenset({"b"}))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (FREE, FREE, True),
        (FREE, ALONE, False),
        (ALONE, ALONE, False),
        (A, FREE, True),
        (A, B, True),
        (A, A, False),
        (ONLY_A, A, True),
        (ONLY_A, B, False),
        (ONLY_A, FREE, False),
        (ONLY_A, ONLY_A, False),
        (AMONG_B, AMONG_B, True),
        (AMONG_B, B, False),
        (AMONG_B, A, False),
    ],
)
def test_combines_with_another_or_not(one: Combining, other: Combining, *, together: bool) -> None:
    first, second = promotion(Percentage(1), 1, combining=one), promotion(Percentage(1), 2, combining=other)
    assert combinable(first, second) is combinable(second, first) is together
