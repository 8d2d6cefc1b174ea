"""`python -m tests.bench.pricing`: CPU time of pricing a large cart, and of finding the best of twelve coupons."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain import pricing, promotion_advice
from domain.money import Rounding
from domain.pricing_facts import Customer, Delivery, Facts, Level, Line, Points, Rate
from domain.promotions import (
    BuyGet,
    Combining,
    Conditions,
    FixedSum,
    FreeShipping,
    Percentage,
    Promotion,
    Scope,
    SpendSteps,
)
from domain.tax import TaxRounding, TaxRules

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EUR = Conditions(currencies=frozenset({"EUR"}))
PRICE_BAR_MS = 3.0
ADVICE_BAR_MS = 50.0


def cart(*, lines: int = 50, inclusive: bool = True, per: TaxRounding = TaxRounding.PER_LINE) -> Facts:
    """Make a cart of five merchants with a member's level, points and deliveries, and no promotions yet."""
    return Facts(
        currency="EUR",
        lines=tuple(
            Line(
                key=key,
                variant_id=key,
                product_id=key,
                merchant_id=1 + key % 5,
                quantity=1 + key % 4,
                unit_price=999 + 137 * key,
                category_ids=frozenset({1, 2 + key % 6, 10 + key % 9}),
                collection_ids=frozenset({1 + key % 4}),
                tax_class="reduced" if key % 3 else "standard",
                name=f"Article {key}",
            )
            for key in range(lines)
        ),
        now=NOW,
        tax=TaxRules("DE", standard=1900, rates={"reduced": 700}, inclusive=inclusive, per=per, name="VAT"),
        customer=Customer(signed_in=True, level=Level("Gold", 3, 300, None, 15_000), segments=frozenset({"loyal"})),
        deliveries=tuple(Delivery(one, "standard", f"Delivery {one}", 490) for one in range(1, min(lines, 5) + 1)),
        points=Points(available=5000, earn=Rate(1, 100), burn=Rate(100, 100)),
    )


def ten_promotions() -> tuple[Promotion, ...]:
    """Make ten promotions that all apply."""
    goods = [Scope(category_ids=frozenset({2 + at})) for at in range(4)]
    return (
        Promotion(1, "Spring", Percentage(1000), scope=goods[0], code="SPRING", platform_share=5000),
        Promotion(2, "Lamps", Percentage(500, 1500), scope=goods[1], conditions=EUR, platform_share=0),
        Promotion(3, "Three for two", BuyGet(2, 1), scope=goods[2]),
        Promotion(4, "Chairs", FixedSum(1000), scope=goods[3], conditions=EUR, code="CHAIRS"),
        Promotion(5, "Second half price", BuyGet(1, 1, 5000), scope=Scope(collection_ids=frozenset({2}))),
        Promotion(6, "Spend and save", SpendSteps(((5000, 500), (20_000, 2500))), conditions=EUR),
        Promotion(7, "Merchant", Percentage(333), scope=Scope(merchant_ids=frozenset({1, 2})), platform_share=3333),
        Promotion(8, "Five", FixedSum(500), conditions=EUR, code="FIVE"),
        Promotion(9, "Everything", Percentage(200), code="ALL"),
        Promotion(10, "Delivery", FreeShipping(1000), conditions=EUR, code="SHIP"),
    )


def combinable_coupons() -> tuple[Promotion, ...]:
    """Make twelve coupons that may all be used together: the largest number of legal combinations."""
    return tuple(
        Promotion(
            key,
            f"Coupon {key}",
            Percentage(300 + 50 * key) if key % 3 else FixedSum(400 + 100 * key),
            code=f"C{key}",
            scope=Scope(category_ids=frozenset({1 + key % 7})) if key <= 8 else Scope(),
            conditions=EUR,
        )
        for key in range(1, 13)
    )


def mixed_coupons() -> tuple[Promotion, ...]:
    """Make twelve coupons in groups, one exclusive, with free delivery among them."""
    groups = [Combining(group=name) for name in ("season", "brand", "welcome")]
    coupons = [replace(one, combining=groups[one.id % 3]) for one in combinable_coupons()]
    coupons[3] = replace(coupons[3], benefit=FreeShipping())
    coupons[7] = replace(coupons[7], combining=Combining(exclusive=True), benefit=Percentage(2500))
    return tuple(coupons)


