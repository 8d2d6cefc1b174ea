"""Promotions: what a coupon or an automatic promotion gives, to what, when, with what else, and who pays for it.

These are facts that `pricing` is given. A promotion that makes no sense cannot be made: every class here checks itself
and raises PromotionError.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from domain.errors import InvalidInput
from domain.money import BASIS_POINTS
from domain.rules import Rule

_NOTHING: frozenset[int] = frozenset()


class PromotionError(InvalidInput):
    """A promotion contradicts itself; the message says how."""


class Stage(IntEnum):
    """When a promotion is applied: those of an earlier stage first, each on what the ones before it have left."""

    ITEM = 1
    """On some goods: limited to products, categories or collections, or buy some and get some."""
    ORDER = 2
    """On everything, or on everything of some merchants."""
    GIFT = 3
    SHIPPING = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lines take part: those that are in each of the sets that are not empty; `label` names them to shoppers."""

    merchant_ids: frozenset[int] = _NOTHING
    category_ids: frozenset[int] = _NOTHING
    """With their descendants: a line names the categories above its own."""
    collection_ids: frozenset[int] = _NOTHING
    product_ids: frozenset[int] = _NOTHING
    label: str = ""

    @property
    def limits_goods(self) -> bool:
        """Say whether it picks goods, not only merchants."""
        return bool(self.category_ids or self.collection_ids or self.product_ids)


@dataclass(frozen=True, slots=True)
class Percentage:
    """So much of the sum of the lines that take part, half up; at most `maximum` minor units."""

    basis_points: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        _share(self.basis_points)
        _positive(self.maximum, "a percentage's maximum")


@dataclass(frozen=True, slots=True)
class FixedSum:
    """So many minor units off the lines that take part, once; never more than they come to."""

    amount: int

    def __post_init__(self) -> None:
        _positive(self.amount, "a fixed sum")


@dataclass(frozen=True, slots=True)
class SpendSteps:
    """Spend X, save Y: (spend, save) in minor units, rising; the highest step that is reached counts."""

    steps: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise PromotionError("spend-and-save needs at least one step")
        spent = saved = 0
        for spend, save in self.steps:
            if spend <= spent or save <= saved:
                raise PromotionError("the steps of spend-and-save must rise, in what is spent and in what is saved")
            if save > spend:
                raise PromotionError(f"a step cannot save {save} of {spend}")
            spent, saved = spend, save


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """The delivery of every merchant with lines that take part; at most `maximum` minor units in all."""

    maximum: int | None = None

    def __post_init__(self) -> None:
        _positive(self.maximum, "free shipping's maximum")


@dataclass(frozen=True, slots=True)
class BuyGet:
    """For every `buy` pieces bought, `get` pieces cost `basis_points` less; the cheapest by list price come first.

    Without `gets` both are taken from the lines that take part: of 3 for 2, every third piece. With `gets` the reduced
    pieces come from its lines, and pieces that are in both count as reduced, not as bought. At most `times` times.
    """

    buy: int
    get: int
    basis_points: int = BASIS_POINTS
    gets: Scope | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        _positive(self.buy, "how many to buy")
        _positive(self.get, "how many to get")
        _positive(self.times, "how many times")
        _share(self.basis_points)


@dataclass(frozen=True, slots=True)
class Gift:
    """A variant that is added for nothing: no line of the cart, but one of the price's gifts.

    `unit_price` is its list price in minor units, paid by those who fund the promotion; `available` is the stock.
    """

    variant_id: int
    merchant_id: int
    name: str
    unit_price: int
    available: int
    quantity: int = 1

    def __post_init__(self) -> None:
        _positive(self.quantity, "how many are given")
        if self.unit_price < 0:
            raise PromotionError("a gift's price cannot be negative")


Benefit = Percentage | FixedSum | SpendSteps | FreeShipping | BuyGet | Gift


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold of the cart, the customer and the time; what is left out always holds.

    Minimums look at the lines that take part, at list price. `starts_at` is included, `ends_at` is not. `remaining` and
    `remaining_for_customer` count how often it may still be used, in all and by this customer. `rule` is in the shared
    rule language over `promotion_conditions.RULE_VOCABULARY`.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    currencies: frozenset[str] = frozenset()
    minimum_spend: int = 0
    minimum_quantity: int = 0
    level_rank: int | None = None
    """The lowest level that may use it, by rank; `level_name` names it."""
    level_name: str = ""
    segments: frozenset[str] = frozenset()
    first_order: bool = False
    signed_in: bool = False
    """Whether it is for customers whose uses can be counted."""
    rule: Rule | None = None
    remaining: int | None = None
    remaining_for_customer: int | None = None

    def __post_init__(self) -> None:
        if self.minimum_spend < 0 or self.minimum_quantity < 0:
            raise PromotionError("a minimum cannot be negative")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise PromotionError("a promotion must end after it starts")


@dataclass(frozen=True, slots=True)
class Combining:
    """With which other promotions it may be used; both sides must allow it. The level's benefits and points always may.

    An exclusive one is used alone. Of a group at most one is used, unless they name their own group in `combines_with`.
    `combines_with`, when given, names the only groups that it may be used with.
    """

    exclusive: bool = False
    group: str | None = None
    combines_with: frozenset[str] | None = None

    def allows(self, other: "Combining") -> bool:
        """Say whether this side allows the other."""
        if self.exclusive:
            return False
        if self.combines_with is None:
            return self.group is None or self.group != other.group
        return other.group in self.combines_with


@dataclass(frozen=True, slots=True)
class Promotion:
    """A coupon (with a code) or an automatic promotion (without); sums are minor units of the cart's currency.

    `priority`: the higher goes first, both among those of a stage and where two cannot be combined. `platform_share` is
    the part that the platform pays, in basis points; the merchant whose goods or delivery become cheaper pays the rest.
    """

    id: int
    label: str
    benefit: Benefit
    code: str | None = None
    scope: Scope = Scope()
    conditions: Conditions = Conditions()
    combining: Combining = Combining()
    priority: int = 0
    platform_share: int = BASIS_POINTS

    def __post_init__(self) -> None:
        if not 0 <= self.platform_share <= BASIS_POINTS:
            raise PromotionError(f"the platform's share is 0 to {BASIS_POINTS} basis points")
        if self._holds_sums and len(self.conditions.currencies) != 1:
            raise PromotionError("a promotion with a sum of money is for exactly one currency")

    @property
    def stage(self) -> Stage:
        """Say when it is applied; this follows from what it gives and to what."""
        match self.benefit:
            case FreeShipping():
                return Stage.SHIPPING
            case Gift():
                return Stage.GIFT
            case BuyGet():
                return Stage.ITEM
            case _:
                return Stage.ITEM if self.scope.limits_goods else Stage.ORDER

    @property
    def _holds_sums(self) -> bool:
        match self.benefit:
            case Percentage(maximum=maximum) | FreeShipping(maximum=maximum):
                return maximum is not None or self.conditions.minimum_spend > 0
            case FixedSum() | SpendSteps() | Gift():
                return True
            case _:
                return self.conditions.minimum_spend > 0


def combinable(one: Promotion, other: Promotion) -> bool:
    """Say whether two promotions may be used together."""
    return one.combining.allows(other.combining) and other.combining.allows(one.combining)


def _share(basis_points: int) -> None:
    if not 0 < basis_points <= BASIS_POINTS:
        raise PromotionError(f"a percentage is 1 to {BASIS_POINTS} basis points, found {basis_points}")


def _positive(number: int | None, name: str) -> None:
    if number is not None and number <= 0:
        raise PromotionError(f"{name} must be more than 0, found {number}")
