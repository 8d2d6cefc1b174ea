"""The listing of a category ..."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
import pytest

from tests.factories import catalogue
from tests.models.locks import blocked

LATER = datetime(2026, 2, 2, tzinfo=UTC)


class Shop(NamedTuple):
    """A merchant, and categories: home > lamps > desk, office > desks."""

    merchant: int
    home: int
    lamps: int
    desk: int
    office: int
    desks: int


@pytest.fixture
async def shop(connection: asyncpg.Connection) -> Shop:
    merchant = await catalogue.merchant(connection, slug="ada")
    home = await catalogue.category(connection, slug="home")
    lamps = await catalogue.category(connection, home, slug="lamps")
    desk = await catalogue.category(connection, lamps, slug="desk")
    office = await catalogue.category(connection, slug="office")
    desks = await catalogue.category(connection, office, slug="desks")
    return Shop(merchant, home, lamps, desk, office, desks)


async def listings(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Give the categories' products by slug, checked to be what the products and the tree say."""
    kept = await connection.fetch("SELECT category_id, product_id, published_at FROM product_categories")
    expected = await connection.fetch(
        """SELECT unnest(categories.path) AS category_id, products.id AS product_id, products.published_at
           FROM products JOIN merchants ON merchants.id = merchant_id JOIN categories ON categories.id = category_id
           WHERE products.status = 'PUBLISHED' AND merchants.state = 'ACTIVE'"""
    )
    assert sorted(map(tuple, kept)) == sorted(map(tuple, expected))
    rows = await connection.fetch(
        """SELECT categories.slug AS category, products.slug AS product
           FROM product_categories JOIN categories ON categories.id = product_categories.category_id
           JOIN products ON products.id = product_id ORDER BY 1, 2"""
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["category"], []).append(row["product"])
    return found


ALL_ABOVE_DESK = {"desk": ["lamp"], "home": ["lamp"], "lamps": ["lamp"]}


async def test_holds_a_published_product_under_each_ancestor(connection: asyncpg.Connection, shop: Shop) -> None:
    await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    await catalogue.product(connection, shop.merchant, slug="nowhere")
    assert await listings(connection) == ALL_ABOVE_DESK


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED"])
async def test_holds_no_product_that_is_not_published(connection: asyncpg.Connection, shop: Shop, status: str) -> None:
    lamp = await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk, status=status)
    assert await listings(connection) == {}
    await connection.execute("UPDATE products SET status = 'PUBLISHED' WHERE id = $1", lamp)
    assert await listings(connection) == ALL_ABOVE_DESK
    await connection.execute("UPDATE products SET status = $2 WHERE id = $1", lamp, status)
    assert await listings(connection) == {}


async def test_follows_a_product_to_another_category(connection: asyncpg.Connection, shop: Shop) -> None:
    lamp = await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    await connection.execute("UPDATE products SET category_id = $2 WHERE id = $1", lamp, shop.desks)
    assert await listings(connection) == {"desks": ["lamp"], "office": ["lamp"]}
    await connection.execute("UPDATE products SET category_id = NULL WHERE id = $1", lamp)
    assert await listings(connection) == {}


async def test_follows_many_products_in_one_statement(connection: asyncpg.Connection, shop: Shop) -> None:
    await catalogue.product(connection, shop.merchant, slug="a", category_id=shop.desk)
    await catalogue.product(connection, shop.merchant, slug="b", category_id=shop.desks)
    await catalogue.product(connection, shop.merchant, slug="c", category_id=shop.desks, status="DRAFT")
    await connection.execute("UPDATE products SET category_id = $1, status = 'PUBLISHED'", shop.home)
    assert await listings(connection) == {"home": ["a", "b", "c"]}


async def test_follows_the_day_of_publication(connection: asyncpg.Connection, shop: Shop) -> None:
    lamp = await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.home)
    await connection.execute("UPDATE products SET published_at = $2 WHERE id = $1", lamp, LATER)
    assert await listings(connection) == {"home": ["lamp"]}
    assert await connection.fetchval("SELECT published_at FROM product_categories") == LATER


