"""Does a promotion fit a cart, and if not, what is missing: typed, and in words for shoppers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from domain import money, rules
from domain.pricing_facts import Facts
from domain.promotions import Conditions, Promotion
from domain.rules import Kind

RULE_VOCABULARY = {
    "level": Kind.TEXT,
    "segment": Kind.SET,
    "signed_in": Kind.BOOLEAN,
    "first_order": Kind.BOOLEAN,
    "region": Kind.TEXT,
    "currency": Kind.TEXT,
    "subtotal": Kind.NUMBER,
    "quantity": Kind.NUMBER,
    "merchants": Kind.NUMBER,
}
"""What a promotion's rule may speak of: the level's name, the customer's segments, the tax region, and of the whole
cart the sum at list price (minor units), the number of pieces and of merchants."""


class ObstacleCode(Enum):
    """Why a promotion is not applied."""

    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    USED_UP = "used_up"
    CUSTOMER_LIMIT = "customer_limit"
    WRONG_CURRENCY = "wrong_currency"
    SIGN_IN = "sign_in"
    LEVEL_TOO_LOW = "level_too_low"
    WRONG_SEGMENT = "wrong_segment"
    NOT_FIRST_ORDER = "not_first_order"
    RULE = "rule"
    WRONG_MERCHANT = "wrong_merchant"
    WRONG_GOODS = "wrong_goods"
    MINIMUM_SPEND = "minimum_spend"
    MINIMUM_QUANTITY = "minimum_quantity"
    GIFT_UNAVAILABLE = "gift_unavailable"
    NO_DELIVERY = "no_delivery"
    NOTHING_LEFT = "nothing_left"
    NOT_COMBINABLE = "not_combinable"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason against a promotion: `amount` (minor units) or `quantity` is what is missing, `at` an instant.

    `promotion_id` is the one that it cannot be combined with. `message` is half a sentence for shoppers.
    """

    code: ObstacleCode
    message: str
    amount: int | None = None
    quantity: int | None = None
    at: datetime | None = None
    promotion_id: int | None = None


def of_time_and_customer(promotion: Promotion, facts: Facts, cart: Mapping[str, Any]) -> Iterator[Obstacle]:
    """Name what stands against a promotion whatever lines take part; `cart` are the facts of its rule."""
    conditions = promotion.conditions
    if conditions.starts_at and facts.now < conditions.starts_at:
        yield Obstacle(
            ObstacleCode.NOT_YET_VALID, f"valid from {_instant(conditions.starts_at)}", at=conditions.starts_at
        )
    if conditions.ends_at and facts.now >= conditions.ends_at:
        yield Obstacle(ObstacleCode.EXPIRED, f"expired on {_instant(conditions.ends_at)}", at=conditions.ends_at)
    if conditions.remaining is not None and conditions.remaining <= 0:
        yield Obstacle(ObstacleCode.USED_UP, "all of them have been used")
    signed_in = facts.customer.signed_in
    if signed_in and conditions.remaining_for_customer is not None and conditions.remaining_for_customer <= 0:
        yield Obstacle(ObstacleCode.CUSTOMER_LIMIT, "you have used it as often as you may")
    if conditions.currencies and facts.currency not in conditions.currencies:
        allowed = ", ".join(sorted(conditions.currencies))
        yield Obstacle(ObstacleCode.WRONG_CURRENCY, f"only for carts in {allowed}")
    yield from _of_customer(conditions, facts)
    if conditions.rule is not None and not rules.matches(conditions.rule, cart):
        about = ", ".join(sorted(name.replace("_", " ") for name in rules.fields(conditions.rule)))
        yield Obstacle(ObstacleCode.RULE, f"its conditions do not hold ({about})")


def _of_customer(conditions: Conditions, facts: Facts) -> Iterator[Obstacle]:
    customer = facts.customer
    known = conditions.level_rank is not None or conditions.segments or conditions.first_order or conditions.signed_in
    if not customer.signed_in and known:
        yield Obstacle(ObstacleCode.SIGN_IN, "sign in to use it")
        return
    if conditions.level_rank is not None and (customer.level is None or customer.level.rank < conditions.level_rank):
        level = conditions.level_name or f"rank {conditions.level_rank}"
        yield Obstacle(ObstacleCode.LEVEL_TOO_LOW, f"for members from level {level} on")
    if conditions.segments and not conditions.segments & customer.segments:
        yield Obstacle(ObstacleCode.WRONG_SEGMENT, "for invited customers only")
    if conditions.first_order and not customer.first_order:
        yield Obstacle(ObstacleCode.NOT_FIRST_ORDER, "for a first order only")


def of_lines(
    promotion: Promotion, facts: Facts, *, spend: int, quantity: int, from_merchant: bool
) -> Iterator[Obstacle]:
    """Name what the lines that take part are short of; `spend` and `quantity` are their sums at list price."""
    label = promotion.scope.label
    if not facts.lines:
        yield Obstacle(ObstacleCode.WRONG_GOODS, "there is nothing in the cart")
        return
    if not quantity:
        if promotion.scope.merchant_ids and not from_merchant:
            yield Obstacle(ObstacleCode.WRONG_MERCHANT, f"only for {label or 'other merchants'}")
        else:
            yield Obstacle(ObstacleCode.WRONG_GOODS, f"only for {label or 'other products'}")
        return
    of_what = f" of {label}" if label else ""
    if (short := promotion.conditions.minimum_spend - spend) > 0:
        yield missing_amount(short, facts.currency, of_what)
    if (lacking := promotion.conditions.minimum_quantity - quantity) > 0:
        yield missing_quantity(lacking, of_what)


def missing_amount(amount: int, currency: str, of_what: str = "") -> Obstacle:
    """Say that so many minor units are missing: "12.00 more"."""
    return Obstacle(ObstacleCode.MINIMUM_SPEND, f"{money.format_amount(amount, currency)} more{of_what}", amount=amount)


def missing_quantity(quantity: int, of_what: str = "") -> Obstacle:
    """Say that so many pieces are missing: "2 pieces more"."""
    pieces = "1 piece" if quantity == 1 else f"{quantity} pieces"
    return Obstacle(ObstacleCode.MINIMUM_QUANTITY, f"{pieces} more{of_what}", quantity=quantity)


def not_combinable(other: Promotion) -> Obstacle:
    """Say which promotion goes before."""
    return Obstacle(ObstacleCode.NOT_COMBINABLE, f"cannot be combined with {titled(other)}", promotion_id=other.id)


def titled(promotion: Promotion) -> str:
    """Name a promotion to shoppers, a coupon with its code."""
    if promotion.code is None or promotion.code == promotion.label:
        return promotion.label
    return f"{promotion.label} ({promotion.code})"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
