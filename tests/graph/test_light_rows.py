"""Rows of a list are read without the columns that a document does not ask for ..."""

from typing import Any, Final

import asyncpg
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from domain.access import MerchantRole, PlatformRole, Viewer
from graph.schema import schema
from models.database import Database, Row, Statement
from resolvers.loaders import orders as order_loaders
from resolvers.loaders import products as product_loaders
from tests.factories import catalogue, orders, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

CORE: Final = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
OF_CUSTOMER: Final = "viewer { customer { orders { %s } } }"
OF_STAFF: Final = "orders { %s }"
ORDERS: Final = "nodes { %s }"
EDGES: Final = "edges { cursor node { %s } }"
LINES: Final = "nodes { lines { nodes { %s } } }"
PARTS: Final = "nodes { parts { lines { edges { node { %s } } } } }"
PRODUCTS: Final = "nodes { lines { nodes { product { %s } } } }"
HEAVY: Final = {
    "Order": "heavy: address { city }",
    "OrderLine": "heavy: tax { amount }",
    "Product": "heavy: media { totalCount }",
}
"""What makes lists be read with all columns."""
WAYS: Final = [("Order", ORDERS), ("Order", EDGES), ("OrderLine", LINES), ("OrderLine", PARTS), ("Product", PRODUCTS)]


@pytest.fixture
async def ada(connection: asyncpg.Connection, shop: SmallShop) -> Viewer:
    """A customer with two orders of two merchants."""
    ada = await people.customer(connection)
    for _ in range(2):
        made = await orders.order(connection, shop.ada, shop.small, customer_id=ada.customer_id)
        await orders.part(connection, made["Order"], shop.bob, shop.seat)
        product_id = await catalogue.product(connection, shop.ada, category_id=shop.lamps)
        await connection.execute("UPDATE order_lines SET product_id = $2 WHERE id = $1", made["OrderLine"], product_id)
    return ada


def fields_of(type_name: str) -> list[str]:
    """Write each field of a type, with hardly anything below it."""
    of = CORE.type_map[type_name]
    assert isinstance(of, GraphQLObjectType)
    return [
        name if is_leaf_type(get_named_type(field.type)) else f"{name} {{ __typename }}"
        for name, field in of.fields.items()
    ]


def without_heavy(value: Any) -> Any:
    if isinstance(value, list):
        return [without_heavy(each) for each in value]
    if isinstance(value, dict):
        return {name: without_heavy(each) for name, each in value.items() if name != "heavy"}
    return value


@pytest.mark.parametrize(("type_name", "way"), WAYS)
async def test_and_answer_each_field_as_rows_with_all_columns_do(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, ada: Viewer, type_name: str, way: str
) -> None:
    staff = [
        await people.staff(connection, PlatformRole.AGENT),
        await people.member(connection, shop.ada, MerchantRole.OWNER),
    ]
    for viewer, place in [(ada, OF_CUSTOMER), *((each, OF_STAFF) for each in staff)]:
        api.context.viewer = viewer
        for field in fields_of(type_name):
            light = await api.data("{" + place % (way % field) + "}")
            full = await api.data("{" + place % (way % f"{field} {HEAVY[type_name]}") + "}")
            assert light == without_heavy(full), field
            assert light != full


@pytest.mark.parametrize(
    ("selected", "read"),
    [
        ("number", {"Order": True}),
        ("number address { city }", {"Order": False}),
        (
            "... on Order { number total { amount } } lines { nodes { sku total { amount } } }",
            {"Order": True, "OrderLine": True},
        ),
        ("lines { nodes { sku tax { amount } } }", {"Order": True, "OrderLine": False}),
        ("allowedActions", {"Order": False}),
        ("cost { total { amount } } lines { edges { node { product { slug } } } }", {"Order": False, "Product": True}),
        ("lines { nodes { product { slug media { totalCount } } } }", {"OrderLine": True, "Product": False}),
    ],
)
async def test_where_all_that_is_asked_for_can_be_told_from_the_others(
    api: Api, ada: Viewer, monkeypatch: pytest.MonkeyPatch, selected: str, read: dict[str, bool]
) -> None:
    heavy = {
        order_loaders.OrderRow: ("Order", "address"),
        order_loaders.OrderLineRow: ("OrderLine", "tax"),
        product_loaders.ProductRow: ("Product", "media"),
    }
    found: set[str] = set()
    fetch = Database.fetch

    async def fetched(database: Database, statement: Statement, row: type[Row] = Row, **parameters: Any) -> list[Row]:
        nonlocal found
        rows = await fetch(database, statement, row, **parameters)
        if row in heavy and rows:
            name, column = heavy[row]
            found |= set() if column in rows[0] else {name}
        return rows

    monkeypatch.setattr(Database, "fetch", fetched)
    api.context.viewer = ada
    await api.data("{" + OF_CUSTOMER % (ORDERS % selected) + "}")
    assert {name: name in found for name in read} == read  # graphql-core, which is asked too, reads all columns


async def test_and_no_row_at_all_of_who_is_signed_in_where_the_id_is_enough(api: Api, ada: Viewer) -> None:
    api.context.viewer = ada
    asked = "viewer { customer { id __typename orders { nodes { number } } %s } }"
    known = (await api.data("{" + asked % "" + "}"))["viewer"]["customer"]
    assert api.statements == 1
    read = (await api.data("{" + asked % "displayName" + "}"))["viewer"]["customer"]
    assert api.statements == 2
    assert read.pop("displayName") == "Ada"
    assert known == read
    api.context.viewer = Viewer(partner_id=1)
    assert (await api.data("{" + asked % "" + "}"))["viewer"]["customer"] is None
