"""Stock that is transferred, counted, and looked back at ..."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once

TRANSFER = """mutation ($input: StockTransferInput!) { answer: stockTransfer(input: $input) {
    number variants { sku stockLevels { warehouse onHand reserved } } replayed userErrors { code message field } } }"""
COUNT = """mutation ($input: StockCountInput!) { answer: stockCount(input: $input) {
    variants { sku } discrepancies { variant { sku } expected onHand difference } replayed
    userErrors { code message field } } }"""
MOVEMENTS = """query ($merchant: ID!, $variant: ID, $warehouse: ID, $kind: StockMovementKind, $after: String) {
    stockMovements(merchantId: $merchant, variantId: $variant, warehouseId: $warehouse, kind: $kind, first: 2,
                   after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { kind difference onHand reason reference by variant { sku } warehouse { code } } } }"""
NUMBERS = iter(range(10**9))


@pytest.fixture
async def packer(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who packs for Ada, and asks from now on."""
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    return api.context.viewer


@pytest.fixture
async def places(connection: asyncpg.Connection, shop: SmallShop) -> tuple[int, int]:
    """Where 5 small lamps lie, 2 of them promised, and where 4 do, all of them promised."""
    rows = await connection.fetch("SELECT warehouse_id FROM stock_levels WHERE variant_id = $1 ORDER BY 1", shop.small)
    return rows[0][0], rows[1][0]


@pytest.fixture
def ask(api: Api, packer: Viewer) -> Callable[..., Any]:
    assert packer

    async def send(document: str, **given: Any) -> Any:
        given.setdefault("idempotencyKey", str(next(NUMBERS)))
        return (await api.data(document, input=given))["answer"]

    return send


def between(origin: int, target: int, *lines: tuple[int, int], **given: Any) -> dict[str, Any]:
    return {
        "fromWarehouseId": ids.encode("Warehouse", origin),
        "toWarehouseId": ids.encode("Warehouse", target),
        "lines": [{"variantId": ids.encode("Variant", key), "quantity": quantity} for key, quantity in lines],
        **given,
    }


async def everything(connection: asyncpg.Connection) -> list[Any]:
    tables = ("stock_levels", "stock_movements", "events", "idempotency_keys", "products")
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608 - ours


async def moved(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        """SELECT variant_id, warehouse_id, kind, difference, on_hand, reason, reference_type, reference_id, account_id
           FROM stock_movements WHERE kind <> 'OTHER' ORDER BY id"""
    )
    return [tuple(row) for row in rows]


async def test_goes_from_one_warehouse_to_the_other(
    ask: Callable[..., Any],
    packer: Viewer,
    shop: SmallShop,
    places: tuple[int, int],
    connection: asyncpg.Connection,
) -> None:
    near, far = places
    await catalogue.stock(connection, shop.large, near, 7)
    lines = ((shop.small, 3), (shop.large, 7))
    answer = await ask(TRANSFER, **between(near, far, *lines, reason=" closer ", idempotencyKey="k"))
    codes = {row["id"]: row["code"] for row in await connection.fetch("SELECT id, code FROM warehouses")}
    assert answer["variants"] == [
        {
            "sku": "L-S",
            "stockLevels": [
                {"warehouse": codes[near], "onHand": 2, "reserved": 2},
                {"warehouse": codes[far], "onHand": 7, "reserved": 4},
            ],
        },
        {
            "sku": "L-L",
            "stockLevels": [
                {"warehouse": codes[near], "onHand": 0, "reserved": 0},
                {"warehouse": codes[far], "onHand": 7, "reserved": 0},
            ],
        },
    ]
    why = ("closer", "TRANSFER", answer["number"], packer.account_id)
    expected = [
        (shop.small, near, "TRANSFER", -3, 2, *why),
        (shop.small, far, "TRANSFER", 3, 7, *why),
        (shop.large, near, "TRANSFER", -7, 0, *why),
        (shop.large, far, "TRANSFER", 7, 7, *why),
    ]
    assert await moved(connection) == sorted(expected, key=lambda each: each[:2])
    events = await connection.fetch("SELECT type, subject_id, data FROM events ORDER BY id")
    assert [(row["type"], row["subject_id"]) for row in events] == [("STOCK_CHANGED", shop.lamp)] * 4
    assert {row["data"]["reason"] for row in events} == {"closer"}
    again = await ask(TRANSFER, **between(near, far, *lines, reason=" closer ", idempotencyKey="k"))
    assert (again["replayed"], again["number"]) == (True, answer["number"])
    assert len(await moved(connection)) == 4


