"""Staff finds orders ..."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from models.database import Database
from tests.factories import bought, catalogue, people
from tests.factories.bought import NOW, Buying
from tests.graph.conftest import Api

ORDERS = """
query ($filter: OrderFilter, $sort: OrderSort! = NEWEST, $first: Int! = 20, $after: String) {
    orders(filter: $filter, sort: $sort, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { number email total { amount } allowedActions parts { status cost { total { amount } } }
                lines(first: 10) { totalCount } fulfilments { status } refunds { status amount { amount } }
                returns { status } invoices { number total { amount } } } } }
"""


class Shop:
    """Four orders: Ada's, Bob's, of both, and Ada's that was sent; Bea's but the second, a day apart."""

    def __init__(self, numbers: list[str], viewers: dict[str, Viewer], ada: int) -> None:
        self.numbers, self.viewers, self.ada = numbers, viewers, ada


@pytest.fixture
async def shop(database: Database, connection: asyncpg.Connection) -> Shop:
    ada, bob = await catalogue.merchant(connection), await catalogue.merchant(connection)
    lamp, chair = await bought.piece(connection, ada, 1_000), await bought.piece(connection, bob, 5_000)
    orders = []
    for day, pieces in enumerate([[lamp], [chair], [lamp, chair], [lamp]]):
        email = "cem@example.com" if day == 1 else "Bea@example.com"
        orders.append(await bought.buy(database, Buying(pieces, email=email, now=NOW + timedelta(days=day))))
    viewers = {
        "ada": await people.member(connection, ada, MerchantRole.PACKER),
        "bob": await people.member(connection, bob, MerchantRole.OWNER),
        "agent": await people.staff(connection, PlatformRole.AGENT),
        "customer": await people.customer(connection),
        "partner": await people.partner(connection, ada),
        "platform's partner": await people.partner(connection),
        "visitor": Viewer(),
    }
    await bought.send(database, viewers["ada"], orders[3].order_id, now=NOW + timedelta(days=4))
    rows = await connection.fetch("SELECT number FROM orders ORDER BY id")
    return Shop([row["number"] for row in rows], viewers, ada)


async def found(api: Api, shop: Shop, viewer: str, **variables: Any) -> list[int]:
    """Give the places of the orders that are found, in their order, and see that they are counted."""
    api.context.viewer = shop.viewers[viewer]
    orders = (await api.data(ORDERS, **variables))["orders"]
    assert orders["totalCount"] == len(orders["nodes"])
    return [shop.numbers.index(node["number"]) for node in orders["nodes"]]


@pytest.mark.parametrize(
    ("viewer", "places"),
    [
        ("agent", [3, 2, 1, 0]),
        ("platform's partner", [3, 2, 1, 0]),
        ("ada", [3, 2, 0]),
        ("partner", [3, 2, 0]),
        ("bob", [2, 1]),
        ("customer", []),
        ("visitor", []),
    ],
)
async def test_as_far_as_they_are_its_own(api: Api, shop: Shop, viewer: str, places: list[int]) -> None:
    assert await found(api, shop, viewer) == places
    assert await found(api, shop, viewer, sort="OLDEST") == places[::-1]


async def test_by_what_it_knows_of_them(api: Api, shop: Shop) -> None:
    first = {"number": f" {shop.numbers[0].lower()} "}
    ada = ids.encode("Merchant", shop.ada)
    for filter_, places in (
        (first, [0]),
        ({"number": "S1"}, []),
        ({"email": "BEA@example.com"}, [3, 2, 0]),
        ({"email": "bea"}, []),
        ({"statuses": ["FULFILLED"]}, [3]),
        ({"statuses": ["PAID", "FULFILLED"]}, [3, 2, 1, 0]),
        ({"statuses": []}, []),
        ({"merchantId": ada}, [3, 2, 0]),
        ({"merchantId": ada, "partStatuses": ["READY"]}, [2, 0]),
        ({"partStatuses": ["FULFILLED"]}, [3]),
        ({"merchantId": ids.encode("Product", shop.ada)}, []),
        ({"placedFrom": "2026-03-02T12:00:00Z", "placedTo": "2026-03-04T12:00:00Z"}, [2, 1]),
        ({"email": "cem@example.com", "merchantId": ada}, []),
    ):
        assert await found(api, shop, "agent", filter=filter_) == places, filter_
    assert await found(api, shop, "ada", filter=first) == [0]
    assert await found(api, shop, "bob", filter=first) == []
    # Whose an order is is not a merchant's to find out.
    assert await found(api, shop, "ada", filter={"email": "bea@example.com"}) == []
    assert await found(api, shop, "ada", filter={"partStatuses": ["READY"]}) == [2, 0]


async def test_with_its_own_part_of_them(api: Api, shop: Shop) -> None:
    api.context.viewer = shop.viewers["ada"]
    nodes = (await api.data(ORDERS))["orders"]["nodes"]
    assert nodes[1] == {
        "number": shop.numbers[2],
        "email": None,
        "total": {"amount": "10.00"},
        "allowedActions": ["FULFIL", "ADD_NOTE"],
        "parts": [{"status": "READY", "cost": {"total": {"amount": "10.00"}}}],
        "lines": {"totalCount": 1},
        "fulfilments": [],
        "refunds": [],
        "returns": [],
        "invoices": [],
    }
    assert nodes[0]["fulfilments"] == [{"status": "SHIPPED"}]
    assert nodes[0]["invoices"] == [{"number": "INV-2026-000001", "total": {"amount": "10.00"}}]


async def test_page_by_page(api: Api, shop: Shop, database: Database, connection: asyncpg.Connection) -> None:
    api.context.viewer = shop.viewers["agent"]
    page = (await api.data(ORDERS, first=3))["orders"]
    assert [shop.numbers.index(node["number"]) for node in page["nodes"]] == [3, 2, 1]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (4, True)
    one = api.statements
    piece = await bought.piece(connection, shop.ada, 700)
    await bought.buy(database, Buying([piece]))
    rest = (await api.data(ORDERS, first=3, after=page["pageInfo"]["endCursor"]))["orders"]
    assert [shop.numbers.index(node["number"]) for node in rest["nodes"]] == [0]
    assert api.statements == one
    code, message = await api.refused(ORDERS, sort="OLDEST", after=page["pageInfo"]["endCursor"])
    assert (code, "cursor" in message) == ("BAD_USER_INPUT", True)


async def test_and_is_told_of_the_argument_that_graphql_refuses_before_one_that_we_do(api: Api, shop: Shop) -> None:
    api.context.viewer = shop.viewers["agent"]
    query = "query ($filter: OrderFilter, $sort: OrderSort) { orders(filter: $filter, sort: $sort) { totalCount } }"
    (error,) = (await api.answer(query, filter={"merchantId": "no id"}, sort=None))["errors"]
    assert error["message"].startswith("Argument 'sort' has invalid value")
    (error,) = (await api.answer(query, filter={"merchantId": "no id"}))["errors"]
    assert error["message"] == "'no id' is no id of this shop; take ids from the answers of other queries"
