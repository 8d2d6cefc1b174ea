"""The ratings of a product and its merchant ..."""

import asyncio

import asyncpg
import pytest

from tests.factories import catalogue
from tests.models.locks import blocked


@pytest.fixture
async def merchant(connection: asyncpg.Connection) -> int:
    return await catalogue.merchant(connection)


@pytest.fixture
async def product(connection: asyncpg.Connection, merchant: int) -> int:
    return await catalogue.product(connection, merchant)


async def of_product(connection: asyncpg.Connection, product: int) -> tuple[int, int, int]:
    """Give the sum, the count and the score."""
    return tuple(
        await connection.fetchrow("SELECT rating_sum, rating_count, rating_score FROM products WHERE id = $1", product)
    )


async def of_merchant(connection: asyncpg.Connection, merchant: int) -> tuple[int, int]:
    row = await connection.fetchrow(
        "SELECT rating_sum, rating_count FROM merchant_ratings WHERE merchant_id = $1", merchant
    )
    return tuple(row) if row else (0, 0)


async def test_add_up_over_reviews_and_products(connection: asyncpg.Connection, merchant: int, product: int) -> None:
    assert await of_product(connection, product) == (0, 0, 0)
    sibling = await catalogue.product(connection, merchant)
    for stars in (5, 4, 4):
        await catalogue.review(connection, product, stars)
    await catalogue.review(connection, sibling, 1)
    assert await of_product(connection, product) == (13, 3, 43333)
    assert await of_product(connection, sibling) == (1, 1, 10000)
    assert await of_merchant(connection, merchant) == (14, 4)


async def test_leave_hidden_reviews_out(connection: asyncpg.Connection, merchant: int, product: int) -> None:
    await catalogue.review(connection, product, 5)
    await catalogue.review(connection, product, 1, state="HIDDEN")
    assert await of_product(connection, product) == (5, 1, 50000)
    await connection.execute("UPDATE reviews SET state = 'PUBLISHED'")
    assert await of_product(connection, product) == (6, 2, 30000)
    await connection.execute("UPDATE reviews SET state = 'HIDDEN'")
    assert await of_product(connection, product) == (0, 0, 0)
    assert await of_merchant(connection, merchant) == (0, 0)


async def test_follow_changed_moved_and_deleted_reviews(
    connection: asyncpg.Connection, merchant: int, product: int
) -> None:
    sibling = await catalogue.product(connection, merchant)
    first = await catalogue.review(connection, product, 5)
    second = await catalogue.review(connection, product, 2)
    await connection.execute("UPDATE reviews SET rating = 3 WHERE id = $1", first)
    assert await of_product(connection, product) == (5, 2, 25000)
    await connection.execute("UPDATE reviews SET product_id = $2 WHERE id = $1", second, sibling)
    assert await of_product(connection, product) == (3, 1, 30000)
    assert await of_product(connection, sibling) == (2, 1, 20000)
    await connection.execute("DELETE FROM reviews WHERE id = $1", first)
    assert await of_product(connection, product) == (0, 0, 0)
    assert await of_merchant(connection, merchant) == (2, 1)


async def test_lose_what_a_deleted_product_gave_its_merchant(
    connection: asyncpg.Connection, merchant: int, product: int
) -> None:
    sibling = await catalogue.product(connection, merchant)
    await catalogue.review(connection, product, 5)
    await catalogue.review(connection, sibling, 3)
    await connection.execute("DELETE FROM products WHERE id = $1", product)
    assert await of_merchant(connection, merchant) == (3, 1)


async def test_go_with_a_product_to_another_merchant(
    connection: asyncpg.Connection, merchant: int, product: int
) -> None:
    buyer = await catalogue.merchant(connection)
    await catalogue.review(connection, product, 4)
    await connection.execute("UPDATE products SET merchant_id = $2 WHERE id = $1", product, buyer)
    assert await of_merchant(connection, merchant) == (0, 0)
    assert await of_merchant(connection, buyer) == (4, 1)


async def test_count_reviews_of_two_transactions(
    connection: asyncpg.Connection, other: asyncpg.Connection, watching: asyncpg.Connection, merchant: int, product: int
) -> None:
    async with connection.transaction():
        await catalogue.review(connection, product, 5)
        waiting = asyncio.create_task(catalogue.review(other, product, 2))
        assert await blocked(watching, waiting)
    await waiting
    assert await of_product(connection, product) == (7, 2, 35000)
    assert await of_merchant(connection, merchant) == (7, 2)


async def test_cost_no_deadlock_when_two_statements_rate_in_opposite_order(
    connection: asyncpg.Connection, other: asyncpg.Connection
) -> None:
    merchants = [await catalogue.merchant(connection) for _ in range(10)]
    products = [await catalogue.product(connection, merchant) for merchant in merchants]
    write = (
        "INSERT INTO reviews (product_id, rating, author_name) SELECT id, 4, 'Ada' FROM unnest($1::bigint[]) AS p (id)"
    )

    async def repeat(on: asyncpg.Connection, wanted: list[int]) -> None:
        for _ in range(20):
            await on.execute(write, wanted)

    await asyncio.gather(repeat(connection, products), repeat(other, products[::-1]))
    assert {await of_product(connection, product) for product in products} == {(160, 40, 40000)}
    assert {await of_merchant(connection, merchant) for merchant in merchants} == {(160, 40)}
