"""Facet counts equal what Postgres counts ..."""

import random
from typing import Any

import pytest

from search.filters import AttributeSelection, ProductQuery

COLOURS = ["red", "blue", "green", "black"]


async def stocked(shop: Any, draw: random.Random) -> dict[str, int]:
    keys = {"colour": await shop.attribute("colour", "TEXT"), "width": await shop.attribute("width", "NUMBER")}
    for slug, parent in (("home", None), ("lamps", "home"), ("desk-lamps", "lamps"), ("chairs", "home")):
        await shop.category(slug, parent)
    for _ in range(60):
        await shop.product(
            "Thing",
            merchant=draw.choice(["acme", "zenith", "nadir"]),
            category=draw.choice(["home", "lamps", "desk-lamps", "chairs"]),
            prices={"USD": draw.randrange(100, 2_000)} if draw.random() < 0.9 else {},
            ratings=[draw.randint(1, 5) for _ in range(draw.randrange(3))],
            stock=draw.randrange(2),
            attributes={
                key: value
                for key, value in (("colour", draw.choice(COLOURS)), ("width", draw.randrange(5) / 2))
                if draw.random() < 0.8
            },
        )
    await shop.index()
    return keys


def drawn(draw: random.Random, keys: dict[str, int]) -> ProductQuery:
    some: dict[str, Any] = {
        "category": draw.choice(["home", "lamps", "desk-lamps", "chairs"]),
        "merchants": tuple(draw.sample(["acme", "zenith", "nadir"], draw.randint(1, 2))),
        "price_min": draw.randrange(100, 1_000),
        "price_max": draw.randrange(1_000, 2_000),
        "rating_min": draw.randint(1, 4) * 10_000,
        "available": draw.random() < 0.5,
        "attributes": (
            AttributeSelection(id=keys["colour"], key="colour", values=tuple(draw.sample(COLOURS, 2))),
            AttributeSelection(id=keys["width"], key="width", minimum=0.5, maximum=1.5),
        )[: draw.randint(1, 2)],
    }
    chosen = {name: value for name, value in some.items() if draw.random() < 0.35}
    return ProductQuery(text="", currency="USD", **chosen)


# Every product with all that is counted; the conditions are Postgres's own words for the filter.
_BASE = """
    SELECT products.id, merchants.slug AS merchant, products.attributes, products.rating_score, price.min_amount,
        array(SELECT slug FROM product_categories JOIN categories ON categories.id = category_id
              WHERE product_id = products.id) AS categories,
        EXISTS (SELECT FROM variants JOIN stock_levels ON variant_id = variants.id
                WHERE product_id = products.id AND on_hand > reserved) AS available
    FROM products JOIN merchants ON merchants.id = merchant_id
    LEFT JOIN product_prices AS price ON price.product_id = products.id AND currency = 'USD'
    WHERE products.listed
"""


def conditions(query: ProductQuery) -> dict[str, str]:
    found = {}
    if query.category:
        found["category"] = f"'{query.category}' = ANY (categories)"
    if query.merchants:
        found["merchant"] = f"merchant = ANY ('{{{','.join(query.merchants)}}}')"
    if query.price_min is not None or query.price_max is not None:
        found["price"] = f"min_amount BETWEEN {query.price_min or 0} AND {query.price_max or 10**9}"
    if query.rating_min is not None:
        found["rating"] = f"rating_score >= {query.rating_min}"
    if query.available is not None:
        found["availability"] = f"available = {query.available}"
    for each in query.attributes:
        value = f"attributes ->> '{each.key}'"
        found[f"attributes.{each.key}"] = (
            f"{value} = ANY ('{{{','.join(each.values)}}}')"
            if each.values
            else f"({value})::numeric BETWEEN {each.minimum} AND {each.maximum}"
        )
    return found


async def counted(shop: Any, query: ProductQuery) -> dict[str, Any]:
    where = conditions(query)

    async def rows(expression: str, facet: str) -> dict[str, int]:
        others = [condition for name, condition in where.items() if name != facet] or ["true"]
        async with shop.database.connection() as connection:
            found = await connection.fetch(
                f"SELECT value, count(*) AS count FROM ({_BASE}) AS base, LATERAL ({expression}) AS each (value)"  # noqa: S608 - the test's own words
                f" WHERE {' AND '.join(others)} AND value IS NOT NULL GROUP BY value"
            )
        return {row["value"]: row["count"] for row in found}

    rated = await rows(
        "SELECT star::text FROM generate_series(1, 4) AS star WHERE rating_score >= star * 10000", "rating"
    )
    prices = [int(price) for price in await rows("SELECT min_amount::text", "price")]
    return {
        "total": sum((await rows("SELECT 'all'", "")).values()),
        "category": await rows("SELECT unnest(categories)", "category"),
        "merchant": await rows("SELECT merchant", "merchant"),
        "price": (min(prices), max(prices)) if prices else None,
        "rating": rated,
        "availability": await rows("SELECT available::text", "availability"),
        "attributes.colour": await rows("SELECT attributes ->> 'colour'", "attributes.colour"),
        "attributes.width": await rows("SELECT attributes ->> 'width'", "attributes.width"),
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_for_random_filters(shop: Any, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a seed for a test
    keys = await stocked(shop, draw)
    totals = set()
    for _ in range(25):
        query = drawn(draw, keys)
        counts = await shop.search.products(query, order=None, offset=0, limit=0).find(facets=True)
        facets = {facet.name: facet for facet in counts.facets}
        expected = await counted(shop, query)
        totals.add(expected["total"])
        found: dict[str, Any] = {
            name: {value: count for value, count in facets[name].values if count} if name in facets else {}
            for name in expected
            if name not in {"total", "price"}
        }
        found |= {"total": counts.total, "price": facets["price"].range if "price" in facets else None}
        found["attributes.width"] = {f"{float(value):.1f}": n for value, n in found["attributes.width"].items()}
        expected["attributes.width"] = {f"{float(value):.1f}": n for value, n in expected["attributes.width"].items()}
        assert found == expected, query
    assert len(totals) > 5  # the filters were not all alike
