"""A guest fills a cart, signs in, and ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from domain.promotions import Conditions, Percentage, Promotion
from resolvers import promotions
from tests.factories import cart_terms, catalogue, club, people
from tests.factories.small_shop import SmallShop
from tests.graph.carts import BONN, line, money, send
from tests.graph.conftest import Api

SPRING = Promotion(1, "Spring", Percentage(1000), code="SPRING", conditions=Conditions(), platform_share=5000)


def cost(subtotal: str, discount: str, shipping: str, tax: str, total: str) -> dict[str, Any]:
    named = {"subtotal": subtotal, "discount": discount, "shipping": shipping, "tax": tax, "total": total}
    return {name: money(amount) for name, amount in named.items()}


def explained(cart: dict[str, Any]) -> int:
    """Add the trace up, in cents."""
    return sum(round(float(step["amount"]["amount"]) * 100) for step in cart["priceTrace"])


async def test_sees_what_it_costs_at_home_and_abroad_to_the_cent(
    api: Api, shop: SmallShop, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def for_carts(carts: Any, _: Any, **__: Any) -> list[list[Promotion]]:
        return [[SPRING] for _ in carts]

    monkeypatch.setattr(promotions, "for_carts", for_carts)
    # Ada's lamps at 29.90, Bob's desks at 100.05; delivery 5.90 each, nothing from 50.00 on.
    desk = await catalogue.variant(
        connection,
        await catalogue.product(connection, shop.bob, name="Desk", tax_class="reduced"),
        prices={"USD": 10005},
    )
    await catalogue.stock(connection, desk, await catalogue.warehouse(connection, shop.bob), 9)
    await cart_terms.method(connection, 590, free_from=5000)
    await cart_terms.region(connection, "US", {"standard": 725, "reduced": 400}, inclusive=False, region="CA")
    await cart_terms.region(connection, "DE", {"standard": 1900, "reduced": 700}, inclusive=True, is_default=True)
    await cart_terms.rates(connection)
    await connection.execute(
        "INSERT INTO membership_levels (name, currency, threshold, discount_bp) VALUES ('Bronze', 'USD', 0, 250)"
    )

    created = await send(api, "CartCreate", lines=[line(shop.small, 1)])
    cart_id, token = created["cart"]["id"], created["token"]
    filled = (await send(api, "CartLinesAdd", cartId=cart_id, lines=[line(desk, 1)]))["cart"]
    # As in Germany: 19/119 of 29.90 is 4.77, 7/107 of 100.05 is 6.55.
    assert filled["cost"] == cost("129.95", "0.00", "0.00", "11.32", "129.95")
    with_coupon = (await send(api, "CartCouponsSet", cartId=cart_id, codes=["spring"]))["cart"]
    # A tenth of 129.95 is 12.995: 13.00 of it 2.99 of the lamp and 10.01 of the desk.
    assert with_coupon["cost"] == cost("129.95", "13.00", "0.00", "10.19", "116.95")
    assert explained(with_coupon) == 11695

    customer = await people.customer(connection, email="ada@example.com")
    await club.points(connection, customer.customer_id or 0, 1_000)
    merged = await api.data(
        """mutation ($password: String!, $id: ID!) {
            sessionCreate(input: { email: "ada@example.com", password: $password }) { userErrors { code } }
            cartMerge(input: { cartId: $id, idempotencyKey: "once" }) { cart { id } lines { outcome } } }""",
        password=people.PASSWORD,
        id=cart_id,
    )
    assert merged["cartMerge"] == {"cart": {"id": cart_id}, "lines": [{"outcome": "ADDED"}] * 2}
    api.context.viewer = Viewer(account_id=customer.account_id, customer_id=customer.customer_id, cart_token=token)
    with_points = (await send(api, "CartPointsSet", cartId=cart_id, points=1_000))["cart"]
    # Bronze takes 2.5 % of 129.95, 3.25; a tenth of 126.70 is 12.67; then 1,000 points.
    assert with_points["cost"]["discount"] == money("25.92")
    assert with_points["cost"]["total"] == money("104.03")
    assert explained(with_points) == 10403

    given = {"cartId": cart_id, "email": "ada@example.com", "method": "standard"}
    german = (await send(api, "CartDeliverySet", **given, address=BONN))["cart"]
    # Only Bob's goods come to 50.00 at list price.
    assert german["problems"] == []
    assert german["cost"]["shipping"] == money("5.90")
    assert german["cost"]["total"] == money("109.93")
    assert explained(german) == 10993
    california = {**BONN, "city": "Fresno", "country": "US", "region": "CA"}
    american = (await send(api, "CartDeliverySet", **given, address=california))["cart"]
    # 7.25 % of 26.24 and of 5.90 are 1.90 and 0.43, 4 % of 87.79 are 3.51: on top.
    assert american["cost"] == cost("129.95", "25.92", "5.90", "5.84", "115.77")
    assert explained(american) == 11577
    assert american["problems"] == []
