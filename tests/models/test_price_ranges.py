"""The price range of a product ..."""

import asyncio

import asyncpg
import pytest

from tests.factories import catalogue
from tests.models.locks import blocked


@pytest.fixture
async def product(connection: asyncpg.Connection) -> int:
    return await catalogue.product(connection, await catalogue.merchant(connection))


async def ranges(connection: asyncpg.Connection, product: int) -> dict[str, tuple[int, int]]:
    rows = await connection.fetch("SELECT * FROM product_prices WHERE product_id = $1", product)
    return {row["currency"]: (row["min_amount"], row["max_amount"]) for row in rows}


async def test_spans_its_variants_in_each_currency(connection: asyncpg.Connection, product: int) -> None:
    assert await ranges(connection, product) == {}
    await catalogue.variant(connection, product, prices={"USD": 1990, "EUR": 1800})
    assert await ranges(connection, product) == {"USD": (1990, 1990), "EUR": (1800, 1800)}
    await catalogue.variant(connection, product, prices={"USD": 990})
    await catalogue.variant(connection, product, prices={"USD": 2990})
    assert await ranges(connection, product) == {"USD": (990, 2990), "EUR": (1800, 1800)}


async def test_follows_a_changed_price(connection: asyncpg.Connection, product: int) -> None:
    await catalogue.variant(connection, product, sku="A", prices={"USD": 100})
    await catalogue.variant(connection, product, sku="B", prices={"USD": 200})
    change = """UPDATE variant_prices SET amount = $2
                WHERE variant_id = (SELECT id FROM variants WHERE sku = $1)"""
    await connection.execute(change, "A", 150)
    assert await ranges(connection, product) == {"USD": (150, 200)}
    await connection.execute(change, "A", 300)
    assert await ranges(connection, product) == {"USD": (200, 300)}


async def test_follows_a_price_to_another_currency(connection: asyncpg.Connection, product: int) -> None:
    await catalogue.variant(connection, product, prices={"USD": 100})
    await connection.execute("UPDATE variant_prices SET currency = 'JPY'")
    assert await ranges(connection, product) == {"JPY": (100, 100)}


async def test_follows_deleted_prices_and_variants(connection: asyncpg.Connection, product: int) -> None:
    cheap = await catalogue.variant(connection, product, prices={"USD": 100, "EUR": 90})
    dear = await catalogue.variant(connection, product, prices={"USD": 200})
    await connection.execute("DELETE FROM variant_prices WHERE currency = 'EUR'")
    assert await ranges(connection, product) == {"USD": (100, 200)}
    await connection.execute("DELETE FROM variants WHERE id = $1", cheap)
    assert await ranges(connection, product) == {"USD": (200, 200)}
    await connection.execute("DELETE FROM variants WHERE id = $1", dear)
    assert await ranges(connection, product) == {}


async def test_goes_with_its_product(connection: asyncpg.Connection, product: int) -> None:
    await catalogue.variant(connection, product, prices={"USD": 100})
    await connection.execute("DELETE FROM products WHERE id = $1", product)
    assert await connection.fetchval("SELECT count(*) FROM product_prices") == 0


async def test_is_right_after_two_transactions_changed_two_variants(
    connection: asyncpg.Connection, other: asyncpg.Connection, watching: asyncpg.Connection, product: int
) -> None:
    first = await catalogue.variant(connection, product, prices={"USD": 500})
    second = await catalogue.variant(connection, product, prices={"USD": 500})
    change = "UPDATE variant_prices SET amount = $2 WHERE variant_id = $1"
    async with connection.transaction():
        await connection.execute(change, first, 100)
        waiting = asyncio.create_task(other.execute(change, second, 900))
        assert await blocked(watching, waiting)
    await waiting
    assert await ranges(connection, product) == {"USD": (100, 900)}


async def test_costs_no_deadlock_when_two_statements_name_products_in_opposite_order(
    connection: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection)
    products = [await catalogue.product(connection, merchant) for _ in range(20)]
    mine = [await catalogue.variant(connection, product, prices={"USD": 500}) for product in products]
    theirs = [await catalogue.variant(connection, product, prices={"USD": 500}) for product in products]
    change = """UPDATE variant_prices SET amount = amount + wanted.place
                FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, place) WHERE variant_id = wanted.id"""

    async def repeat(on: asyncpg.Connection, variants: list[int]) -> None:
        for _ in range(20):
            await on.execute(change, variants)

    await asyncio.gather(repeat(connection, mine), repeat(other, theirs[::-1]))
    for at, product in enumerate(products):
        amounts = sorted((500 + 20 * (at + 1), 500 + 20 * (20 - at)))
        assert await ranges(connection, product) == {"USD": tuple(amounts)}
