"""What the demo's shoppers buy from: variants that lie somewhere, on the terms that the shop has now."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import asyncpg

from domain import deliveries, tax_regions
from domain.commissions import Rule
from domain.deliveries import Method
from domain.money import Rounding
from domain.order_placement import Goods
from domain.pricing_facts import Delivery, Line
from domain.tax import TaxRounding, TaxRules
from domain.tax_regions import Region

CURRENCY: Final = "USD"
VARIANTS_MAX: Final = 5_000
_KEPT_BACK: Final = 1
"""So many units of each level are never reserved: what the search shows as available stays so."""

_VARIANTS: Final = """
    SELECT variants.id, variants.sku, variants.product_id, variants.merchant_id, products.category_id,
           products.tax_class, categories.path, variant_prices.amount, level.warehouse_id, level.free,
           products.name || CASE WHEN variants.name = '' THEN '' ELSE ', ' || variants.name END AS name
    FROM variants
    JOIN products ON products.id = product_id AND listed
    JOIN variant_prices ON variant_id = variants.id AND currency = $1 AND amount > 0
    LEFT JOIN categories ON categories.id = category_id
    JOIN LATERAL (
        SELECT warehouse_id, on_hand - reserved AS free FROM stock_levels
        WHERE stock_levels.variant_id = variants.id ORDER BY free DESC, warehouse_id LIMIT 1
    ) AS level ON true
    ORDER BY variants.id LIMIT $2
"""
_METHODS: Final = """
    SELECT merchant_id, code, label, currency, price, free_from, countries, tax_class FROM delivery_methods
    WHERE currency = $1 ORDER BY id
"""
_REGIONS: Final = """
    SELECT country, region, name, inclusive, per, rounding, is_default,
           array_agg(tax_class) AS classes, array_agg(rate_bp) AS rates
    FROM tax_regions JOIN tax_rates ON region_id = id GROUP BY tax_regions.id ORDER BY tax_regions.id
"""
_RULES: Final = "SELECT merchant_id, category_id, rate_bp FROM commission_rules ORDER BY id"


class Thing(NamedTuple):
    """A variant that can be bought, with where it lies."""

    variant_id: int
    merchant_id: int
    warehouse_id: int
    unit_price: int
    tax_class: str
    goods: Goods


@dataclass(slots=True)
class Shelves:
    """What there is to buy, and on which terms; `free` counts down what of each variant can still be reserved."""

    things: Sequence[Thing]
    free: dict[int, int]
    methods: Sequence[Method]
    regions: Sequence[Region]
    rules: Sequence[Rule]

    def pick(self, rng: random.Random, *, count: int) -> list[Thing]:
        """Take some things; what stands first in the catalogue is bought more often."""
        places = {int(len(self.things) * rng.random() ** 1.6) for _ in range(count)}
        return [self.things[place] for place in sorted(places)]

    def taxes(self, address: Mapping[str, Any]) -> TaxRules:
        """Give the taxes of an address."""
        return tax_regions.applied(self.regions, country=address["country"], region=address["region"]).rules

    def deliveries(self, lines: Sequence[Line], *, country: str, rng: random.Random) -> tuple[Delivery, ...]:
        """Choose how each merchant sends: mostly the standard way."""
        chosen = []
        for merchant_id in sorted({line.merchant_id for line in lines}):
            goods = sum(line.quantity * line.unit_price for line in lines if line.merchant_id == merchant_id)
            offered = [
                delivery
                for method, delivery in deliveries.offered(
                    self.methods, merchant_id=merchant_id, currency=CURRENCY, goods=goods
                )
                if deliveries.reaches(method, country)
            ]
            if offered:
                chosen.append(offered[0] if rng.random() < 0.85 else offered[-1])  # noqa: PLR2004 - some are in a hurry
        return tuple(chosen)


async def look(connection: asyncpg.Connection) -> Shelves:
    """Read what there is."""
    rows = await connection.fetch(_VARIANTS, CURRENCY, VARIANTS_MAX)
    return Shelves(
        things=[_thing(row) for row in rows],
        free={row["id"]: row["free"] - _KEPT_BACK for row in rows},
        methods=[_method(row) for row in await connection.fetch(_METHODS, CURRENCY)],
        regions=[_region(row) for row in await connection.fetch(_REGIONS)],
        rules=[Rule(*row) for row in await connection.fetch(_RULES)],
    )


def _thing(row: asyncpg.Record) -> Thing:
    goods = Goods(row["product_id"], row["category_id"], row["sku"], row["name"], tuple(row["path"] or ()))
    return Thing(row["id"], row["merchant_id"], row["warehouse_id"], row["amount"], row["tax_class"], goods)


def _method(row: asyncpg.Record) -> Method:
    countries = row["countries"]
    return Method(**{**row, "countries": None if countries is None else frozenset(countries)})


def _region(row: asyncpg.Record) -> Region:
    return Region(
        row["country"],
        row["region"],
        row["name"],
        inclusive=row["inclusive"],
        per=TaxRounding(row["per"]),
        rounding=Rounding(row["rounding"]),
        rates=dict(zip(row["classes"], row["rates"], strict=True)),
        is_default=row["is_default"],
    )
