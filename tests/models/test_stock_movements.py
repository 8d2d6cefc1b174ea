"""The movements of stock ..."""

import asyncio
from typing import Any

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


@pytest.fixture
async def variants(connection: asyncpg.Connection, product: int) -> tuple[int, int]:
    return await catalogue.variant(connection, product), await catalogue.variant(connection, product)


@pytest.fixture
async def warehouses(connection: asyncpg.Connection, merchant: int) -> tuple[int, int]:
    return await catalogue.warehouse(connection, merchant), await catalogue.warehouse(connection, merchant)


async def movements(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT kind, variant_id, warehouse_id, difference, on_hand FROM stock_movements ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def test_follow_every_change_of_what_is_on_hand_and_no_other(
    connection: asyncpg.Connection, variants: tuple[int, int], warehouses: tuple[int, int]
) -> None:
    (one, two), (near, far) = variants, warehouses
    await connection.execute(
        "INSERT INTO stock_levels (variant_id, warehouse_id, on_hand) VALUES ($2, $3, 7), ($1, $3, 5), ($1, $4, 0)",
        one,
        two,
        near,
        far,
    )
    opened = [("OTHER", one, near, 5, 5), ("OTHER", two, near, 7, 7)]
    assert await movements(connection) == opened
    await connection.execute("UPDATE stock_levels SET reserved = 1 WHERE on_hand > 0")
    await connection.execute("UPDATE stock_levels SET on_hand = on_hand")
    assert await movements(connection) == opened
    await connection.execute("UPDATE stock_levels SET on_hand = CASE WHEN variant_id = $1 THEN 3 ELSE on_hand END", one)
    changed = [*opened, ("OTHER", one, near, -2, 3), ("OTHER", one, far, 3, 3)]
    assert await movements(connection) == changed
    await connection.execute("UPDATE stock_levels SET warehouse_id = $1 WHERE variant_id = $2", far, two)
    moved = [*changed, ("OTHER", two, near, -7, 0), ("OTHER", two, far, 7, 7)]
    assert await movements(connection) == moved
    await connection.execute(
        """INSERT INTO stock_levels (variant_id, warehouse_id, on_hand) VALUES ($1, $2, 1), ($3, $2, 9)
           ON CONFLICT (variant_id, warehouse_id) DO UPDATE SET on_hand = excluded.on_hand""",
        two,
        near,
        one,
    )
    assert sorted((await movements(connection))[len(moved) :]) == [
        ("OTHER", one, near, 6, 9),
        ("OTHER", two, near, 1, 1),
    ]


@pytest.mark.parametrize("gone", ["variants", "merchants"])
async def test_tell_what_went_with_its_variant_or_its_merchant(
    connection: asyncpg.Connection, merchant: int, gone: str
) -> None:
    product = await catalogue.product(connection, merchant)
    variant, warehouse = await catalogue.variant(connection, product), await catalogue.warehouse(connection, merchant)
    await catalogue.stock(connection, variant, warehouse, 5)
    if gone == "merchants":
        await connection.execute("DELETE FROM products")
    await connection.execute(f"DELETE FROM {gone}")  # noqa: S608 - one of the two above
    assert await movements(connection) == [("OTHER", variant, warehouse, 5, 5), ("REMOVAL", variant, warehouse, -5, 0)]
    assert await connection.fetchval("SELECT count(*) FROM stock_movements WHERE merchant_id = $1", merchant) == 2


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("ck_stock_movements_append_only", "UPDATE stock_movements SET difference = difference + 1"),
        ("ck_stock_movements_append_only", "DELETE FROM stock_movements"),
        ("ck_stock_movements_append_only", "TRUNCATE stock_movements"),
        ("ck_stock_movements_by_levels", "TRUNCATE stock_levels"),
        (
            "ck_stock_movements_by_levels",
            """INSERT INTO stock_movements (merchant_id, variant_id, warehouse_id, kind, difference, on_hand)
               SELECT merchant_id, variant_id, warehouse_id, kind, 1, 6 FROM stock_movements""",
        ),
    ],
)
async def test_are_written_by_nobody_else_and_never_changed(
    connection: asyncpg.Connection,
    variants: tuple[int, int],
    warehouses: tuple[int, int],
    constraint: str,
    statement: str,
) -> None:
    await catalogue.stock(connection, variants[0], warehouses[0], 5)
    before = await movements(connection)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await connection.execute(statement)
    assert refused.value.constraint_name == constraint
    assert await movements(connection) == before
    assert await connection.fetchval("SELECT sum(on_hand) FROM stock_levels") == 5


async def test_bring_nothing_into_a_warehouse_that_is_being_closed(
    connection: asyncpg.Connection,
    other: asyncpg.Connection,
    watching: asyncpg.Connection,
    variants: tuple[int, int],
    warehouses: tuple[int, int],
) -> None:
    (one, two), (near, _) = variants, warehouses
    await catalogue.stock(connection, one, near, 0)
    for variant, change in (
        (one, "UPDATE stock_levels SET on_hand = 1 WHERE (variant_id, warehouse_id) = ($1, $2)"),
        (two, "INSERT INTO stock_levels (variant_id, warehouse_id, on_hand) VALUES ($1, $2, 1)"),
    ):
        await connection.execute("UPDATE warehouses SET active = true")
        closing = connection.transaction()
        await closing.start()
        await connection.execute("SELECT FROM warehouses WHERE id = $1 FOR UPDATE", near)
        await connection.execute("SELECT FROM stock_levels WHERE warehouse_id = $1 FOR UPDATE", near)
        writing = asyncio.create_task(other.execute(change, variant, near))
        assert await blocked(watching, writing)
        await connection.execute("UPDATE warehouses SET active = false WHERE id = $1", near)
        await closing.commit()
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await writing
        assert refused.value.constraint_name == "ck_stock_levels_open"
    assert await connection.fetchval("SELECT sum(on_hand) FROM stock_levels") == 0
    assert await movements(connection) == []


async def test_are_seen_by_whoever_may_write_the_merchants_rows(
    connection: asyncpg.Connection, merchant: int, variants: tuple[int, int], warehouses: tuple[int, int]
) -> None:
    await catalogue.stock(connection, variants[0], warehouses[0], 5)
    for merchants, seen in ((f"{{{merchant}}}", 2), ("{}", 0)):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT set_config('souk.merchants', $1, true)", merchants)
        await connection.execute("SET LOCAL ROLE souk_app")
        await connection.execute("UPDATE stock_levels SET on_hand = 6")
        assert await connection.fetchval("SELECT count(*) FROM stock_movements") == seen
        await transaction.rollback()