async def test_does_not_go_where_anything_is_wrong(
    ask: Callable[..., Any], shop: SmallShop, places: tuple[int, int], connection: asyncpg.Connection
) -> None:
    near, far = places
    bobs = await catalogue.warehouse(connection, shop.bob)
    closed = await catalogue.warehouse(connection, shop.ada)
    await connection.execute("UPDATE warehouses SET active = false WHERE id = $1", closed)
    before = await everything(connection)
    fine = (shop.small, 1)
    wrong: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
        (between(near, near, fine), [("BAD_USER_INPUT", ["toWarehouseId"])]),
        (between(near, closed, fine), [("BAD_USER_INPUT", ["toWarehouseId"])]),
        (between(near, bobs, fine), [("NOT_FOUND", ["toWarehouseId"])]),
        (between(bobs, near, fine), [("NOT_FOUND", ["fromWarehouseId"])]),
        (between(near, far), [("BAD_USER_INPUT", ["lines"])]),
        (between(near, far, fine, reason="x" * 201), [("BAD_USER_INPUT", ["reason"])]),
        (
            between(near, far, fine, (shop.seat, 1), fine, (shop.large, 0)),
            [
                ("NOT_FOUND", ["lines", "1", "variantId"]),
                ("BAD_USER_INPUT", ["lines", "2", "variantId"]),
                ("BAD_USER_INPUT", ["lines", "3", "quantity"]),
            ],
        ),
        (
            between(near, far, (shop.small, 4), (shop.large, 1)),
            [("STOCK_RESERVED", ["lines", "0", "quantity"]), ("STOCK_RESERVED", ["lines", "1", "quantity"])],
        ),
        (between(far, near, fine), [("STOCK_RESERVED", ["lines", "0", "quantity"])]),
    ]
    for given, errors in wrong:
        answer = await ask(TRANSFER, **given)
        assert [(error["code"], error["field"]) for error in answer["userErrors"]] == errors
        assert (answer["number"], answer["variants"]) == (None, [])
    assert await everything(connection) == before


async def test_goes_to_and_fro_at_once_without_a_circle(
    ask: Callable[..., Any], shop: SmallShop, places: tuple[int, int], connection: asyncpg.Connection
) -> None:
    near, far = places
    for variant in (shop.small, shop.large):
        for place in places:
            await connection.execute(
                """INSERT INTO stock_levels VALUES ($1, $2, 20, 0) ON CONFLICT (variant_id, warehouse_id)
                   DO UPDATE SET on_hand = 20, reserved = 0""",
                variant,
                place,
            )
    lines = ((shop.small, 1), (shop.large, 1))
    answers = await at_once(
        *(
            ask(TRANSFER, **between(origin, target, *order))
            for _ in range(5)
            for origin, target in ((near, far), (far, near))
            for order in (lines, lines[::-1])
        )
    )
    assert [each["userErrors"] for each in answers] == [[]] * 20
    assert await connection.fetch("SELECT DISTINCT on_hand FROM stock_levels") == [(20,)]
    assert len({each["number"] for each in answers}) == 20


