"""A small shop in Postgres, with an indexer and searches on its own indexes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.database import Database
from search.client import Meilisearch
from search.filters import ProductQuery
from search.indexes import Indexes
from search.indexing import Indexer
from search.querying import SearchEngine
from search.requests import AttributeOrder, Order
from tests.search.clients import Client

LAUNCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Shop:
    database: Database
    engine: Meilisearch
    indexes: Indexes
    indexer: Indexer
    search: SearchEngine
    _merchants: dict[str, int] = field(default_factory=dict)
    _categories: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    async def run(self, sql: str, *arguments: Any) -> Any:
        async with self.database.connection() as connection:
            return await connection.fetchval(sql, *arguments)

    async def happened(self, subject: str, *ids: int) -> None:
        """Append an event about each id, of whatever type: the indexer goes by the subject."""
        async with self.database.connection() as connection:
            await connection.execute(
                """INSERT INTO events (type, subject_type, subject_id, subject_version)
                   SELECT upper($1) || '_CHANGED', $1, id, 1 FROM unnest($2::bigint[]) AS id""",
                subject,
                ids,
            )

    async def merchant(self, slug: str) -> int:
        if slug not in self._merchants:
            self._merchants[slug] = await self.run(
                "INSERT INTO merchants (slug, name) VALUES ($1, $2) RETURNING id", slug, slug.title()
            )
            await self.happened("merchant", self._merchants[slug])
        return self._merchants[slug]

    async def category(self, slug: str, parent: str | None = None, **translations: str) -> int:
        if slug not in self._categories:
            self._categories[slug] = await self.run(
                "INSERT INTO categories (slug, name, parent_id) VALUES ($1, $2, $3) RETURNING id",
                slug,
                slug.title(),
                None if parent is None else await self.category(parent),
            )
            for locale, name in translations.items():
                await self.run(
                    "INSERT INTO category_translations VALUES ($1, $2, $3)", self._categories[slug], locale, name
                )
            await self.happened("category", self._categories[slug])
        return self._categories[slug]

    async def attribute(self, key: str, kind: str, *, filterable: bool = True, **flags: Any) -> int:
        allowed = flags.get("allowed", [])
        attribute_id: int = await self.run(
            """INSERT INTO attributes (key, label, kind, unit, allowed_values, filterable, searchable, sortable)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
            *(key, key.title(), kind, flags.get("unit"), allowed, filterable),
            *(flags.get("searchable", False), flags.get("sortable", False)),
        )
        return attribute_id

    async def product(  # noqa: PLR0913 - a product has many sides
        self,
        name: str,
        *,
        merchant: str = "acme",
        category: str | None = None,
        prices: Mapping[str, int] | None = None,
        attributes: Mapping[str, Any] | None = None,
        ratings: Sequence[int] = (),
        stock: int = 1,
        description: str = "",
        status: str = "PUBLISHED",
        translations: Mapping[str, tuple[str, str]] | None = None,
    ) -> int:
        """Make a product with one variant, each published a day after the one before."""
        self._count += 1
        merchant_id = await self.merchant(merchant)
        product_id: int = await self.run(
            """INSERT INTO products
                   (merchant_id, category_id, slug, status, name, description, attributes, published_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
            *(merchant_id, None if category is None else await self.category(category)),
            *(f"product-{self._count}", status, name, description, dict(attributes or {})),
            LAUNCH + timedelta(days=self._count),
        )
        variant_id = await self.run(
            "INSERT INTO variants (product_id, merchant_id, sku, barcode) VALUES ($1, $2, $3, $4) RETURNING id",
            *(product_id, merchant_id, f"SKU{self._count}", f"400{self._count:05}"),
        )
        for currency, amount in (prices or {}).items():
            await self.price(variant_id, product_id, currency, amount)
        warehouse_id = await self.run(
            """INSERT INTO warehouses (merchant_id, code, name) VALUES ($1, 'main', 'Main')
               ON CONFLICT (merchant_id, code) DO UPDATE SET name = excluded.name RETURNING id""",
            merchant_id,
        )
        await self.run(
            "INSERT INTO stock_levels (variant_id, warehouse_id, on_hand) VALUES ($1, $2, $3)",
            *(variant_id, warehouse_id, stock),
        )
        for rating in ratings:
            await self.run(
                "INSERT INTO reviews (product_id, rating, author_name) VALUES ($1, $2, 'Ada')", product_id, rating
            )
        for locale, (translated, text) in (translations or {}).items():
            await self.run(
                "INSERT INTO product_translations VALUES ($1, $2, $3, $4)", product_id, locale, translated, text
            )
        await self.happened("product", product_id)
        return product_id

    async def price(self, variant_id: int, product_id: int, currency: str, amount: int) -> None:
        await self.run(
            "INSERT INTO variant_prices (variant_id, product_id, currency, amount) VALUES ($1, $2, $3, $4)",
            *(variant_id, product_id, currency, amount),
        )

    async def settled(self) -> None:
        """Wait until every event may be read: a transaction of any test's database on the server holds all back."""
        async with self.database.connection() as connection, asyncio.timeout(20):
            while not await connection.fetchval(  # noqa: ASYNC110 - nothing tells when another transaction ends
                """SELECT NOT EXISTS (
                    SELECT FROM events WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))"""
            ):
                await asyncio.sleep(0.01)

    async def index(self, *, settled: bool = True) -> None:
        """Let the indexer do all there is to do; not `settled`, all it can do just now."""
        if settled:
            await self.settled()
        while await self.indexer.step():
            pass

    def find(
        self,
        text: str = "",
        *,
        order: Order | AttributeOrder = Order.RELEVANCE,
        offset: int = 0,
        limit: int = 50,
        locales: Sequence[str] = (),
        **narrowed: Any,
    ) -> Any:
        query = ProductQuery(text=text, currency="USD", **narrowed)
        return self.search.products(query, order=order, offset=offset, limit=limit, locales=locales)

    async def ids(self, text: str = "", **options: Any) -> list[int]:
        found = await self.find(text, **options).find(page=True)
        return list(found.page.ids)

    async def facets(self, text: str = "", **options: Any) -> dict[str, Any]:
        found = await self.find(text, **options).find(facets=True)
        return {facet.name: facet for facet in found.facets}


@pytest.fixture
async def shop(database: Database, meili: Any) -> AsyncIterator[Shop]:
    engine = Meilisearch(meili.url, meili.key)
    indexes = Indexes.named(meili.prefix)
    yield Shop(
        database,
        engine,
        indexes,
        Indexer(database, engine, indexes, locale="en"),
        SearchEngine(engine, indexes, locale="en"),
    )
    engine.close()
    await asyncio.sleep(0)


@pytest.fixture
def client(shop: Any) -> Client:
    return Client(shop)
