"""The largest pages that the limit on cost allows ..."""

from typing import Any, Final

import asyncpg
import pytest

from graph.limits import Limits
from tests.factories import small_shop
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

CARD: Final = """
    id name slug description publishedAt rating { average count } options { name values } attributes { name value }
    priceRange { min { amount currency } max { amount currency } } category { id name } merchant { id name }
"""
VARIANT: Final = """
    id sku barcode name price { amount currency } compareAtPrice { amount currency } stock { available quantity }
    selectedOptions { name value }
"""
CARDS: Final = " ".join(
    f"{alias}: products(first: 100, sort: {sort}) {{ nodes {{ {CARD} }} }}"
    for alias, sort in {
        "a": "NEWEST",
        "b": "NAME",
        "c": "PRICE_ASC",
        "d": "PRICE_DESC",
        "e": "RATING",
        "f": "NEWEST",
        "g": "NAME",
    }.items()
)
PAGES: Final = {
    "products": f"{{ products(first: 100) {{ nodes {{ {CARD} variants(first: 10) {{ nodes {{ {VARIANT} }} }} }} }} }}",
    "many lists": f"{{ {CARDS} }}",
    "variants": f"{{ products(first: 11) {{ nodes {{ id variants(first: 100) {{ nodes {{ {VARIANT} }} }} }} }} }}",
    "reviews": """{ products(first: 24) { nodes { id reviews(first: 100) {
        totalCount nodes { id rating title body author { displayName } createdAt } } } } }""",
    "edges": """{ products(first: 100) { edges { cursor node { id variants(first: 48) {
        edges { cursor node { sku } } } } } } }""",
    "media": "{ products(first: 100) { nodes { id media(first: 64) { totalCount nodes { url alt } } } } }",
}

OBJECTS: Final = {
    "products": 5409,
    "many lists": 6318,
    "variants": 5463,
    "reviews": 4850,
    "edges": 9902,
    "media": 6602,
}
"""How many objects they are answered with: the pages are full."""

CROWD: Final = """
    INSERT INTO variants (product_id, merchant_id, sku, name, barcode, position, option_values)
    SELECT id, merchant_id, id || '-' || number, 'Size ' || number, '4000' || number, number,
           jsonb_build_array(jsonb_build_object('name', 'Size', 'value', number::text))
    FROM products, generate_series(1, 100) number WHERE listed;
    INSERT INTO variant_prices (variant_id, product_id, currency, amount, compare_at)
    SELECT id, product_id, 'USD', 1000 + position, 5000 FROM variants WHERE barcode IS NOT NULL;
    INSERT INTO stock_levels (variant_id, warehouse_id, on_hand, reserved)
    SELECT variants.id, min(warehouses.id), 5, 1 FROM variants JOIN warehouses USING (merchant_id)
    WHERE barcode IS NOT NULL GROUP BY variants.id;
    INSERT INTO reviews (product_id, rating, title, body, author_name)
    SELECT id, 1 + number % 5, 'Title', 'Body', 'Ada' FROM products, generate_series(1, 100) number WHERE listed;
    UPDATE products SET
        media = (SELECT jsonb_agg(jsonb_build_object('url', '/' || number || '.svg', 'alt', ''))
                 FROM generate_series(1, 100) number),
        options = '[{"name": "Size", "values": ["S", "M", "L"]}]'
    WHERE listed;
    ANALYZE;
"""
"""Gives each product a hundred variants, reviews and pictures."""


@pytest.fixture(autouse=True)
def both_executors() -> None:
    """Nothing is compared here: the reference takes seconds for such pages."""


@pytest.fixture
async def crowd(connection: asyncpg.Connection, shop: SmallShop) -> None:
    await small_shop.grow(connection, shop, 100)
    await connection.execute(CROWD)


def objects(value: Any) -> int:
    """Count the objects in an answer."""
    if isinstance(value, list):
        return sum(map(objects, value))
    return 1 + sum(map(objects, value.values())) if isinstance(value, dict) else 0


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("name", PAGES)
async def test_never_keep_the_loop_from_turning(api: Api, name: str) -> None:
    for _ in range(2):  # at first it is parsed, validated and compiled too
        answer = await api.answer(PAGES[name])
        assert "errors" not in answer
        assert 0.9 * Limits().max_cost < answer["extensions"]["cost"]["requested"] <= Limits().max_cost
        assert objects(answer["data"]) == OBJECTS[name]
