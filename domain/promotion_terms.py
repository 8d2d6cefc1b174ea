"""A promotion's terms as a row keeps them: written down from what somebody asks for, read as a `Promotion`.

The names of the fields are those of the table `promotions`; sums are minor units of the promotion's one currency.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from domain import rules
from domain.coupons import Method
from domain.errors import InvalidInput
from domain.promotion_conditions import RULE_VOCABULARY
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

BENEFITS: Final[Mapping[str, type[Benefit]]] = {
    "PERCENTAGE": Percentage,
    "FIXED_SUM": FixedSum,
    "SPEND_STEPS": SpendSteps,
    "FREE_SHIPPING": FreeShipping,
    "BUY_GET": BuyGet,
    "GIFT": Gift,
}
"""The kinds of benefits, as the column `benefit` has them."""
TITLE_LENGTH_MAX: Final = 100
STEPS_MAX: Final = 20
LIST_MAX: Final = 500
"""How many merchants, categories, ... a scope may name of each."""


def promotion_of(
    row: Mapping[str, Any],
    *,
    remaining: int | None,
    remaining_for_customer: int | None,
    code: str | None = None,
    valid_until: datetime | None = None,
) -> Promotion:
    """Read a kept promotion.

    Beside the table's columns the row has `level_name` and `level_rank`, and of a gift `gift_name`,
    `gift_merchant_id`, `gift_price` and `gift_available`. `code` is the coupon's, `valid_until` is when that expires.
    Raises PromotionError for terms that contradict themselves, which the table's constraints keep out.
    """
    ends = [each for each in (row["ends_at"], valid_until) if each is not None]
    conditions = Conditions(
        starts_at=row["starts_at"],
        ends_at=min(ends, default=None),
        currencies=frozenset(row["currencies"]),
        minimum_spend=row["minimum_spend"],
        minimum_quantity=row["minimum_quantity"],
        level_rank=row["level_rank"],
        level_name=row["level_name"] or "",
        segments=frozenset(row["segments"]),
        first_order=row["first_order"],
        signed_in=row["customer_limit"] is not None or row["method"] == Method.CLAIM,
        rule=None if row["rule"] is None else rules.parse(row["rule"], RULE_VOCABULARY),
        remaining=remaining,
        remaining_for_customer=remaining_for_customer,
    )
    return Promotion(
        id=row["id"],
        label=row["title"],
        benefit=benefit_of(row),
        code=code,
        scope=scope_of(row),
        conditions=conditions,
        combining=Combining(
            exclusive=row["exclusive"],
            group=row["group_name"],
            combines_with=None if row["combines_with"] is None else frozenset(row["combines_with"]),
        ),
        priority=row["priority"],
        platform_share=row["platform_share_bp"],
    )


def benefit_of(row: Mapping[str, Any]) -> Benefit:
    """Read what a kept promotion gives."""
    match row["benefit"]:
        case "PERCENTAGE":
            return Percentage(row["percent_bp"], row["maximum"])
        case "FIXED_SUM":
            return FixedSum(row["amount"])
        case "SPEND_STEPS":
            return SpendSteps(tuple(zip(row["step_spends"], row["step_saves"], strict=True)))
        case "FREE_SHIPPING":
            return FreeShipping(row["maximum"])
        case "BUY_GET":
            gets = None if row["gets"] is None else scope_of({**row["gets"], "scope_label": row["gets"]["label"]})
            return BuyGet(row["buy_quantity"], row["get_quantity"], row["percent_bp"], gets, row["times"])
    return Gift(
        variant_id=row["gift_variant_id"],
        merchant_id=row["gift_merchant_id"],
        name=row["gift_name"],
        # A gift without a price in the promotion's currency cannot be accounted for, and so is not to be had.
        unit_price=row["gift_price"] or 0,
        available=row["gift_available"] if row["gift_price"] is not None else 0,
        quantity=row["gift_quantity"],
    )


def scope_of(row: Mapping[str, Any]) -> Scope:
    """Read which lines take part."""
    return Scope(
        merchant_ids=frozenset(row["merchant_ids"]),
        category_ids=frozenset(row["category_ids"]),
        collection_ids=frozenset(row["collection_ids"]),
        product_ids=frozenset(row["product_ids"]),
        label=row["scope_label"],
    )


def check(terms: Mapping[str, Any], *, merchant_id: int | None) -> None:
    """Refuse terms that cannot be kept; `merchant_id` is whose they are, None for the platform's.

    Raises InvalidInput, which names the field.
    """
    _check_text(terms["title"], "title", TITLE_LENGTH_MAX)
    for name in ("merchant_ids", "category_ids", "collection_ids", "product_ids", "segments"):
        if len(terms[name]) > LIST_MAX:
            raise InvalidInput(f"{name}: {len(terms[name])} are too many; name at most {LIST_MAX}", field=name)
    if len(terms["step_spends"] or ()) > STEPS_MAX:
        raise InvalidInput(f"benefit: there are at most {STEPS_MAX} steps", field="benefit")
    for name in ("total_limit", "customer_limit", "valid_days", "budget"):
        if terms[name] is not None and terms[name] <= 0:
            raise InvalidInput(f"{name}: it must be more than 0; leave it out for no limit", field=name)
    if terms["claim_from"] and terms["claim_until"] and terms["claim_from"] >= terms["claim_until"]:
        raise InvalidInput("claimUntil: it must be after claimFrom", field="claim_until")
    if terms["method"] != Method.CLAIM and (terms["claim_from"] or terms["claim_until"] or terms["valid_days"]):
        raise InvalidInput("claimFrom, claimUntil, validDays: they are for promotions that are claimed", field="method")
    if terms["budget"] is not None and len(terms["currencies"]) != 1:
        raise InvalidInput("budget: a sum of money is in exactly one currency; name it", field="currencies")
    if merchant_id is not None and terms["merchant_ids"] != [merchant_id]:
        raise InvalidInput("scope: a merchant's promotion is for its own goods", field="scope.merchant_ids")
    stand_in = {"level_rank": None, "level_name": None, "gift_name": "", "gift_merchant_id": 0, "gift_price": 0}
    promotion_of({**terms, **stand_in, "gift_available": 0, "id": 0}, remaining=None, remaining_for_customer=None)


def _check_text(text: str, name: str, longest: int) -> None:
    if not 0 < len(text) <= longest or not text.isprintable():
        raise InvalidInput(f"{name}: it has 1 to {longest} characters", field=name)
