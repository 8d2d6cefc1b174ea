"""Sending the clients' document about tickets, and mutations that it does not have."""

from typing import Any

from domain.access import Viewer
from graph import ids
from tests.graph.conftest import DOCUMENTS, Api

DOCUMENT = (DOCUMENTS / "tickets.graphql").read_text(encoding="utf-8")
"""The client's document."""


async def send(api: Api, operation: str, viewer: Viewer, /, **variables: Any) -> Any:
    """Send an operation of the document as somebody; gives its only field."""
    api.context.viewer = viewer
    api.context = api.context.fresh()
    prepared = await api.operations.prepared(DOCUMENT, operation, variables, transport="http")
    answer = (await api.operations.answer(prepared, api.context, transport="http")).body()
    api.statements = api.context.statements.value
    assert "errors" not in answer, answer["errors"]
    (field,) = answer["data"].values()
    return field


async def do(api: Api, mutation: str, viewer: Viewer, /, selection: str = "status", **given: Any) -> dict[str, Any]:
    """Do something to a ticket as somebody; gives the payload with a selection of the ticket."""
    api.context.viewer = viewer
    name = "TicketInput" if given.keys() == {"ticketId"} else f"{mutation[0].upper()}{mutation[1:]}Input"
    payload = f"ticket {{ {selection} }} userErrors {{ code message field }}"
    query = f"mutation ($input: {name}!) {{ {mutation}(input: $input) {{ {payload} }} }}"
    done: dict[str, Any] = (await api.data(query, input=given))[mutation]
    return done


async def opened(api: Api, viewer: Viewer, **given: Any) -> str:
    """Open a ticket; gives its global id."""
    wanted = {"subject": "Lamp", "body": "It does not shine.", "kind": "COMPLAINT", **given}
    payload = await do(api, "ticketOpen", viewer, "id", **wanted)
    assert payload["userErrors"] == []
    return str(payload["ticket"]["id"])


def key(ticket_id: str) -> int:
    return ids.decode(ticket_id)[1]
