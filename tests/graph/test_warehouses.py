"""Warehouses ..."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

WAREHOUSE = "warehouse { id code name country priority active version }"
OPEN = {"name": "Berlin", "country": "DE", "priority": 10, "active": True, "version": 1}


@pytest.fixture
async def manager(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who manages Ada's shop, and asks from now on."""
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.MANAGER)
    return api.context.viewer


@pytest.fixture
def ask(api: Api, manager: Viewer) -> Callable[..., Any]:
    assert manager

    async def send(name: str, /, **given: Any) -> Any:
        of = {"warehouseCreate": "WarehouseCreateInput", "warehouseUpdate": "WarehouseUpdateInput"}
        document = f"""mutation ($input: {of.get(name, "WarehouseInput")}!) {{ answer: {name}(input: $input) {{
            {WAREHOUSE} userErrors {{ code message field }} }} }}"""
        return (await api.data(document, input=given))["answer"]

    return send


async def opened(ask: Callable[..., Any], shop: SmallShop, **given: Any) -> Any:
    given = {"code": "berlin", "name": " Berlin ", "country": "DE", "priority": 10, **given}
    return await ask("warehouseCreate", merchantId=ids.encode("Merchant", shop.ada), **given)


async def told(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT type, subject_type, subject_id, subject_version FROM events ORDER BY id")
    return [tuple(row) for row in rows]


async def everything(connection: asyncpg.Connection) -> list[Any]:
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("warehouses", "events")]  # noqa: S608 - ours


async def test_are_opened_changed_closed_and_opened_again(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    warehouse = (await opened(ask, shop))["warehouse"]
    warehouse_id = warehouse.pop("id")
    assert warehouse == {"code": "berlin", **OPEN}
    which = {"warehouseId": warehouse_id, "expectedVersion": 1}
    changed = await ask("warehouseUpdate", **which, country=None, priority=1, name=None)
    assert changed["warehouse"] == {
        "id": warehouse_id,
        "code": "berlin",
        "name": "Berlin",
        "country": None,
        "priority": 1,
        "active": True,
        "version": 2,
    }
    closed = await ask("warehouseClose", warehouseId=warehouse_id, expectedVersion=2)
    assert (closed["warehouse"]["active"], closed["warehouse"]["version"]) == (False, 3)
    again = await ask("warehouseReopen", warehouseId=warehouse_id)
    assert (again["warehouse"]["active"], again["warehouse"]["version"]) == (True, 4)
    key = ids.decode(warehouse_id)[1]
    assert await told(connection) == [
        ("WAREHOUSE_CHANGED", "warehouse", key, 1),
        ("WAREHOUSE_CHANGED", "warehouse", key, 2),
        ("WAREHOUSE_CLOSED", "warehouse", key, 3),
        ("WAREHOUSE_CHANGED", "warehouse", key, 4),
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "two words"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"country": "Germany"}, "country"),
        ({"priority": 0}, "priority"),
        ({"priority": 1001}, "priority"),
        ({"code": "taken"}, "code"),
    ],
)
async def test_that_cannot_be_are_not_opened(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection, given: dict[str, Any], field: str
) -> None:
    await catalogue.insert(connection, "warehouses", merchant_id=shop.ada, code="taken", name="Taken")
    before = await everything(connection)
    answer = await opened(ask, shop, **given)
    (error,) = answer["userErrors"]
    assert (answer["warehouse"], error["code"], error["field"]) == (None, "BAD_USER_INPUT", [field])
    assert await everything(connection) == before


async def test_of_one_merchant_are_a_hundred_at_most(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    for _ in range(98):  # two are there
        await catalogue.warehouse(connection, shop.ada)
    (error,) = (await opened(ask, shop))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["merchantId"])
    assert error["message"] == "merchantId: it has 100 warehouses, as many as it may"


async def test_stay_as_they_are_where_they_are_not_as_expected(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    full = await connection.fetchval("SELECT warehouse_id FROM stock_levels WHERE on_hand = 5")
    empty = await catalogue.warehouse(connection, shop.ada)
    before = await everything(connection)
    refusals = [
        ("warehouseUpdate", {"warehouseId": full, "expectedVersion": 2, "name": "X"}, ["expectedVersion"]),
        ("warehouseClose", {"warehouseId": empty, "expectedVersion": 7}, ["expectedVersion"]),
        ("warehouseClose", {"warehouseId": full}, None),
        ("warehouseReopen", {"warehouseId": empty}, None),
    ]
    messages = []
    for name, given, field in refusals:
        answer = await ask(name, **{**given, "warehouseId": ids.encode("Warehouse", given["warehouseId"])})
        (error,) = answer["userErrors"]
        assert (answer["warehouse"], error["code"], error["field"]) == (None, "CONFLICT", field), name
        messages.append(error["message"])
    assert messages == [
        "expectedVersion: the warehouse is at version 1, not 2; read it again",
        "expectedVersion: the warehouse is at version 1, not 7; read it again",
        "5 units of 1 variants lie in the warehouse: transfer or count them away first.",
        "The warehouse is open already.",
    ]
    assert await everything(connection) == before


async def test_are_run_by_owners_and_managers_alone(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    before = await everything(connection)
    strangers = [
        await people.member(connection, shop.ada, MerchantRole.PACKER),
        await people.member(connection, shop.bob, MerchantRole.OWNER),
        await people.customer(connection),
    ]
    for stranger in strangers:
        api.context.viewer = stranger
        (error,) = (await opened(ask, shop))["userErrors"]
        assert error["code"] == "NOT_FOUND"
    assert await everything(connection) == before
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    assert (await opened(ask, shop))["userErrors"] == []


async def test_are_seen_by_the_merchants_staff_in_the_order_of_their_priority(
    ask: Callable[..., Any], api: Api, manager: Viewer, shop: SmallShop
) -> None:
    await opened(ask, shop, code="first", priority=1)
    query = f"""query ($id: ID!) {{ node(id: $id) {{ ... on MerchantAccount {{ warehouses {{ code }} }} }}
        other: node(id: "{ids.encode("MerchantAccount", shop.bob)}") {{ id }} }}"""
    seen = await api.data(query, id=ids.encode("MerchantAccount", shop.ada))
    codes = [each["code"] for each in seen["node"]["warehouses"]]
    assert (codes[0], len(codes), seen["other"]) == ("first", 3, None)
    assert manager
