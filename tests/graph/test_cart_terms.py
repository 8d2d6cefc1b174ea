"""What a cart is priced by is what is so now: whoever has changed it, the next look and the next checkout know ..."""

import asyncpg
import pytest

from domain.access import Viewer
from tests.factories import cart_terms, club, people, promotions
from tests.factories.small_shop import SmallShop
from tests.graph import orders
from tests.graph.carts import line, money, send
from tests.graph.conftest import Api
from tests.graph.orders import checkout, filled

COST = """query ($id: ID!) { cart(id: $id) {
    cost { shipping { amount currency } tax { amount currency } total { amount currency } } pointsEarned
    priceTrace { kind label applied } } }"""


@pytest.fixture
async def buyer(api: Api, shop: SmallShop, connection: asyncpg.Connection) -> Viewer:
    """A member who has looked at a cart before anything was changed."""
    await orders.terms(connection)
    await cart_terms.rates(connection)
    await club.levels(connection)
    customer = await people.customer(connection)
    before = await filled(api, line(shop.small, 2), viewer=customer)
    assert (await look(api, before))["cost"]["total"] == money("65.70")
    return customer


async def look(api: Api, cart_id: str) -> dict[str, object]:
    api.context = api.context.fresh()
    found: dict[str, object] = (await api.data(COST, id=cart_id))["cart"]
    return found


@pytest.mark.parametrize(
    ("changed", "total"),
    [
        ("UPDATE delivery_methods SET price = 790", "67.70"),
        ("UPDATE delivery_methods SET free_from = 5000", "59.80"),
        ("UPDATE tax_regions SET inclusive = false", "78.18"),
        ("UPDATE promotions SET state = 'ACTIVE'", "59.72"),
        ("UPDATE variant_prices SET amount = 3000 WHERE amount = 2990", "65.90"),
        ("UPDATE membership_levels SET discount_bp = 1000 WHERE threshold = 0", "59.72"),
    ],
)
async def test_of_a_sum_that_others_have_changed(
    api: Api, shop: SmallShop, buyer: Viewer, connection: asyncpg.Connection, changed: str, total: str
) -> None:
    await promotions.promotion(connection, state="PAUSED")
    cart = await filled(api, line(shop.small, 2), viewer=buyer)
    assert (await look(api, cart))["cost"]["total"] == money("65.70")
    await connection.execute(changed)  # as another process does, or a person with psql
    assert (await look(api, cart))["cost"]["total"] == money(total)
    ordered = await checkout(api, cart)
    assert ordered["userErrors"] == []
    assert ordered["order"]["total"] == money(total)


async def test_of_a_tax_that_others_have_changed(
    api: Api, shop: SmallShop, buyer: Viewer, connection: asyncpg.Connection
) -> None:
    cart = await filled(api, line(shop.small, 2), viewer=buyer)
    assert (await look(api, cart))["cost"]["tax"] == money("10.49")
    await connection.execute("UPDATE tax_rates SET rate_bp = 700")
    assert (await look(api, cart))["cost"]["tax"] == money("4.30")
    assert (await checkout(api, cart))["userErrors"] == []
    assert await connection.fetchval("SELECT tax FROM orders") == 430


async def test_of_points_that_others_have_changed(
    api: Api, shop: SmallShop, buyer: Viewer, connection: asyncpg.Connection
) -> None:
    cart = await filled(api, line(shop.small, 2), viewer=buyer)
    before = (await look(api, cart))["pointsEarned"]
    assert isinstance(before, int)
    assert before > 0
    await connection.execute("UPDATE points_rates SET earn_bp = 10 * earn_bp")
    now = (await look(api, cart))["pointsEarned"]
    assert isinstance(now, int)
    assert 10 * before <= now < 10 * (before + 1)
    assert (await checkout(api, cart))["userErrors"] == []
    assert await connection.fetchval("SELECT points_earned FROM orders") == now


async def test_of_terms_that_a_merchant_has_of_its_own(
    api: Api, shop: SmallShop, buyer: Viewer, connection: asyncpg.Connection
) -> None:
    cart = await filled(api, line(shop.small, 2), viewer=buyer)
    before = (await look(api, cart))["pointsEarned"]
    merchant = await connection.fetchval("SELECT merchant_id FROM variants WHERE id = $1", shop.small)
    await cart_terms.method(connection, 100, merchant_id=merchant)
    await connection.execute(
        "INSERT INTO points_rates (programme, merchant_id, earn_bp, burn_bp) VALUES ('SOUK', $1, 0, 0)", merchant
    )
    now = await look(api, cart)
    assert before
    assert (now["cost"], now["pointsEarned"]) == (
        {"shipping": money("1.00"), "tax": money("9.71"), "total": money("60.80")},
        0,
    )
    assert (await checkout(api, cart))["order"]["total"] == money("60.80")


async def test_of_what_a_change_has_made_of_it(
    api: Api, shop: SmallShop, buyer: Viewer, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE delivery_methods SET free_from = 8000")
    cart = await filled(api, line(shop.small, 2), viewer=buyer)
    assert (await look(api, cart))["cost"]["total"] == money("65.70")
    added = await send(api, "CartLinesAdd", cartId=cart, lines=[line(shop.small)])
    assert added["cart"]["cost"]["total"] == money("89.70")
