"""Products with random properties, and the same as plain values to compute with."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from tests.factories import catalogue

PARENTS = {"root": None, "left": "root", "right": "root", "deep": "left", "apart": None}
"""The categories, each with the one above it."""


@dataclass
class Sample:
    """A product as the naive computation knows it."""

    id: int
    slug: str
    name: str
    published_at: datetime
    merchant: str
    category: str
    attributes: dict[str, Any]
    prices: dict[str, list[int]] = field(default_factory=dict)
    stars: list[int] = field(default_factory=list)
    available: bool = False

    @property
    def categories(self) -> set[str]:
        found: set[str] = set()
        category: str | None = self.category
        while category:
            found.add(category)
            category = PARENTS[category]
        return found

    @property
    def rating(self) -> float:
        return sum(self.stars) / len(self.stars) if self.stars else 0.0


async def products(connection: asyncpg.Connection, count: int) -> list[Sample]:
    """Insert products with random properties of few values each, so that there are many ties."""
    chance = random.Random(count)  # noqa: S311 - the same products every time
    merchants = {slug: await catalogue.merchant(connection, slug=slug) for slug in ("ada", "bob")}
    warehouses = {slug: await catalogue.warehouse(connection, merchant) for slug, merchant in merchants.items()}
    categories: dict[str, int] = {}
    for slug, parent in PARENTS.items():
        categories[slug] = await catalogue.category(connection, categories.get(parent or ""), slug=slug)
    samples = []
    for number in range(count):
        merchant, category = chance.choice(list(merchants)), chance.choice(list(categories))
        chosen: dict[str, Any] = {
            "slug": f"p-{number}",
            "name": chance.choice(["Ampel", "Lamp", "Stuhl", "lamp"]),
            "published_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(5)),
            "attributes": {
                "colour": chance.choice(["red", "blue", ["red", "green"]]),
                "height": chance.choice([10, 10.5, -3]),
                "new": chance.choice([True, False]),
            },
        }
        product = await catalogue.product(connection, merchants[merchant], category_id=categories[category], **chosen)
        sample = Sample(product, merchant=merchant, category=category, **chosen)
        for _ in range(chance.randrange(3)):
            prices = {
                currency: chance.choice([500, 1000, 1500]) for currency in ("USD", "EUR") if chance.random() < 0.7
            }
            variant = await catalogue.variant(connection, product, prices=prices)
            for currency, amount in prices.items():
                sample.prices.setdefault(currency, []).append(amount)
            if chance.random() < 0.7:
                on_hand = chance.randrange(3)
                reserved = chance.randrange(on_hand + 1)
                await catalogue.stock(connection, variant, warehouses[merchant], on_hand, reserved)
                sample.available |= on_hand > reserved
        for _ in range(chance.choice([0, 0, 1, 2, 3])):
            sample.stars.append(chance.randint(1, 5))
            await catalogue.review(connection, product, sample.stars[-1])
        samples.append(sample)
    return samples