async def test_is_counted_and_what_differs_is_told_and_kept(
    ask: Callable[..., Any],
    packer: Viewer,
    shop: SmallShop,
    places: tuple[int, int],
    connection: asyncpg.Connection,
) -> None:
    near, far = places
    small, large = ids.encode("Variant", shop.small), ids.encode("Variant", shop.large)
    rows = [{"variantId": small, "onHand": 4, "expected": 5}, {"variantId": large, "onHand": 0, "expected": 0}]
    given = {"warehouseId": ids.encode("Warehouse", near), "rows": rows, "reason": "yearly", "idempotencyKey": "k"}
    answer = await ask(COUNT, **given)
    assert answer["variants"] == [{"sku": "L-S"}, {"sku": "L-L"}]
    discrepancy = {"variant": {"sku": "L-S"}, "expected": 5, "onHand": 4, "difference": -1}
    assert answer["discrepancies"] == [discrepancy]
    counted = (shop.small, near, "COUNT", -1, 4, "yearly", None, None, packer.account_id)
    assert await moved(connection) == [counted]
    again = await ask(COUNT, **given)
    assert (again["replayed"], again["discrepancies"]) == (True, [discrepancy])
    before = await everything(connection)
    wrong = [
        (near, [{"variantId": small, "onHand": 4, "expected": 5}], [("STOCK_CHANGED", ["rows", "0", "expected"])]),
        (far, [{"variantId": small, "onHand": 3, "expected": 4}], [("STOCK_RESERVED", ["rows", "0", "onHand"])]),
        (near, [], [("BAD_USER_INPUT", ["rows"])]),
        (
            near,
            [{"variantId": ids.encode("Variant", shop.seat), "onHand": 3, "expected": 0}],
            [("NOT_FOUND", ["rows", "0", "variantId"])],
        ),
    ]
    for place, rows, errors in wrong:
        answer = await ask(COUNT, warehouseId=ids.encode("Warehouse", place), rows=rows)
        assert [(error["code"], error["field"]) for error in answer["userErrors"]] == errors
    assert await everything(connection) == before


async def test_is_looked_back_at_page_by_page_by_the_merchants_staff(
    ask: Callable[..., Any],
    api: Api,
    packer: Viewer,
    shop: SmallShop,
    places: tuple[int, int],
    connection: asyncpg.Connection,
) -> None:
    near, far = places
    answer = await ask(TRANSFER, **between(near, far, (shop.small, 1), reason="closer"))
    ada = ids.encode("Merchant", shop.ada)
    codes = {row["id"]: row["code"] for row in await connection.fetch("SELECT id, code FROM warehouses")}
    email = await connection.fetchval("SELECT email FROM accounts WHERE id = $1", packer.account_id)
    why = {
        "kind": "TRANSFER",
        "reason": "closer",
        "reference": ids.encode("Transfer", answer["number"]),
        "by": email,
        "variant": {"sku": "L-S"},
    }
    came = {**why, "difference": 1, "onHand": 5, "warehouse": {"code": codes[far]}}
    left = {**why, "difference": -1, "onHand": 4, "warehouse": {"code": codes[near]}}
    page = (await api.data(MOVEMENTS, merchant=ada))["stockMovements"]
    assert page["nodes"] == sorted([came, left], key=lambda each: each["warehouse"]["code"] == codes[near])
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    assert api.statements == 4
    following = (await api.data(MOVEMENTS, merchant=ada, after=page["pageInfo"]["endCursor"]))["stockMovements"]
    assert [(each["kind"], each["by"], each["reference"]) for each in following["nodes"]] == [("OTHER", None, None)] * 2
    assert following["pageInfo"]["hasNextPage"] is False
    narrowed = {
        1: {"warehouse": ids.encode("Warehouse", far), "kind": "TRANSFER"},
        2: {"variant": ids.encode("Variant", shop.small), "warehouse": ids.encode("Warehouse", near)},
        0: {"variant": ids.encode("Variant", shop.large)},
    }
    for count, given in narrowed.items():
        assert (await api.data(MOVEMENTS, merchant=ada, **given))["stockMovements"]["totalCount"] == count
    nothing = {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    assert (await api.data(MOVEMENTS, merchant=ids.encode("Product", shop.lamp)))["stockMovements"] == nothing
    for stranger in (await people.customer(connection), await people.member(connection, shop.bob, MerchantRole.OWNER)):
        api.context.viewer = stranger
        assert (await api.data(MOVEMENTS, merchant=ada))["stockMovements"] == nothing
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    assert (await api.data(MOVEMENTS, merchant=ada))["stockMovements"]["totalCount"] == 4