async def test_follows_a_category_to_another_place(connection: asyncpg.Connection, shop: Shop) -> None:
    await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    await catalogue.product(connection, shop.merchant, slug="draft", category_id=shop.desk, status="DRAFT")
    await catalogue.product(connection, shop.merchant, slug="sofa", category_id=shop.home)
    await connection.execute("UPDATE categories SET parent_id = $1 WHERE id = $2", shop.office, shop.lamps)
    assert await listings(connection) == {"desk": ["lamp"], "home": ["sofa"], "lamps": ["lamp"], "office": ["lamp"]}


async def test_loses_the_products_of_a_suspended_merchant_and_gets_them_back(
    connection: asyncpg.Connection, shop: Shop
) -> None:
    other = await catalogue.merchant(connection, slug="bob")
    await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    await catalogue.product(connection, shop.merchant, slug="draft", category_id=shop.desk, status="DRAFT")
    await catalogue.product(connection, other, slug="sofa", category_id=shop.home)
    for state in ("SUSPENDED", "CLOSED"):
        await connection.execute("UPDATE merchants SET state = $2 WHERE id = $1", shop.merchant, state)
        assert await listings(connection) == {"home": ["sofa"]}
    await catalogue.product(connection, shop.merchant, slug="late", category_id=shop.home)
    assert await listings(connection) == {"home": ["sofa"]}
    await connection.execute("UPDATE merchants SET state = 'ACTIVE' WHERE id = $1", shop.merchant)
    assert await listings(connection) == {"desk": ["lamp"], "home": ["lamp", "late", "sofa"], "lamps": ["lamp"]}


async def test_loses_a_deleted_product(connection: asyncpg.Connection, shop: Shop) -> None:
    lamp = await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    await connection.execute("DELETE FROM products WHERE id = $1", lamp)
    assert await listings(connection) == {}


async def test_cannot_be_forged_by_writing_listed(connection: asyncpg.Connection, shop: Shop) -> None:
    await catalogue.product(connection, shop.merchant, slug="a", category_id=shop.home, status="DRAFT", listed=True)
    await connection.execute("UPDATE products SET listed = true")
    assert await connection.fetchval("SELECT listed FROM products") is False
    assert await listings(connection) == {}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("UPDATE products SET status = 'ARCHIVED'", {}),
        ("UPDATE products SET category_id = NULL", {}),
        (
            "UPDATE products SET category_id = (SELECT id FROM categories WHERE slug = 'desks')",
            {"desks": ["lamp"], "office": ["lamp"]},
        ),
        ("UPDATE products SET published_at = '2026-02-02Z'", {**ALL_ABOVE_DESK, "office": ["lamp"]}),
        ("UPDATE merchants SET state = 'SUSPENDED'", {}),
        ("DELETE FROM products", {}),
    ],
)
@pytest.mark.parametrize("move_first", [True, False])
async def test_is_right_after_a_product_changed_while_its_category_moved(
    connection: asyncpg.Connection,
    other: asyncpg.Connection,
    watching: asyncpg.Connection,
    shop: Shop,
    change: str,
    after: dict[str, list[str]],
    *,
    move_first: bool,
) -> None:
    await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk)
    move = "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = 'office') WHERE slug = 'home'"
    first, second = (move, change) if move_first else (change, move)
    async with connection.transaction():
        await connection.execute(first)
        waiting = asyncio.create_task(other.execute(second))
        assert await blocked(watching, waiting)
    await waiting
    assert await listings(connection) == after


@pytest.mark.parametrize("suspended_first", [True, False])
async def test_holds_no_product_published_while_its_merchant_was_suspended(
    connection: asyncpg.Connection,
    other: asyncpg.Connection,
    watching: asyncpg.Connection,
    shop: Shop,
    *,
    suspended_first: bool,
) -> None:
    await catalogue.product(connection, shop.merchant, slug="lamp", category_id=shop.desk, status="DRAFT")
    statements = ["UPDATE merchants SET state = 'SUSPENDED'", "UPDATE products SET status = 'PUBLISHED'"]
    first, second = statements if suspended_first else reversed(statements)
    async with connection.transaction():
        await connection.execute(first)
        waiting = asyncio.create_task(other.execute(second))
        assert await blocked(watching, waiting)
    await waiting
    assert await listings(connection) == {}
