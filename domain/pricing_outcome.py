"""A price: what each line, merchant and the whole order cost, who pays for what was taken off, and why.

All sums are minor units of `Price.currency`. Everything adds up: discounts of lines and deliveries to those of the
merchants, the merchants to the whole, fundings to the discounts, and the amounts of the trace to the total.
"""

from enum import Enum
from typing import NamedTuple

from domain.promotion_conditions import Obstacle


class StepKind(Enum):
    """What a step of the trace is about."""

    BASE = "base"
    LEVEL = "level"
    PROMOTION = "promotion"
    COUPON = "coupon"
    SHIPPING = "shipping"
    TAX = "tax"
    POINTS = "points"
    ROUNDING = "rounding"


class Step(NamedTuple):
    """One step of a price's explanation; the amounts of all steps add up to the total.

    A step that was not applied has the amount 0 and says why; so has one that only informs (a gift, tax that the prices
    contain, where the remainder of a split went), though that one counts as applied.
    """

    kind: StepKind
    label: str
    amount: int
    applied: bool
    reason: str
    promotion_id: int | None = None


class Discount(NamedTuple):
    """What a promotion, or the level (no id), takes off something; `platform` and `merchant` pay it together."""

    kind: StepKind
    promotion_id: int | None
    amount: int
    platform: int
    merchant: int


class LinePrice(NamedTuple):
    """What a line costs: `net` is `base` without the discounts, `total` what is to be paid in money.

    `total` is `net`, with the tax where it comes on top, without the worth of the points (`points_worth`).
    """

    key: int
    merchant_id: int
    quantity: int
    base: int
    discounts: tuple[Discount, ...]
    net: int
    tax: int
    tax_rate: int
    points_used: int
    points_worth: int
    points_earned: int
    total: int


class DeliveryPrice(NamedTuple):
    """What a merchant's delivery costs, as for lines; points do not pay for it."""

    merchant_id: int
    method: str
    label: str
    base: int
    discounts: tuple[Discount, ...]
    net: int
    tax: int
    tax_rate: int
    total: int


class Cost(NamedTuple):
    """A sum: `total` = subtotal - discount + shipping + tax (unless the prices contain it) - points.

    `subtotal` is goods at list price, `discount` what was taken off goods, `shipping` deliveries after
    `shipping_discount`, `tax` that of goods and deliveries, `points` the worth of the points.
    """

    subtotal: int
    discount: int
    shipping: int
    shipping_discount: int
    tax: int
    points: int
    total: int


class MerchantPart(NamedTuple):
    """One merchant's part of the order."""

    merchant_id: int
    cost: Cost
    points_used: int
    points_earned: int


class Funding(NamedTuple):
    """Who pays for a promotion, the level or points at one merchant; `amount` is the sum of both."""

    kind: StepKind
    promotion_id: int | None
    merchant_id: int
    amount: int
    platform: int
    merchant: int


class AppliedPromotion(NamedTuple):
    """A promotion (or, without an id, the level) that took something off, or gave a gift; `eligible` is of what sum."""

    promotion_id: int | None
    code: str | None
    label: str
    eligible: int
    amount: int


class GiftLine(NamedTuple):
    """Pieces that are added at a price of 0; `worth` at list price, which is paid by platform and merchant."""

    promotion_id: int
    variant_id: int
    merchant_id: int
    quantity: int
    worth: int
    platform: int
    merchant: int


class Price(NamedTuple):
    """The price of a cart; `lines` are in the order of the facts, the others by merchant."""

    currency: str
    tax_included: bool
    lines: tuple[LinePrice, ...]
    deliveries: tuple[DeliveryPrice, ...]
    merchants: tuple[MerchantPart, ...]
    cost: Cost
    points_used: int
    points_earned: int
    applied: tuple[AppliedPromotion, ...]
    refused: dict[int, tuple[Obstacle, ...]]
    """Why promotions were not applied, by id."""
    gifts: tuple[GiftLine, ...]
    funding: tuple[Funding, ...]
    trace: tuple[Step, ...]