def equal_coupons() -> tuple[Promotion, ...]:
    """Make twelve coupons that are worth the same, so that nothing tells the combinations apart early."""
    return tuple(
        Promotion(key, f"Coupon {key}", Percentage(500), code=f"C{key}", scope=Scope(category_ids=frozenset({1, key})))
        for key in range(1, 13)
    )


def uneven_coupons() -> tuple[Promotion, ...]:
    """Make twelve coupons of every size, half of them on everything: what one of them leaves matters to all others."""
    benefits = [FixedSum(1), Percentage(4100), FixedSum(1900), Percentage(1300), FixedSum(2), Percentage(2700)]
    scopes = [Scope(), Scope(category_ids=frozenset({3, 11})), Scope(), Scope(merchant_ids=frozenset({2}))]
    return tuple(
        Promotion(
            key,
            f"Coupon {key}",
            benefits[key % 6],
            code=f"C{key}",
            scope=scopes[key % 4],
            conditions=EUR,
        )
        for key in range(1, 13)
    )


def tiny_coupons() -> tuple[Promotion, ...]:
    """Make twelve coupons that save less than rounding the tax may."""
    return tuple(
        Promotion(
            key,
            f"Coupon {key}",
            FixedSum(1),
            code=f"C{key}",
            scope=Scope(category_ids=frozenset({2 + key % 6})),
            conditions=EUR,
        )
        for key in range(1, 13)
    )


def best_cpu_ms(run: Callable[[], object], *, rounds: int = 15) -> float:
    """Measure the CPU milliseconds of one call, the best of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        before = time.process_time_ns()
        run()
        best = min(best, (time.process_time_ns() - before) / 1e6)
    return best


def pricing_cases() -> dict[str, Facts]:
    """Name the carts that are priced."""
    ten = ten_promotions()
    on_top = cart(inclusive=False, per=TaxRounding.PER_ORDER)
    return {
        "50 lines, 10 promotions": replace(cart(), promotions=ten),
        "the same, tax on top, 2,000 points": replace(
            on_top, promotions=ten, points=replace(cart().points, asked=2000)
        ),
        "5 lines, 3 promotions": replace(cart(lines=5), promotions=ten[7:]),
    }


def advice_cases() -> dict[str, Facts]:
    """Name the carts whose coupons are combined."""
    soon = replace(EUR, starts_at=NOW + timedelta(days=1))
    late = tuple(replace(one, id=one.id + 50, code=f"L{one.id}", conditions=soon) for one in combinable_coupons())
    return {
        "50 lines, 12 coupons, all combinable": replace(cart(), promotions=combinable_coupons()),
        "the same, tax on top": replace(cart(inclusive=False), promotions=combinable_coupons()),
        "50 lines, 12 coupons in groups": replace(cart(), promotions=mixed_coupons()),
        "50 lines, 12 equal coupons": replace(cart(), promotions=equal_coupons()),
        "50 lines, 12 of 0.01, tax on top": replace(cart(inclusive=False), promotions=tiny_coupons()),
        "50 lines, 12 uneven ones, tax on top, half even": replace(
            cart(inclusive=False),
            promotions=uneven_coupons(),
            tax=replace(cart(inclusive=False).tax, rounding=Rounding.HALF_EVEN),
        ),
        "5 lines, 12 coupons, all combinable": replace(cart(lines=5), promotions=combinable_coupons()),
        "50 lines, 12 that fit, 12 not yet": replace(cart(), promotions=combinable_coupons() + late),
        "50 lines, 24 coupons": replace(
            cart(),
            promotions=combinable_coupons()
            + tuple(replace(one, id=one.id + 12, code=f"D{one.id}") for one in equal_coupons()),
        ),
    }


def main() -> None:
    """Print the figures."""
    for name, facts in pricing_cases().items():
        print(f"price   {name:48} {best_cpu_ms(lambda: pricing.price(facts)):7.2f} ms")  # noqa: B023, T201 - a command
    for name, facts in advice_cases().items():
        advice = promotion_advice.advise(facts)
        spent = best_cpu_ms(lambda: promotion_advice.advise(facts), rounds=5)  # noqa: B023 - called at once
        said = f"{advice.looked_at} applied{'' if advice.exhaustive else ', cut'}"
        print(f"advise  {name:48} {spent:7.2f} ms  {said}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
