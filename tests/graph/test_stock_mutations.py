"""Stock ..."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api, at_once

ERRORS = """userErrors { __typename code message field
    ... on StockChangedError { onHand } ... on StockReservedError { onHand reserved } }"""
SET = f"""mutation ($input: StockSetInput!) {{ answer: stockSet(input: $input) {{
    variant {{ stock {{ quantity }} stockLevels {{ warehouse onHand reserved }} }} replayed {ERRORS} }} }}"""
ADJUST = SET.replace("StockSetInput", "StockAdjustInput").replace("stockSet", "stockAdjust")
BULK = f"""mutation ($input: StockBulkSetInput!) {{ answer: stockBulkSet(input: $input) {{
    variants {{ sku stock {{ quantity }} }} replayed {ERRORS} }} }}"""


@pytest.fixture
async def packer(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who packs for Ada, and asks from now on."""
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.PACKER)
    return api.context.viewer


@pytest.fixture
async def warehouse(connection: asyncpg.Connection, shop: SmallShop) -> str:
    """The code of the warehouse in which 5 small lamps lie, 2 of them promised."""
    code: str = await connection.fetchval(
        "SELECT code FROM warehouses JOIN stock_levels ON warehouse_id = id WHERE on_hand = 5 AND variant_id = $1",
        shop.small,
    )
    return code


@pytest.fixture
def ask(api: Api, packer: Viewer) -> Callable[..., Any]:
    assert packer

    async def send(document: str, **given: Any) -> Any:
        given.setdefault("idempotencyKey", str(next(NUMBERS)))
        return (await api.data(document, input=given))["answer"]

    return send


NUMBERS = iter(range(10**9))


