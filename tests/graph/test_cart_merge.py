"""When a guest signs in, the cart ..."""

from typing import Any

import asyncpg

from domain.access import Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api

MERGE = """mutation ($id: ID!, $key: String!) { cartMerge(input: { cartId: $id, idempotencyKey: $key }) {
    cart { id lines { nodes { quantity variant { sku } } } coupons { code } address { city } }
    lines { variant { sku } asked quantity outcome } codesLeftOut replayed userErrors { code field } } }"""
OWN = "{ viewer { customer { cart { id } } } }"


async def merged(api: Api, cart_id: str, key: str = "1") -> Any:
    return (await api.data(MERGE, id=cart_id, key=key))["cartMerge"]


def signed_in(api: Api, customer: Viewer, token: str) -> None:
    api.context.viewer = Viewer(account_id=customer.account_id, customer_id=customer.customer_id, cart_token=token)


async def test_becomes_the_customers_if_there_is_none(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    guests = await send(api, "CartCreate", lines=[line(shop.small, 2)])
    holder = api.context.viewer
    customer = await people.customer(connection)
    signed_in(api, customer, guests["token"])
    assert await api.data(OWN) == {"viewer": {"customer": {"cart": None}}}
    answer = await merged(api, guests["cart"]["id"])
    assert answer["userErrors"] == []
    assert answer["lines"] == [{"variant": {"sku": "L-S"}, "asked": 2, "quantity": 2, "outcome": "ADDED"}]
    assert answer["cart"]["id"] == guests["cart"]["id"]
    assert await api.data(OWN) == {"viewer": {"customer": {"cart": {"id": guests["cart"]["id"]}}}}
    api.context.viewer = holder  # the token opens it no more
    assert await api.data("query ($id: ID!) { cart(id: $id) { id } }", id=guests["cart"]["id"]) == {"cart": None}


async def test_goes_into_the_customers_own_and_each_line_is_told(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    customer = await people.customer(connection)
    api.context.viewer = customer
    own = await send(api, "CartCreate", lines=[line(shop.small, 998), line(shop.seat, 1)])
    await send(api, "CartCouponsSet", cartId=own["cart"]["id"], codes=["MINE"])
    api.context.viewer = Viewer()
    guests = await send(api, "CartCreate", lines=[line(shop.small, 5), line(shop.large, 2), line(shop.seat, 3)])
    guest_id = guests["cart"]["id"]
    await send(api, "CartCouponsSet", cartId=guest_id, codes=["THEIRS", "mine"])
    await send(api, "CartDeliverySet", cartId=guest_id, email="a@example.com", address=BONN, method="standard")
    signed_in(api, customer, guests["token"])
    answer = await merged(api, guest_id)
    assert answer == {
        "cart": {
            "id": own["cart"]["id"],
            "lines": {
                "nodes": [
                    {"quantity": 999, "variant": {"sku": "L-S"}},
                    {"quantity": 4, "variant": {"sku": "C"}},
                    {"quantity": 2, "variant": {"sku": "L-L"}},
                ]
            },
            "coupons": [{"code": "MINE"}, {"code": "THEIRS"}],
            "address": {"city": "Bonn"},
        },
        "lines": [
            {"variant": {"sku": "L-S"}, "asked": 5, "quantity": 999, "outcome": "CAPPED"},
            {"variant": {"sku": "L-L"}, "asked": 2, "quantity": 2, "outcome": "ADDED"},
            {"variant": {"sku": "C"}, "asked": 3, "quantity": 4, "outcome": "SUMMED"},
        ],
        "codesLeftOut": [],
        "replayed": False,
        "userErrors": [],
    }
    assert await merged(api, guest_id) == {**answer, "replayed": True}
    gone = await merged(api, guest_id, key="2")
    assert gone["userErrors"] == [{"code": "NOT_FOUND", "field": ["cartId"]}]
    events = await connection.fetch("SELECT type, subject_id, data FROM events ORDER BY id DESC LIMIT 2")
    assert [(row["type"], row["data"]) for row in events] == [
        ("CART_CHANGED", {"what": "merge"}),
        ("CART_MERGED", {"into": ids.decode(own["cart"]["id"])[1]}),
    ]


async def test_is_merged_in_the_document_that_signs_in(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await people.customer(connection, email="ada@example.com")
    guests = await send(api, "CartCreate", lines=[line(shop.small)])
    answer = await api.data(
        """mutation ($password: String!, $id: ID!) {
            sessionCreate(input: { email: "ada@example.com", password: $password }) { userErrors { code } }
            cartMerge(input: { cartId: $id, idempotencyKey: "1" }) { cart { cost { total { amount currency } } }
                lines { outcome } userErrors { code } } }""",
        password=people.PASSWORD,
        id=guests["cart"]["id"],
    )
    assert answer == {
        "sessionCreate": {"userErrors": []},
        "cartMerge": {"cart": {"cost": {"total": money("29.90")}}, "lines": [{"outcome": "ADDED"}], "userErrors": []},
    }


async def test_is_not_merged_without_its_token_or_when_it_is_a_customers(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    guests = await send(api, "CartCreate", lines=[line(shop.small)])
    customer = await people.customer(connection)
    signed_in(api, customer, "another token")
    assert (await merged(api, guests["cart"]["id"]))["userErrors"] == [{"code": "NOT_FOUND", "field": ["cartId"]}]
    own = await send(api, "CartCreate", lines=[line(shop.small)])
    assert (await merged(api, own["cart"]["id"]))["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["cartId"]}]
    assert await connection.fetchval("SELECT count(*) FROM carts WHERE customer_id IS NULL") == 1


async def test_takes_what_was_saved_for_later_along(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection)
    api.context.viewer = customer
    await send(api, "CartCreate", lines=[])
    api.context.viewer = Viewer()
    guests = await send(api, "CartCreate", lines=[line(shop.small), line(shop.large)])
    saved = guests["cart"]["lines"]["nodes"][0]["id"]
    answer = await api.data(
        """mutation ($id: ID!, $line: ID!) { cartLinesSave(input: { cartId: $id, lineIds: [$line] }) { cart {
            cost { total { amount currency } } lines { totalCount } savedLines { nodes { id savedForLater } } }
            userErrors { code } } }""",
        id=guests["cart"]["id"],
        line=saved,
    )
    assert answer["cartLinesSave"]["cart"] == {
        "cost": {"total": money("45.00")},
        "lines": {"totalCount": 1},
        "savedLines": {"nodes": [{"id": saved, "savedForLater": True}]},
    }
    signed_in(api, customer, guests["token"])
    assert [each["variant"]["sku"] for each in (await merged(api, guests["cart"]["id"]))["lines"]] == ["L-L"]
    rows = await connection.fetch("SELECT variant_id, saved FROM cart_lines ORDER BY saved")
    assert [tuple(row) for row in rows] == [(shop.large, False), (shop.small, True)]


async def test_of_wishes_is_filled_from_the_wish_list(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.customer(connection)
    add = """mutation ($id: ID!) { wishlistItemAdd(input: { variantId: $id }) {
        item { id variant { sku } } userErrors { code } } }"""
    wish = (await api.data(add, id=ids.encode("Variant", shop.small)))["wishlistItemAdd"]
    assert (await api.data(add, id=ids.encode("Variant", shop.small)))["wishlistItemAdd"] == wish
    draft = await catalogue.variant(connection, shop.draft)
    refused = (await api.data(add, id=ids.encode("Variant", draft)))["wishlistItemAdd"]
    assert refused == {"item": None, "userErrors": [{"code": "NOT_FOUND"}]}
    cart = (await send(api, "CartCreate", lines=[]))["cart"]
    move = """mutation ($id: ID!, $cart: ID!) { wishlistItemMove(input: { itemId: $id, cartId: $cart, quantity: 2 }) {
        cart { lines { nodes { quantity variant { sku } } } } userErrors { code } } }"""
    moved = (await api.data(move, id=wish["item"]["id"], cart=cart["id"]))["wishlistItemMove"]
    assert moved["cart"]["lines"]["nodes"] == [{"quantity": 2, "variant": {"sku": "L-S"}}]
    left = await api.data("{ viewer { customer { wishlist { totalCount nodes { id } } } } }")
    assert left["viewer"]["customer"]["wishlist"] == {"totalCount": 0, "nodes": []}
    remove = "mutation ($id: ID!) { wishlistItemRemove(input: { itemId: $id }) { removedId userErrors { code } } }"
    gone = (await api.data(remove, id=wish["item"]["id"]))["wishlistItemRemove"]
    assert gone == {"removedId": None, "userErrors": [{"code": "NOT_FOUND"}]}
