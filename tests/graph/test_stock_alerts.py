"""A variant that is low, sold out, or back ..."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from graph import ids
from models.database import Database
from services import mails, stock_watch
from services.gateways.mail import Message
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALERT = """mutation ($input: StockAlertInput!) { answer: %s(input: $input) {
    variant { sku } userErrors { code message field } } }"""
THRESHOLDS = """mutation ($input: StockThresholdsSetInput!) { answer: stockThresholdsSet(input: $input) {
    variants { sku stockThreshold { threshold supply } } userErrors { code field } } }"""
WAITING = "{ viewer { customer { stockAlerts { totalCount nodes { variant { sku } } } } } }"


@pytest.fixture
async def customer(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who would like a large lamp, of which there is none, and asks from now on."""
    assert shop
    api.context.viewer = await people.customer(connection, email="ada@example.com", display_name="Ada")
    return api.context.viewer


@pytest.fixture
def alert(api: Api) -> Callable[..., Any]:
    async def send(name: str, variant: int) -> Any:
        return (await api.data(ALERT % name, input={"variantId": ids.encode("Variant", variant)}))["answer"]

    return send


@pytest.fixture
def look(database: Database) -> Callable[..., Any]:
    async def once() -> None:
        async with database.transaction() as session:
            await stock_watch.look(session, now=NOW)

    return once


@pytest.fixture
async def large(connection: asyncpg.Connection, shop: SmallShop) -> int:
    """Large lamps lie nowhere yet, but have a place; so many can be put there."""
    await catalogue.stock(connection, shop.large, await catalogue.warehouse(connection, shop.ada), 0)
    return shop.large


async def put(connection: asyncpg.Connection, variant: int, on_hand: int, reserved: int = 0) -> None:
    await connection.execute(
        "UPDATE stock_levels SET on_hand = $2, reserved = $3 WHERE variant_id = $1", variant, on_hand, reserved
    )


async def told(connection: asyncpg.Connection) -> list[tuple[str, int, int, int]]:
    rows = await connection.fetch(
        "SELECT type, subject_id, data FROM events WHERE type IN ('LOW_STOCK', 'BACK_IN_STOCK') ORDER BY id"
    )
    return [(row["type"], row["subject_id"], row["data"]["variant_id"], row["data"]["available"]) for row in rows]


class Folder:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def test_is_waited_for_and_written_about_once(
    api: Api,
    customer: Viewer,
    alert: Callable[..., Any],
    look: Callable[..., Any],
    large: int,
    shop: SmallShop,
    database: Database,
    connection: asyncpg.Connection,
) -> None:
    for _ in range(2):
        assert await alert("stockAlertSet", large) == {"variant": {"sku": "L-L"}, "userErrors": []}
    assert (await api.data(WAITING))["viewer"]["customer"]["stockAlerts"] == {
        "totalCount": 1,
        "nodes": [{"variant": {"sku": "L-L"}}],
    }
    await look()
    await put(connection, large, 2, reserved=2)
    await look()
    assert await told(connection) == []
    await put(connection, large, 3, reserved=2)
    for _ in range(3):
        await look()
    assert await told(connection) == [("BACK_IN_STOCK", shop.lamp, large, 1)]
    assert (await api.data(WAITING))["viewer"]["customer"]["stockAlerts"]["totalCount"] == 0
    folder = Folder()
    assert await mails.send_due(database, folder, key="key", now=NOW) == 1
    (mail,) = folder.sent
    assert (mail.recipient, mail.subject) == ("ada@example.com", "Lamp, L is back")
    assert "Hello Ada,\n\nLamp, L can be bought again (lamp)." in mail.body
    owner = await connection.fetchval("SELECT account_id FROM mails")
    assert owner == customer.account_id


async def test_is_not_written_about_while_its_product_is_not_listed(
    customer: Viewer, alert: Callable[..., Any], look: Callable[..., Any], large: int, connection: asyncpg.Connection
) -> None:
    assert customer
    await alert("stockAlertSet", large)
    await put(connection, large, 3)
    await connection.execute("UPDATE products SET status = 'ARCHIVED'")
    await look()
    assert await connection.fetchval("SELECT count(*) FROM mails") == 0
    await connection.execute("UPDATE products SET status = 'PUBLISHED'")
    await look()
    assert await connection.fetchval("SELECT count(*) FROM mails") == 1