async def levels(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT variant_id, on_hand, reserved FROM stock_levels ORDER BY 1, 2, 3")
    return [tuple(row) for row in rows]


async def told(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT type, subject_type, subject_id, subject_version, data FROM events ORDER BY id"
    )
    return [tuple(row) for row in rows]


async def everything(connection: asyncpg.Connection) -> list[Any]:
    tables = ("stock_levels", "warehouses", "events", "idempotency_keys", "products")
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608 - ours


async def test_is_set_where_it_is_as_expected(
    ask: Callable[..., Any], shop: SmallShop, warehouse: str, connection: asyncpg.Connection
) -> None:
    small = ids.encode("Variant", shop.small)
    answer = await ask(SET, variantId=small, warehouse=warehouse, expected=5, onHand=9)
    assert answer["variant"]["stock"] == {"quantity": 7}
    assert {"warehouse": warehouse, "onHand": 9, "reserved": 2} in answer["variant"]["stockLevels"]
    data = {"variant_id": shop.small, "warehouse": warehouse, "on_hand": 9, "reserved": 2}
    assert await told(connection) == [("STOCK_CHANGED", "product", shop.lamp, 2, data)]
    same = await ask(SET, variantId=small, warehouse=warehouse, expected=9, onHand=9)
    assert same["userErrors"] == []
    assert len(await told(connection)) == 1


async def test_stays_where_it_is_another_than_expected(
    ask: Callable[..., Any], shop: SmallShop, warehouse: str, connection: asyncpg.Connection
) -> None:
    before = await everything(connection)
    small = ids.encode("Variant", shop.small)
    answer = await ask(SET, variantId=small, warehouse=warehouse, expected=4, onHand=9)
    assert answer == {
        "variant": None,
        "replayed": False,
        "userErrors": [
            {
                "__typename": "StockChangedError",
                "code": "STOCK_CHANGED",
                "message": "The stock has changed: 5 are on hand; count again and send that as expected.",
                "field": ["expected"],
                "onHand": 5,
            }
        ],
    }
    assert await everything(connection) == before


@pytest.mark.parametrize(
    ("document", "given", "field"),
    [
        (SET, {"expected": 5, "onHand": 1}, "onHand"),
        (ADJUST, {"difference": -4}, "difference"),
    ],
)
async def test_stays_above_what_is_promised(
    ask: Callable[..., Any],
    shop: SmallShop,
    warehouse: str,
    connection: asyncpg.Connection,
    document: str,
    given: dict[str, Any],
    field: str,
) -> None:
    before = await everything(connection)
    answer = await ask(document, variantId=ids.encode("Variant", shop.small), warehouse=warehouse, **given)
    (error,) = answer["userErrors"]
    assert (answer["variant"], error["__typename"], error["field"]) == (None, "StockReservedError", [field])
    assert (error["onHand"], error["reserved"]) == (5, 2)
    assert await everything(connection) == before


async def test_begins_at_nothing_in_the_main_warehouse(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    large = ids.encode("Variant", shop.large)
    answer = await ask(SET, variantId=large, expected=0, onHand=3)
    assert answer["variant"]["stockLevels"] == [{"warehouse": "main", "onHand": 3, "reserved": 0}]
    answer = await ask(ADJUST, variantId=large, difference=-2, reason=" broken ")
    assert answer["variant"]["stock"] == {"quantity": 1}
    assert [event[4].get("reason") for event in await told(connection)] == [None, "broken"]
    before = await everything(connection)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (SET, {"expected": 1, "onHand": 3, "warehouse": "no-such"}, "warehouse"),
        (SET, {"expected": 1, "onHand": -1}, "onHand"),
        (ADJUST, {"difference": 2**31 - 1}, "difference"),
        (ADJUST, {"difference": 1, "reason": "x" * 201}, "reason"),
    ]
    for document, given, field in wrong:
        (error,) = (await ask(document, variantId=large, **given))["userErrors"]
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", [field]), given
    assert await everything(connection) == before


async def test_leaves_movements_that_say_why_and_who(
    ask: Callable[..., Any], api: Api, packer: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    large = ids.encode("Variant", shop.large)
    await ask(SET, variantId=large, expected=0, onHand=3)
    await ask(ADJUST, variantId=large, difference=-2, reason="broken")
    await ask(ADJUST, variantId=large, difference=-9)  # refused
    await ask(BULK, rows=[{"variantId": large, "onHand": 4}])
    owner = api.context.viewer = await people.member(connection, shop.ada, MerchantRole.OWNER)
    remove = "mutation ($id: ID!) { variantRemove(input: { variantId: $id }) { userErrors { code } } }"
    await api.data(remove, id=large)
    rows = await connection.fetch(
        """SELECT kind, difference, on_hand, reason, account_id FROM stock_movements
           WHERE variant_id = $1 AND merchant_id = $2 ORDER BY id""",
        shop.large,
        shop.ada,
    )
    assert [tuple(row) for row in rows] == [
        ("COUNT", 3, 3, None, packer.account_id),
        ("ADJUSTMENT", -2, 1, "broken", packer.account_id),
        ("COUNT", 3, 4, None, packer.account_id),
        ("REMOVAL", -4, 0, None, owner.account_id),
    ]


async def test_stays_out_of_a_closed_warehouse(
    ask: Callable[..., Any], shop: SmallShop, warehouse: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE warehouses SET active = false")
    before = await everything(connection)
    for document, given in ((SET, {"expected": 5, "onHand": 9}), (ADJUST, {"difference": -1})):
        answer = await ask(document, variantId=ids.encode("Variant", shop.small), warehouse=warehouse, **given)
        (error,) = answer["userErrors"]
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["warehouse"])
        assert error["message"] == f"warehouse: {warehouse!r} is closed"
    assert await everything(connection) == before


async def test_is_set_by_exactly_one_of_twenty_at_once(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    large = ids.encode("Variant", shop.large)
    for round_, expected in enumerate((0, 1)):
        wanted = range(expected + 1, expected + 21)
        answers = await at_once(*(ask(SET, variantId=large, expected=expected, onHand=each) for each in wanted))
        (won,) = [each for each in answers if not each["userErrors"]]
        on_hand = won["variant"]["stockLevels"][0]["onHand"]
        lost = [error for each in answers for error in each["userErrors"]]
        assert {(error["code"], error["onHand"]) for error in lost} == {("STOCK_CHANGED", on_hand)}
        assert len(lost) == 19
        assert (shop.large, on_hand, 0) in await levels(connection)
        assert len(await told(connection)) == round_ + 1
        await connection.execute("UPDATE stock_levels SET on_hand = 1 WHERE variant_id = $1", shop.large)


async def test_loses_no_adjustment_of_twenty_at_once(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    large = ids.encode("Variant", shop.large)
    answers = await at_once(*(ask(ADJUST, variantId=large, difference=3) for _ in range(20)))
    assert all(each["userErrors"] == [] for each in answers)
    assert (shop.large, 60, 0) in await levels(connection)
    assert [event[3] for event in await told(connection)] == list(range(2, 22))


async def test_moves_once_for_a_key(ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection) -> None:
    large = ids.encode("Variant", shop.large)
    answers = await at_once(*(ask(ADJUST, variantId=large, difference=3, idempotencyKey="k") for _ in range(5)))
    assert sorted(each["replayed"] for each in answers) == [False, True, True, True, True]
    assert all(each["variant"]["stock"] == {"quantity": 3} for each in answers)
    (conflict,) = (await ask(ADJUST, variantId=large, difference=4, idempotencyKey="k"))["userErrors"]
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
    assert (shop.large, 3, 0) in await levels(connection)
    assert len(await told(connection)) == 1


async def test_of_many_variants_is_set_or_none_of_it(
    ask: Callable[..., Any], shop: SmallShop, warehouse: str, connection: asyncpg.Connection
) -> None:
    small, large, seat = (ids.encode("Variant", key) for key in (shop.small, shop.large, shop.seat))
    before = await everything(connection)
    not_ours = [{"variantId": small, "onHand": 1}, {"variantId": seat, "onHand": 1}, {"variantId": small, "onHand": 2}]
    refused = await ask(BULK, rows=not_ours)
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [
        ("NOT_FOUND", ["rows", "1", "variantId"]),
        ("BAD_USER_INPUT", ["rows", "2", "variantId"]),
    ]
    wrong = [
        {"variantId": large, "onHand": 7},
        {"variantId": small, "onHand": 1, "warehouse": warehouse},
        {"variantId": small, "onHand": 8, "expected": 1},
    ]
    refused = await ask(BULK, rows=wrong)
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [
        ("STOCK_RESERVED", ["rows", "1", "onHand"]),
        ("STOCK_CHANGED", ["rows", "2", "expected"]),
    ]
    assert refused["variants"] == []
    (empty,) = (await ask(BULK, rows=[]))["userErrors"]
    assert empty["field"] == ["rows"]
    assert await everything(connection) == before
    done = await ask(
        BULK,
        rows=[
            {"variantId": large, "onHand": 7},
            {"variantId": small, "onHand": 6, "warehouse": warehouse, "expected": 5},
        ],
    )
    assert done["variants"] == [{"sku": "L-L", "stock": {"quantity": 7}}, {"sku": "L-S", "stock": {"quantity": 4}}]
    assert [event[4]["variant_id"] for event in await told(connection)] == [shop.large, shop.small]
    assert {event[3] for event in await told(connection)} == {2}


async def test_of_five_hundred_variants_takes_as_many_statements_as_of_one(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    product = await catalogue.product(connection, shop.ada)
    variants = [await catalogue.variant(connection, product) for _ in range(501)]
    rows = [{"variantId": ids.encode("Variant", each), "onHand": 2} for each in variants]
    counts = []
    await ask(BULK, rows=rows[:1])  # makes the warehouse
    for part in (rows[:1], rows[1:]):
        answer = await ask(BULK, rows=[{**each, "onHand": 3} for each in part])
        assert [each["stock"]["quantity"] for each in answer["variants"]] == [3] * len(part)
        counts.append(api.statements)
    assert counts == [counts[0]] * 2
    (many,) = (await ask(BULK, rows=rows))["userErrors"]
    assert (many["code"], many["field"]) == ("BAD_USER_INPUT", ["rows"])


async def test_of_a_variant_that_is_removed_meanwhile_is_nobodys(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    large = ids.encode("Variant", shop.large)
    owner = await people.member(connection, shop.ada, MerchantRole.OWNER)
    api.context.viewer = owner
    remove = "mutation ($id: ID!) { variantRemove(input: { variantId: $id }) { userErrors { code } } }"
    answers = await at_once(
        *(ask(ADJUST, variantId=large, difference=1) for _ in range(10)),
        asyncio.wait_for(api.data(remove, id=large), 30),
        *(ask(ADJUST, variantId=large, difference=1) for _ in range(10)),
    )
    removed = answers.pop(10)
    assert removed["variantRemove"]["userErrors"] == []
    assert {error["code"] for each in answers for error in each["userErrors"]} <= {"NOT_FOUND"}
    assert await connection.fetchval("SELECT count(*) FROM stock_levels WHERE variant_id = $1", shop.large) == 0


async def test_of_another_merchants_is_as_if_there_were_none(
    ask: Callable[..., Any], shop: SmallShop, connection: asyncpg.Connection
) -> None:
    before = await everything(connection)
    for document, given in ((SET, {"expected": 0, "onHand": 1}), (ADJUST, {"difference": 1})):
        theirs, missing = [
            await ask(document, variantId=ids.encode("Variant", key), **given) for key in (shop.seat, 999_999)
        ]
        assert theirs == missing
        assert [(error["code"], error["field"]) for error in theirs["userErrors"]] == [("NOT_FOUND", ["variantId"])]
    assert await everything(connection) == before


async def test_is_changed_but_products_are_not_by_who_packs(
    api: Api, packer: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert packer
    before = await everything(connection)
    rename = """mutation ($id: ID!) { productUpdate(input: { productId: $id, name: "Mine" }) {
        product { id } userErrors { code } } }"""
    answer = await api.data(rename, id=ids.encode("Product", shop.lamp))
    assert answer["productUpdate"] == {"product": None, "userErrors": [{"code": "NOT_FOUND"}]}
    assert await everything(connection) == before


async def test_levels_are_seen_by_the_merchants_staff_alone(
    api: Api, packer: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    query = "query ($id: ID!) { node(id: $id) { ... on Variant { stockLevels { onHand reserved } } } }"
    seen = (await api.data(query, id=ids.encode("Variant", shop.small)))["node"]["stockLevels"]
    assert sorted((each["onHand"], each["reserved"]) for each in seen) == [(4, 4), (5, 2)]
    for viewer in (await people.customer(connection), await people.member(connection, shop.bob, MerchantRole.OWNER)):
        api.context.viewer = viewer
        assert await api.data(query, id=ids.encode("Variant", shop.small)) == {"node": {"stockLevels": []}}
    assert packer


async def test_and_prices_and_variants_are_changed_at_once_without_a_circle(
    ask: Callable[..., Any], api: Api, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.OWNER)
    variants = [shop.small, shop.large]
    for _ in range(4):
        product = await catalogue.product(connection, shop.ada)
        variants += [await catalogue.variant(connection, product, prices={"USD": 1}) for _ in range(2)]
    there = [ids.encode("Variant", each) for each in variants]
    prices = """mutation ($rows: [VariantPriceInput!]!) { productPricesBulkSet(input: { rows: $rows }) {
        userErrors { code } } }"""

    def stock(order: list[str], on_hand: int) -> Any:
        return ask(BULK, rows=[{"variantId": each, "onHand": on_hand} for each in order])

    async def priced(order: list[str], amount: int) -> Any:
        rows = [{"variantId": each, "amount": str(amount), "currency": "USD"} for each in order]
        return (await api.data(prices, rows=rows))["productPricesBulkSet"]

    answers = await at_once(
        *(
            each
            for number in range(5)
            for order in (there, there[::-1])
            for each in (stock(order, number), priced(order, number + 1), ask(ADJUST, variantId=order[0], difference=1))
        )
    )
    assert [each["userErrors"] for each in answers] == [[]] * 30
    lowest = await connection.fetchval(
        """SELECT bool_and(min_amount = (SELECT min(amount) FROM variant_prices AS price
                                         WHERE price.product_id = product_prices.product_id
                                           AND price.currency = product_prices.currency)) FROM product_prices"""
    )
    assert lowest is True
