"""A cart ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, PlatformRole, Viewer
from graph import ids
from tests.factories import cart_terms, catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api


async def test_is_made_by_a_guest(api: Api, shop: SmallShop) -> None:
    answer = await send(api, "CartCreate", lines=[line(shop.small, 2)])
    assert answer["userErrors"] == []
    assert len(answer["token"]) == 43
    (node,) = answer["cart"]["lines"]["nodes"]
    assert node == {
        "id": node["id"],
        "quantity": 2,
        "variant": {"id": ids.encode("Variant", shop.small), "sku": "L-S"},
        "unitPrice": money("29.90"),
        "total": money("59.80"),
    }
    assert answer["cart"]["cost"] == {
        "subtotal": money("59.80"),
        "discount": money("0.00"),
        "shipping": money("0.00"),
        "tax": money("0.00"),
        "total": money("59.80"),
    }
    assert answer["cart"]["priceTrace"] == [
        {"kind": "BASE", "label": "Lamp, S", "amount": money("59.80"), "applied": True, "reason": "2 at 29.90"}
    ]
    assert answer["cart"]["problems"] == [
        {
            "code": "ADDRESS_MISSING",
            "message": "say where it shall be sent, by cartDeliverySet",
            "lineId": None,
        }
    ]


async def test_takes_more_less_and_nothing_of_a_line(api: Api, shop: SmallShop) -> None:
    cart = (await send(api, "CartCreate", lines=[line(shop.small)]))["cart"]
    more = await send(api, "CartLinesAdd", cartId=cart["id"], lines=[line(shop.small, 2), line(shop.large)])
    small, large = more["cart"]["lines"]["nodes"]
    assert [(each["quantity"], each["total"]) for each in (small, large)] == [(3, money("89.70")), (1, money("45.00"))]
    assert small["id"] == cart["lines"]["nodes"][0]["id"]
    updates = [{"lineId": small["id"], "quantity": 1}, {"lineId": large["id"], "quantity": 0}]
    less = await send(api, "CartLinesUpdate", cartId=cart["id"], lines=updates)
    assert [(each["id"], each["quantity"]) for each in less["cart"]["lines"]["nodes"]] == [(small["id"], 1)]
    assert less["cart"]["cost"]["total"] == money("29.90")


async def test_is_sent_with_tax_in_the_prices(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    await cart_terms.method(connection, 590)
    await cart_terms.method(connection, 1490, code="express", label="Express", countries=["US"])
    await cart_terms.region(connection, "DE", {"standard": 1900}, inclusive=True)
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    answer = await send(
        api, "CartDeliverySet", cartId=cart["id"], email="Ada@Example.com", address=BONN, method="standard"
    )
    assert answer["userErrors"] == []
    assert answer["cart"]["deliveryOptions"] == [{"code": "standard", "label": "Standard", "price": money("5.90")}]
    assert answer["cart"]["problems"] == []
    # 19/119 of 59.80 is 9.547..., of 5.90 is 0.942...
    assert answer["cart"]["cost"] == {
        "subtotal": money("59.80"),
        "discount": money("0.00"),
        "shipping": money("5.90"),
        "tax": money("10.49"),
        "total": money("65.70"),
    }
    tax = answer["cart"]["priceTrace"][-1]
    assert (tax["kind"], tax["label"], tax["amount"]) == ("TAX", "VAT 19 %", money("0.00"))
    assert tax["reason"] == "10.49 contained in 65.70"


async def test_is_sent_with_tax_on_top(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    await cart_terms.method(connection, 590, free_from=6000)
    await cart_terms.region(connection, "US", {"standard": 725}, inclusive=False, region="CA")
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    address = {**BONN, "country": "US", "region": "ca"}
    given = {"cartId": cart["id"], "email": "ada@example.com", "method": "standard"}
    answer = await send(api, "CartDeliverySet", **given, address=address)
    # 7.25 % of 59.80 is 4.3355, of 5.90 is 0.42775.
    assert answer["cart"]["cost"] == {
        "subtotal": money("59.80"),
        "discount": money("0.00"),
        "shipping": money("5.90"),
        "tax": money("4.77"),
        "total": money("70.47"),
    }
    elsewhere = await send(api, "CartDeliverySet", **given, address={**address, "region": None})
    assert [(each["code"], each["message"]) for each in elsewhere["cart"]["problems"]] == [
        ("ADDRESS_INVALID", "region: name one of US: CA")
    ]
    assert elsewhere["cart"]["cost"]["total"] == money("65.70")
    free = await send(api, "CartLinesAdd", cartId=cart["id"], lines=[line(shop.small)])
    assert free["cart"]["cost"]["shipping"] == money("0.00")


async def test_says_whose_taxes_hold_until_there_is_an_address(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    await cart_terms.region(connection, "US", {"standard": 1000}, inclusive=False, is_default=True)
    answer = await send(api, "CartCreate", lines=[line(shop.small)])
    assert answer["cart"]["cost"]["tax"] == money("2.99")
    assert answer["cart"]["priceTrace"][-1] == {
        "kind": "TAX",
        "label": "Sales tax",
        "amount": money("0.00"),
        "applied": True,
        "reason": "as in US until there is an address",
    }


async def test_names_what_is_wrong_and_prices_the_rest(
    api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    lines = [line(shop.small, 4), line(shop.large), line(shop.seat)]
    other = await catalogue.product(connection, shop.ada, name="Bulb")
    bulb = await catalogue.variant(connection, other, prices={"USD": 500})
    await catalogue.stock(connection, bulb, await catalogue.warehouse(connection, shop.ada), 10)
    created = await send(api, "CartCreate", lines=[*lines, line(bulb)])
    assert created["cart"]["cost"]["subtotal"] == money("169.60")
    await connection.execute("UPDATE variant_prices SET amount = 3990 WHERE variant_id = $1 AND currency = 'USD'", bulb)
    await connection.execute("UPDATE products SET status = 'ARCHIVED' WHERE id = $1", shop.lamp)
    codes = await send(api, "CartCouponsSet", cartId=created["cart"]["id"], codes=[" no such ", "NOSUCH"])
    cart = codes["cart"]
    by_line = {each["id"]: at for at, each in enumerate(cart["lines"]["nodes"])}
    assert [(each["code"], by_line.get(each["lineId"]), each["message"]) for each in cart["problems"]] == [
        ("PRODUCT_UNAVAILABLE", 0, "Lamp, S is not sold any more; remove it"),
        ("PRODUCT_UNAVAILABLE", 1, "Lamp, L is not sold any more; remove it"),
        ("CURRENCY_MISSING", 2, "Chair has no price in USD; remove it, or make a cart in another currency"),
        ("INSUFFICIENT_STOCK", 2, "Chair: it is sold out"),
        ("PRICE_CHANGED", 3, "Bulb costs 39.90 USD now; it was 5.00 when it was put in"),
        ("COUPON_REJECTED", None, "NOSUCH: there is no such coupon, or it is not for you"),
        ("ADDRESS_MISSING", None, "say where it shall be sent, by cartDeliverySet"),
    ]
    assert [(each["unitPrice"], each["variant"] is None) for each in cart["lines"]["nodes"]] == [
        (None, True),
        (None, True),
        (None, False),
        (money("39.90"), False),
    ]
    assert cart["cost"]["total"] == money("39.90")
    assert cart["priceTrace"][-1]["reason"] == "there is no such coupon, or it is not for you"
    update = {"lineId": cart["lines"]["nodes"][3]["id"], "quantity": 1}
    accepted = await send(api, "CartLinesUpdate", cartId=cart["id"], lines=[update])
    assert "PRICE_CHANGED" not in {each["code"] for each in accepted["cart"]["problems"]}


async def test_outlives_a_variant_that_is_deleted(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    cart = (await send(api, "CartCreate", lines=[line(shop.small), line(shop.large)]))["cart"]
    await connection.execute("DELETE FROM variants WHERE id = $1", shop.small)
    answer = await send(api, "CartPointsSet", cartId=cart["id"], points=0)
    assert [(each["variant"] is None, each["quantity"]) for each in answer["cart"]["lines"]["nodes"]] == [
        (True, 1),
        (False, 1),
    ]
    assert answer["cart"]["problems"][0]["message"] == "Lamp, S is not sold any more; remove it"
    assert answer["cart"]["cost"]["total"] == money("45.00")


VARIANT = """id sku name barcode weightGrams price { amount } compareAtPrice { amount }
    euros: price(currency: EUR) { amount currency } stock { available quantity } selectedOptions { name value }
    product { name } __typename"""


@pytest.mark.parametrize("beside", ["", "__schema { queryType { name } }"], ids=["ours", "graphql-core"])
@pytest.mark.parametrize("sold", [True, False])
async def test_shows_a_variant_as_it_is_everywhere(
    api: Api, shop: SmallShop, connection: asyncpg.Connection, beside: str, *, sold: bool
) -> None:
    options = [{"name": "Size", "value": "S"}]
    await connection.execute(
        "UPDATE variants SET option_values = $2, barcode = '4006381333931', weight_grams = 700 WHERE id = $1",
        shop.small,
        options,
    )
    await connection.execute(
        "UPDATE variant_prices SET compare_at = 9900 WHERE variant_id = $1 AND currency = 'USD'", shop.small
    )
    cart = (await send(api, "CartCreate", lines=[line(shop.small), line(shop.large)]))["cart"]["id"]
    if not sold:
        await connection.execute("UPDATE products SET status = 'DRAFT' WHERE id = $1", shop.lamp)
    query = f"""query ($cart: ID!) {{ {beside}
        cart(id: $cart) {{ lines {{ nodes {{ variant {{ {VARIANT} }} }} }} }}
    }}"""
    seen = (await api.data(query, cart=cart))["cart"]["lines"]["nodes"][0]["variant"]
    other = await api.data(
        f"query ($id: ID!) {{ node(id: $id) {{ ... on Variant {{ {VARIANT} }} }} }}",
        id=ids.encode("Variant", shop.small),
    )
    assert seen == other["node"]
    assert (seen is not None) == sold
    if sold:
        assert (seen["selectedOptions"], seen["compareAtPrice"]) == (options, {"amount": "99.00"})


CART = """query ($id: ID!) { cart(id: $id) { id version lines { nodes { quantity } } } }"""
WAY_IN = "are you signed in as the right one, or was its token not sent as the header Cart-Token?"
REFUSED = {"cart": None, "userErrors": [{"code": "NOT_FOUND", "field": ["cartId"]}]}


async def changes(api: Api, cart_id: str, line_id: str) -> list[Any]:
    """Try every change of a cart."""
    asked = {
        "CartLinesAdd": {"lines": []},
        "CartLinesUpdate": {"lines": [{"lineId": line_id, "quantity": 0}]},
        "CartCouponsSet": {"codes": ["A"]},
        "CartPointsSet": {"points": 5},
        "CartDeliverySet": {"email": "a@example.com", "address": BONN, "method": "standard"},
    }
    answers = [await send(api, name, cartId=cart_id, **given) for name, given in asked.items()]
    for name in ("cartLinesSave", "cartLinesRestore"):
        query = f"""mutation ($id: ID!, $line: ID!) {{ {name}(input: {{ cartId: $id, lineIds: [$line] }}) {{
            cart {{ id }} userErrors {{ code message field }} }} }}"""
        answers.append((await api.data(query, id=cart_id, line=line_id))[name])
    for answer in answers:
        for error in answer["userErrors"]:
            if error["code"] == "NOT_FOUND" and error["field"] == ["cartId"]:
                assert error["message"].endswith(WAY_IN)
            del error["message"]
    return answers


async def test_does_not_exist_for_anyone_else(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    guests = await send(api, "CartCreate", lines=[line(shop.small)])
    holder = api.context.viewer
    customer = await people.customer(connection)
    api.context.viewer = customer
    own = await send(api, "CartCreate", lines=[line(shop.small)])
    strangers = [
        VISITOR,
        Viewer(cart_token="another"),
        await people.customer(connection),
        await people.staff(connection, PlatformRole.ADMIN),
        await people.partner(connection),
    ]
    before = await connection.fetch("SELECT * FROM carts ORDER BY id"), await connection.fetch("TABLE cart_lines")
    for cart in (guests["cart"], own["cart"]):
        line_id = cart["lines"]["nodes"][0]["id"]
        for viewer in strangers:
            api.context.viewer = viewer
            assert await api.data(CART, id=cart["id"]) == {"cart": None}
            for key in (cart["id"], line_id):
                assert await api.data("query ($id: ID!) { node(id: $id) { id } }", id=key) == {"node": None}
            assert await changes(api, cart["id"], line_id) == [REFUSED] * 7
    after = await connection.fetch("SELECT * FROM carts ORDER BY id"), await connection.fetch("TABLE cart_lines")
    assert after == before
    for viewer, answer in ((holder, guests), (customer, own)):
        api.context.viewer = viewer
        assert (await api.data(CART, id=answer["cart"]["id"]))["cart"]["version"] == 2


async def test_keeps_only_a_hash_of_its_token(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> None:
    token = (await send(api, "CartCreate", lines=[line(shop.small)]))["token"]
    for table in ("carts", "events", "idempotency_keys"):
        assert token not in str([dict(row) for row in await connection.fetch(f"TABLE {table}")])


@pytest.mark.parametrize(
    ("operation", "given", "code", "field"),
    [
        ("CartLinesAdd", {"lines": [{"variantId": "VmFyaWFudDo5OTk5OTk", "quantity": 1}]}, "NOT_FOUND", "variantId"),
        ("CartLinesAdd", {"quantities": [0]}, "BAD_USER_INPUT", "quantity"),
        ("CartLinesAdd", {"quantities": [998]}, "BAD_USER_INPUT", "quantity"),
        ("CartLinesUpdate", {"quantity": -1}, "BAD_USER_INPUT", "quantity"),
        ("CartLinesUpdate", {"quantity": 1000}, "BAD_USER_INPUT", "quantity"),
        ("CartCouponsSet", {"codes": [f"C{number}" for number in range(21)]}, "BAD_USER_INPUT", "codes"),
        ("CartCouponsSet", {"codes": [" "]}, "BAD_USER_INPUT", "0"),
        ("CartPointsSet", {"points": -1}, "BAD_USER_INPUT", "points"),
        ("CartDeliverySet", {"email": "nobody"}, "BAD_USER_INPUT", "email"),
        ("CartDeliverySet", {"address": {**BONN, "country": "Germany"}}, "BAD_USER_INPUT", "country"),
        ("CartDeliverySet", {"method": "pigeon"}, "BAD_USER_INPUT", "method"),
    ],
)
async def test_refuses_what_cannot_be_and_stays_as_it_is(
    api: Api,
    shop: SmallShop,
    connection: asyncpg.Connection,
    operation: str,
    given: dict[str, Any],
    code: str,
    field: str,
) -> None:
    cart = (await send(api, "CartCreate", lines=[line(shop.small, 2)]))["cart"]
    before = [await connection.fetch(f"TABLE {name}") for name in ("carts", "cart_lines", "cart_coupons", "events")]
    if quantities := given.pop("quantities", None):
        given["lines"] = [line(shop.small, quantity) for quantity in quantities]
    if "quantity" in given:
        given = {"lines": [{"lineId": cart["lines"]["nodes"][0]["id"], "quantity": given["quantity"]}]}
    if operation == "CartDeliverySet":
        given = {"email": "a@example.com", "address": BONN, "method": "standard", **given}
    answer = await send(api, operation, cartId=cart["id"], **given)
    assert answer["cart"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"][-1]) == (code, field)
    assert before == [
        await connection.fetch(f"TABLE {name}") for name in ("carts", "cart_lines", "cart_coupons", "events")
    ]
