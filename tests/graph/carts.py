"""What the tests of carts send: the client's own document, operation by operation."""

from typing import Any

from graph import ids
from tests.graph.conftest import DOCUMENTS, Api

CHECKOUT = (DOCUMENTS / "checkout.graphql").read_text(encoding="utf-8")
ORDER_CARE = (DOCUMENTS / "order_care.graphql").read_text(encoding="utf-8")
BONN = {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postalCode": "53111", "country": "DE"}


async def send(api: Api, operation: str, *, document: str = CHECKOUT, **variables: Any) -> Any:
    """Send an operation of a client's document; gives the payload."""
    api.context = api.context.fresh()
    prepared = await api.operations.prepared(document, operation, variables, transport="http")
    answer = (await api.operations.answer(prepared, api.context, transport="http")).body()
    api.statements = api.context.statements.value
    assert "errors" not in answer, answer["errors"]
    return answer["data"][operation[0].lower() + operation[1:]]


def line(variant_id: int, quantity: int = 1) -> dict[str, Any]:
    return {"variantId": ids.encode("Variant", variant_id), "quantity": quantity}


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}
