"""What is asked of a promotion ..."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain import promotion_requests, promotion_terms
from domain.errors import InvalidInput
from domain.promotions import (
    Benefit,
    BuyGet,
    Combining,
    Conditions,
    FixedSum,
    FreeShipping,
    Gift,
    Percentage,
    Promotion,
    Scope,
    SpendSteps,
)
from domain.rules import Condition, Operator

STARTS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
GIFT = {"gift_name": "Mug", "gift_merchant_id": 7, "gift_price": 990, "gift_available": 3}


def read(given: dict[str, Any], *, merchant_id: int | None = None, **row: Any) -> Promotion:
    """Write down what is asked for, and read it as a price does."""
    asked = {"title": "Ten off", "method": "AUTOMATIC", "currencies": ["USD"], **given}
    terms = promotion_requests.terms(asked, merchant_id=merchant_id)
    joined = {"id": 1, "level_rank": None, **GIFT, **row}
    return promotion_terms.promotion_of({**terms, **joined}, remaining=None, remaining_for_customer=None)


@pytest.mark.parametrize(
    ("given", "benefit"),
    [
        ({"percentage": {"percent": "12.5"}}, Percentage(1_250)),
        ({"percentage": {"percent": "100", "maximum": "5.00"}}, Percentage(10_000, 500)),
        ({"fixed_sum": {"amount": "10"}}, FixedSum(1_000)),
        (
            {"spend_steps": [{"spend": "50", "save": "5"}, {"spend": "100", "save": "15"}]},
            SpendSteps(((5_000, 500), (10_000, 1_500))),
        ),
        ({"free_shipping": {}}, FreeShipping()),
        ({"free_shipping": {"maximum": "4.90"}}, FreeShipping(490)),
        ({"buy_get": {"buy": 2, "get": 1}}, BuyGet(2, 1)),
        (
            {
                "buy_get": {
                    "buy": 1,
                    "get": 1,
                    "percent": "50",
                    "times": 3,
                    "gets": {"product_ids": [9], "label": "mugs"},
                }
            },
            BuyGet(1, 1, 5_000, Scope(product_ids=frozenset({9}), label="mugs"), 3),
        ),
        ({"gift": {"variant_id": 5, "quantity": 2}}, Gift(5, 7, "Mug", 990, 3, 2)),
    ],
)
def test_is_what_the_price_applies(given: dict[str, Any], benefit: Benefit) -> None:
    assert read({"benefit": given}).benefit == benefit


def test_is_kept_with_all_that_limits_it() -> None:
    found = read(
        {
            "benefit": {"percentage": {"percent": "5"}},
            "method": "CODE",
            "scope": {"merchant_ids": [3, 2], "category_ids": [4], "collection_ids": [5], "label": " lamps "},
            "conditions": {
                "minimum_spend": "50.00",
                "minimum_quantity": 2,
                "segments": ["vip"],
                "first_order": True,
                "rule": '{"field": "merchants", "is": "at_least", "value": 2}',
            },
            "starts_at": STARTS,
            "ends_at": ENDS,
            "exclusive": True,
            "group": "spring",
            "combines_with": ["club"],
            "priority": 5,
            "platform_share_percent": "40",
            "customer_limit": 3,
        },
        level_rank=50_000,
        level_name="Silver",
    )
    assert found == Promotion(
        id=1,
        label="Ten off",
        benefit=Percentage(500),
        scope=Scope(frozenset({2, 3}), frozenset({4}), frozenset({5}), label="lamps"),
        conditions=Conditions(
            starts_at=STARTS,
            ends_at=ENDS,
            currencies=frozenset({"USD"}),
            minimum_spend=5_000,
            minimum_quantity=2,
            level_rank=50_000,
            level_name="Silver",
            segments=frozenset({"vip"}),
            first_order=True,
            signed_in=True,
            rule=Condition("merchants", Operator.AT_LEAST, 2),
        ),
        combining=Combining(exclusive=True, group="spring", combines_with=frozenset({"club"})),
        priority=5,
        platform_share=4_000,
    )


def test_is_for_a_merchants_own_goods_and_at_its_own_expense() -> None:
    buy_get = {"buy": 1, "get": 1, "gets": {"product_ids": [9]}}
    found = read({"benefit": {"buy_get": buy_get}}, merchant_id=7)
    assert (found.scope.merchant_ids, found.platform_share) == (frozenset({7}), 0)
    assert isinstance(found.benefit, BuyGet)
    assert found.benefit.gets == Scope(merchant_ids=frozenset({7}), product_ids=frozenset({9}))
    for given in (
        {"benefit": {"free_shipping": {}}, "scope": {"merchant_ids": [8]}},
        {"benefit": {"buy_get": {"buy": 1, "get": 1, "gets": {"merchant_ids": [7, 8]}}}},
    ):
        with pytest.raises(InvalidInput, match="own goods alone"):
            read(given, merchant_id=7)


def test_is_once_for_each_customer_when_it_is_claimed() -> None:
    given = {"title": "Mine", "method": "CLAIM", "benefit": {"percentage": {"percent": "5"}}}
    assert promotion_requests.terms(given, merchant_id=None)["customer_limit"] == 1
    assert promotion_requests.terms({**given, "customer_limit": 4}, merchant_id=None)["customer_limit"] == 4


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"benefit": {"percentage": {"percent": "0.005"}}}, "benefit.percentage.percent"),
        ({"benefit": {"percentage": {"percent": "-1"}}}, "benefit.percentage.percent"),
        ({"benefit": {"fixed_sum": {"amount": "1"}}, "currencies": []}, "currencies"),
        ({"benefit": {"free_shipping": {}}, "conditions": {"minimum_spend": "1.005"}}, "conditions.minimum_spend"),
        ({"benefit": {"free_shipping": {}}, "title": "a\nb\x00"}, "title"),
        ({"benefit": {"free_shipping": {}}, "title": "x" * 101}, "title"),
        ({"benefit": {"free_shipping": {}}, "scope": {"product_ids": list(range(501))}}, "product_ids"),
        ({"benefit": {"free_shipping": {}}, "claim_from": STARTS}, "method"),
        (
            {"benefit": {"free_shipping": {}}, "method": "CLAIM", "claim_from": ENDS, "claim_until": STARTS},
            "claim_until",
        ),
    ],
)
def test_is_refused_with_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(given)
    assert caught.value.extensions["field"] == field
