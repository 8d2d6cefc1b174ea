"""What a price is made from: lines, customer, promotions, points, delivery and tax rules, gathered by whoever asks.

All sums are minor units of the cart's one currency, all rates basis points, all instants UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain import money
from domain.errors import InvalidInput
from domain.money import BASIS_POINTS, MAX_AMOUNT
from domain.promotions import Promotion
from domain.tax import TaxRules


class PricingError(InvalidInput):
    """Facts contradict each other, so that no price can be made from them."""


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of a variant; `category_ids` include the categories above its own."""

    key: int
    variant_id: int
    product_id: int
    merchant_id: int
    quantity: int
    unit_price: int
    category_ids: frozenset[int] = frozenset()
    collection_ids: frozenset[int] = frozenset()
    tax_class: str = "standard"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A membership level's benefits; a higher `rank` is a better level.

    `basis_points` off all goods, delivery for nothing when the goods come to `free_shipping_from` at list price (in the
    cart's currency; None for never), points times `points_multiplier` (10,000 is once). The platform pays
    `platform_share` of it, each merchant the rest of its own part.
    """

    name: str
    rank: int
    basis_points: int = 0
    free_shipping_from: int | None = None
    points_multiplier: int = BASIS_POINTS
    platform_share: int = BASIS_POINTS

    def __post_init__(self) -> None:
        if not 0 <= self.basis_points <= BASIS_POINTS or not 0 <= self.platform_share <= BASIS_POINTS:
            raise PricingError(f"a level's percentage and the platform's share are 0 to {BASIS_POINTS} basis points")
        if self.points_multiplier < 0:
            raise PricingError("a level's multiplier of points cannot be negative")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys; a visitor who has not signed in has no level and no segments, and no known orders."""

    signed_in: bool = False
    level: Level | None = None
    segments: frozenset[str] = frozenset()
    first_order: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points for so many minor units, to pay with (`burn`) or to earn (`earn`).

    To pay: `maximum_share` of the goods' price may be paid so, and the platform pays `platform_share` to the merchant.
    """

    points: int
    amount: int
    maximum_share: int = BASIS_POINTS
    platform_share: int = BASIS_POINTS

    def __post_init__(self) -> None:
        if self.points <= 0 or self.amount <= 0:
            raise PricingError("a rate of points needs more than 0 points for more than 0 minor units")
        if not 0 <= self.maximum_share <= BASIS_POINTS or not 0 <= self.platform_share <= BASIS_POINTS:
            raise PricingError(f"shares of a rate of points are 0 to {BASIS_POINTS} basis points")


@dataclass(frozen=True, slots=True)
class Points:
    """How many points the customer has and wants to use, and what they are worth and earned for at whom.

    A merchant in `burns` or `earns` has a rate of its own there, or none with None; the others have `burn` and `earn`.
    """

    available: int = 0
    asked: int = 0
    burn: Rate | None = None
    earn: Rate | None = None
    burns: Mapping[int, Rate | None] = field(default_factory=dict)
    earns: Mapping[int, Rate | None] = field(default_factory=dict)
    maximum_share: int = BASIS_POINTS
    """What part of all goods may be paid with points, whatever the rates allow."""

    def __post_init__(self) -> None:
        if self.available < 0 or self.asked < 0:
            raise PricingError("points cannot be negative")
        if not 0 <= self.maximum_share <= BASIS_POINTS:
            raise PricingError(f"the share that may be paid with points is 0 to {BASIS_POINTS} basis points")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one merchant's goods are sent, and for how much."""

    merchant_id: int
    method: str
    label: str
    price: int
    tax_class: str = "standard"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a price depends on. Raises PricingError when the parts do not fit together.

    `promotions` are the automatic ones and those of the coupons in the cart, in any order. A merchant without a
    delivery has not been given one yet, and its part has no shipping.
    """

    currency: str
    lines: tuple[Line, ...]
    now: datetime
    tax: TaxRules
    customer: Customer = Customer()
    promotions: tuple[Promotion, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    points: Points = Points()

    def __post_init__(self) -> None:
        money.exponent(self.currency)
        _once([line.key for line in self.lines], "line")
        _once([promotion.id for promotion in self.promotions], "promotion")
        _once([delivery.merchant_id for delivery in self.deliveries], "delivery of merchant")
        total = 0
        for line in self.lines:
            if line.quantity < 1 or line.unit_price < 0:
                raise PricingError(f"line {line.key}: the quantity is at least 1 and the price at least 0")
            total += line.quantity * line.unit_price
        merchant_ids = {line.merchant_id for line in self.lines}
        for delivery in self.deliveries:
            if delivery.price < 0:
                raise PricingError(f"the delivery of merchant {delivery.merchant_id} cannot cost less than nothing")
            if delivery.merchant_id not in merchant_ids:
                raise PricingError(f"there is a delivery of merchant {delivery.merchant_id}, but nothing to deliver")
            total += delivery.price
        if total > MAX_AMOUNT // 16:
            raise PricingError(f"the cart comes to more money than can be counted in {self.currency}")


def _once(keys: list[int], what: str) -> None:
    if len(set(keys)) != len(keys):
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise PricingError(f"{what} {twice} is there twice")
