"""Small carts for examples that are computed by hand."""

from datetime import UTC, datetime
from typing import Any

from domain.pricing_facts import Delivery, Facts, Line, Points, Rate
from domain.promotions import Benefit, Combining, Conditions, Promotion, Scope
from domain.tax import TaxRounding, TaxRules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_TAX = TaxRules("XX")
VAT = TaxRules("DE", standard=1900, rates={"reduced": 700}, name="VAT")
TAX_10 = TaxRules("JP", standard=1000, name="Tax")
ON_TOP = TaxRules("TX", standard=825, inclusive=False, name="Sales tax")
ON_TOP_10 = TaxRules("YY", standard=1000, rates={"high": 1900, "low": 800}, inclusive=False)
ON_TOP_10_ONCE = TaxRules("YY", standard=1000, rates={"low": 800}, inclusive=False, per=TaxRounding.PER_ORDER)
ON_TOP_ONCE = TaxRules("TX", standard=825, inclusive=False, per=TaxRounding.PER_ORDER, name="Sales tax")
LAMPS, CHAIRS = 1, 2
ONE_TO_ONE = Rate(100, 100)


def facts(
    *pieces: tuple[int, int] | tuple[int, int, int] | tuple[int, int, int, int] | tuple[int, int, int, int, str],
    currency: str = "EUR",
    tax: TaxRules = NO_TAX,
    ship: tuple[int, ...] = (),
    **rest: Any,
) -> Facts:
    """Make a cart of (quantity, unit price, category, merchant, tax class), and of deliveries of merchants 1, 2, ..."""
    lines = []
    for at, given in enumerate(pieces):
        quantity, price, category, merchant, tax_class = (*given, *(LAMPS, 1, "standard")[len(given) - 2 :])
        lines.append(
            Line(
                key=at,
                variant_id=100 + at,
                product_id=200 + at,
                merchant_id=merchant,
                quantity=quantity,
                unit_price=price,
                category_ids=frozenset({category}),
                tax_class=tax_class,
                name=f"Article {at}",
            )
        )
    deliveries = tuple(Delivery(at + 1, "standard", f"Delivery {at + 1}", price) for at, price in enumerate(ship))
    return Facts(currency=currency, lines=tuple(lines), now=NOW, tax=tax, deliveries=deliveries, **rest)


def points(asked: int, rate: Rate = ONE_TO_ONE, **rest: Any) -> Points:
    """Make the points of somebody who has plenty and wants to pay with so many."""
    return Points(available=10_000, asked=asked, burn=rate, **rest)


def promotion(
    benefit: Benefit,
    key: int = 1,
    *,
    currency: str = "EUR",
    categories: tuple[int, ...] = (),
    merchants: tuple[int, ...] = (),
    label: str = "",
    when: dict[str, Any] | None = None,
    combining: Combining | None = None,
    **rest: Any,
) -> Promotion:
    """Make a promotion, limited to categories and merchants, under conditions (`when`)."""
    scope = Scope(merchant_ids=frozenset(merchants), category_ids=frozenset(categories), label=label)
    conditions = Conditions(**{"currencies": frozenset({currency}), **(when or {})})
    return Promotion(
        key, f"Promotion {key}", benefit, scope=scope, conditions=conditions, combining=combining or Combining(), **rest
    )
