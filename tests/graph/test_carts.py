"""A cart ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, PlatformRole, Viewer
from graph import ids
from tests.factories import cart_terms, catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import DOCUMENTS, Api

CHECKOUT = (DOCUMENTS / "checkout.graphql").read_text(encoding="utf-8")
OPERATIONS = {
    "CartCreate": "cartCreate",
    "CartLinesAdd": "cartLinesAdd",
    "CartLinesUpdate": "cartLinesUpdate",
    "CartCouponsSet": "cartCouponsSet",
    "CartPointsSet": "cartPointsSet",
    "CartDeliverySet": "cartDeliverySet",
}
BONN = {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postalCode": "53111", "country": "DE"}


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def without_checkout() -> str:
    """The client's document without the operation that comes later."""
    return CHECKOUT[: CHECKOUT.index("# payment.token")]


async def send(api: Api, operation: str, **variables: Any) -> Any:
    """Send an operation of the client's document; gives the payload."""
    operations = api.operations
    api.context = api.context.fresh()
    prepared = await operations.prepared(without_checkout(), operation, variables, transport="http")
    answer = (await operations.answer(prepared, api.context, transport="http")).body()
    api.statements = api.context.statements.value
    assert "errors" not in answer, answer["errors"]
    return answer["data"][OPERATIONS[operation]]


def line(variant_id: int, quantity: int = 1) -> dict[str, Any]:
    return {"variantId": ids.encode("Variant", variant_id), "quantity": quantity}


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