async def test_that_can_be_bought_or_is_not_listed_is_not_waited_for(
    api: Api,
    customer: Viewer,
    alert: Callable[..., Any],
    shop: SmallShop,
    connection: asyncpg.Connection,
) -> None:
    hidden = await catalogue.variant(connection, shop.draft)
    refusals = [
        ("stockAlertSet", shop.small, "BAD_USER_INPUT"),
        ("stockAlertSet", hidden, "NOT_FOUND"),
        ("stockAlertSet", 999_999, "NOT_FOUND"),
        ("stockAlertRemove", shop.large, "NOT_FOUND"),
    ]
    for name, variant, code in refusals:
        answer = await alert(name, variant)
        (error,) = answer["userErrors"]
        assert (answer["variant"], error["code"], error["field"]) == (None, code, ["variantId"])
    await alert("stockAlertSet", shop.large)
    others = await people.customer(connection)
    api.context.viewer = others
    (error,) = (await alert("stockAlertRemove", shop.large))["userErrors"]
    assert error["code"] == "NOT_FOUND"
    api.context.viewer = customer
    assert (await alert("stockAlertRemove", shop.large))["userErrors"] == []
    assert await connection.fetchval("SELECT count(*) FROM stock_alerts") == 0


async def test_is_waited_for_beside_ninety_nine_others_at_most(
    customer: Viewer, alert: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    for number in range(100):
        variant = await catalogue.variant(connection, shop.lamp, sku=f"W-{number}")
        await catalogue.insert(
            connection, "stock_alerts", customer_id=customer.customer_id, variant_id=variant, set_at=NOW
        )
    (error,) = (await alert("stockAlertSet", shop.large))["userErrors"]
    assert error["message"] == "variantId: you wait for 100 already; remove one first"
    assert (await alert("stockAlertSet", variant))["userErrors"] == []


async def test_by_its_threshold_is_told_of_once_for_each_fall_and_return(
    api: Api, look: Callable[..., Any], large: int, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    await put(connection, large, 9)
    rows = [{"variantId": ids.encode("Variant", large), "threshold": 3}]
    answer = (await api.data(THRESHOLDS, input={"rows": rows}))["answer"]
    watched = {"threshold": 3, "supply": "ENOUGH"}
    assert answer == {"variants": [{"sku": "L-L", "stockThreshold": watched}], "userErrors": []}
    supplies = []
    for on_hand, reserved in ((9, 5), (9, 6), (9, 7), (9, 9), (10, 9), (13, 9), (0, 0), (4, 0)):
        await put(connection, large, on_hand, reserved)
        for _ in range(2):
            await look()
        supplies.append(await connection.fetchval("SELECT supply FROM stock_thresholds"))
    assert supplies == ["ENOUGH", "LOW", "LOW", "OUT", "LOW", "ENOUGH", "OUT", "ENOUGH"]
    assert await told(connection) == [
        ("LOW_STOCK", shop.lamp, large, 3),
        ("LOW_STOCK", shop.lamp, large, 0),
        ("BACK_IN_STOCK", shop.lamp, large, 1),
        ("LOW_STOCK", shop.lamp, large, 0),
        ("BACK_IN_STOCK", shop.lamp, large, 4),
    ]
    await api.data(THRESHOLDS, input={"rows": [{"variantId": ids.encode("Variant", large), "threshold": None}]})
    assert await connection.fetchval("SELECT count(*) FROM stock_thresholds") == 0


async def test_has_a_threshold_of_its_merchants_staff_alone(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    small, large, seat = (ids.encode("Variant", key) for key in (shop.small, shop.large, shop.seat))
    rows = [
        {"variantId": small, "threshold": 3},
        {"variantId": seat, "threshold": 3},
        {"variantId": large, "threshold": 0},
        {"variantId": small, "threshold": 4},
    ]
    answer = (await api.data(THRESHOLDS, input={"rows": rows}))["answer"]
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [
        ("NOT_FOUND", ["rows", "1", "variantId"]),
        ("BAD_USER_INPUT", ["rows", "2", "threshold"]),
        ("BAD_USER_INPUT", ["rows", "3", "variantId"]),
    ]
    assert await connection.fetchval("SELECT count(*) FROM stock_thresholds") == 0
    await api.data(THRESHOLDS, input={"rows": rows[:1]})
    query = "query ($id: ID!) { node(id: $id) { ... on Variant { stockThreshold { threshold supply } } } }"
    assert (await api.data(query, id=small))["node"]["stockThreshold"] == {"threshold": 3, "supply": "ENOUGH"}
    for viewer in (await people.customer(connection), await people.member(connection, shop.bob, MerchantRole.OWNER)):
        api.context.viewer = viewer
        assert (await api.data(query, id=small))["node"]["stockThreshold"] is None
