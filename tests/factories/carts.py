"""Random carts, decoded from bytes: smaller bytes make a smaller and plainer cart, so that failures shrink."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from domain.pricing_facts import Customer, Delivery, Facts, Level, Line, Points, Rate
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
from domain.rules import Condition, Not, Operator
from domain.tax import TaxRounding, TaxRules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
T = TypeVar("T")


class Choices:
    """Choices read from bytes; when they are used up, every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, least: int, most: int) -> int:
        span, value = most - least + 1, 0
        for _ in range(1 if span <= 256 else 2 if span <= 65536 else 3):
            value = value << 8 | (self._data[self._at] if self._at < len(self._data) else 0)
            self._at += 1
        return least + value % span

    def often(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent

    def one(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def ids(self, most: int) -> frozenset[int]:
        return frozenset(self.number(1, most) for _ in range(self.number(1, 2)))


def facts(data: bytes, *, promotions: int = 8, coupons: int = 6) -> Facts:
    """Decode a cart of up to 8 lines of 3 merchants, with so many promotions and coupons at most."""
    choose = Choices(data)
    currency = choose.one(["EUR", "JPY", "KWD"])
    lines = tuple(_line(choose, key) for key in range(choose.number(1, 8)))
    return Facts(
        currency=currency,
        lines=lines,
        now=NOW,
        tax=_tax(choose),
        customer=_customer(choose),
        deliveries=tuple(
            Delivery(merchant_id, "standard", f"Delivery {merchant_id}", choose.number(0, 1500), _tax_class(choose))
            for merchant_id in sorted({line.merchant_id for line in lines})
            if choose.often(80)
        ),
        points=_points(choose),
        promotions=tuple(
            promotion(choose, key, currency, coupon=key <= coupons)
            for key in range(1, choose.number(0, promotions) + 1)
        ),
    )


def _tax_class(choose: Choices) -> str:
    return choose.one(["standard", "reduced", "zero"])


def _line(choose: Choices, key: int) -> Line:
    merchant_id = choose.number(1, 3)
    variant_id = merchant_id * 10 + choose.number(0, 3)
    price = choose.one([choose.number(0, 20), choose.number(0, 9999), variant_id * 111])
    return Line(
        key=key,
        variant_id=variant_id,
        product_id=variant_id,
        merchant_id=merchant_id,
        quantity=choose.number(1, 6),
        unit_price=price,
        category_ids=frozenset({1 + variant_id % 3}),
        collection_ids=frozenset({1 + variant_id % 2}),
        tax_class=["standard", "reduced", "zero"][variant_id % 3],
        name=f"Article {variant_id}",
    )


def _tax(choose: Choices) -> TaxRules:
    return TaxRules(
        region="XX",
        standard=choose.one([0, 1900, 825, 2000]),
        rates={"reduced": choose.one([700, 550]), "zero": 0},
        inclusive=not choose.often(50),
        per=choose.one(list(TaxRounding)),
    )


def _customer(choose: Choices) -> Customer:
    if not choose.often(70):
        return Customer()
    level = Level(
        name="Gold",
        rank=choose.number(1, 3),
        basis_points=choose.one([0, 500, 333]),
        free_shipping_from=choose.one([None, 5000]),
        points_multiplier=choose.one([10_000, 15_000]),
        platform_share=choose.one([10_000, 0, 3333]),
    )
    return Customer(
        signed_in=True,
        level=level if choose.often(70) else None,
        segments=frozenset(choose.one([(), ("loyal",), ("loyal", "new")])),
        first_order=choose.often(50),
    )


def _points(choose: Choices) -> Points:
    if not choose.often(50):
        return Points()
    rates = [Rate(100, 100), Rate(3, 2, maximum_share=5000, platform_share=5000), Rate(10, 1, platform_share=0), None]
    return Points(
        available=choose.number(0, 5000),
        asked=choose.number(0, 6000),
        burn=choose.one(rates),
        earn=choose.one([Rate(1, 100), Rate(7, 3), None]),
        burns={choose.number(1, 3): choose.one(rates)} if choose.often(40) else {},
        earns={choose.number(1, 3): Rate(2, 100)} if choose.often(40) else {},
        maximum_share=choose.one([10_000, 5000]),
    )


def promotion(choose: Choices, key: int, currency: str, *, coupon: bool) -> Promotion:
    """Decode one promotion of any kind; some do not fit, some cannot be combined."""
    return Promotion(
        id=key,
        label=f"Promotion {key}",
        benefit=_benefit(choose),
        code=f"CODE{key}" if coupon else None,
        scope=_scope(choose),
        conditions=_conditions(choose, currency),
        combining=_combining(choose),
        priority=choose.one([0, 0, 1, 2]),
        platform_share=choose.one([10_000, 0, 5000, 3333]),
    )


def _benefit(choose: Choices) -> Benefit:
    kind = choose.number(0, 6)
    if kind <= 1:
        return Percentage(choose.one([1000, 500, 1, 10_000, 3333]), choose.one([None, 300]))
    if kind == 2:
        return FixedSum(choose.number(1, 3000))
    if kind == 3:
        return SpendSteps(((1000, 100), (5000, 700), (20_000, 4001)))
    if kind == 4:
        return FreeShipping(choose.one([None, 490]))
    if kind == 5:
        gets = _scope(choose) if choose.often(30) else None
        return BuyGet(choose.number(1, 3), choose.number(1, 2), choose.one([10_000, 5000]), gets, choose.one([None, 1]))
    return Gift(99, choose.number(1, 3), "Mug", choose.number(0, 999), available=choose.one([5, 0]))


def _scope(choose: Choices) -> Scope:
    kind = choose.number(0, 5)
    ids = choose.ids(3)
    none: frozenset[int] = frozenset()
    return Scope(
        merchant_ids=ids if kind in {2, 5} else none,
        category_ids=ids if kind == 3 else none,
        collection_ids=choose.ids(2) if kind in {4, 5} else none,
    )


def _conditions(choose: Choices, currency: str) -> Conditions:
    kind = choose.number(0, 19)
    return Conditions(
        currencies=frozenset({currency}),
        minimum_spend=choose.one([1, 2500]) if kind in {10, 11} else 0,
        minimum_quantity=choose.number(1, 8) if kind in {12, 11} else 0,
        level_rank=2 if kind == 13 else None,
        segments=frozenset({"loyal"}) if kind == 14 else frozenset(),
        first_order=kind == 15,
        rule=Not(Condition("subtotal", Operator.AT_LEAST, 9000)) if kind == 16 else None,
        ends_at=NOW if kind == 17 else None,
        remaining=0 if kind == 18 else None,
        starts_at=NOW + timedelta(days=1) if kind == 19 else None,
    )


def _combining(choose: Choices) -> Combining:
    kind = choose.number(0, 9)
    if kind <= 5:
        return Combining()
    if kind == 6:
        return Combining(exclusive=True)
    if kind == 7:
        return Combining(group="b", combines_with=frozenset({"a", "b"}))
    return Combining(group="a" if kind == 8 else "b")
