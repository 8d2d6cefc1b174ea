"""Sends mutations as an app does that must know the outcome: again with the same key until there is an answer."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import orjson

from domain.access import Viewer
from services.access_tokens import AccessTokens

PATIENCE_S: Final = 180
_AGAIN_IN_S: Final = (0.1, 0.5)
CHECKOUT: Final = """
mutation CheckoutComplete($cartId: ID!, $token: String!, $key: String!) {
  checkoutComplete(input: { cartId: $cartId, payment: { provider: "test", token: $token }, idempotencyKey: $key }) {
    order { id number status total { amount currency } payments { status amount { amount currency } } }
    replayed
    userErrors { code message field }
  }
}
"""
"""As it stands in the clients' document `checkout`."""


class UnansweredError(Exception):
    """A request was tried for as long as an app would, and has no answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mutation's payload said."""

    payload: dict[str, Any]
    tries: int

    @property
    def codes(self) -> list[str]:
        """The codes of the user errors."""
        return [each["code"] for each in self.payload["userErrors"]]

    @property
    def order(self) -> dict[str, Any] | None:
        """The order, if there is one."""
        order: dict[str, Any] | None = self.payload["order"]
        return order


class Client:
    """Asks any of some servers, each request another one: `who` is a customer or staff, or a cart's token."""

    def __init__(self, ports: Sequence[int], *, secret_key: str, connections: int) -> None:
        self._addresses = [f"http://127.0.0.1:{port}/graphql" for port in ports]
        self._tokens = AccessTokens(secret_key)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(30, pool=None))
        self._draw = random.Random(0)  # noqa: S311 - only spreads the load
        self.answers_5xx = 0

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def mutate(
        self, document: str, variables: dict[str, Any], *, who: Viewer | str, operation: str | None = None
    ) -> Answer:
        """Send a mutation of one field until it is answered. Raises UnansweredError."""
        body = orjson.dumps({"query": document, "variables": variables, "operationName": operation})
        last: object = None
        ends_at = time.monotonic() + PATIENCE_S
        tries = 0
        while time.monotonic() < ends_at:
            tries += 1
            try:
                response = await self._http.post(
                    self._draw.choice(self._addresses), content=body, headers=self.headers(who)
                )
                self.answers_5xx += response.status_code >= 500
                told = orjson.loads(response.content)
                if "errors" not in told and told.get("data"):
                    (payload,) = told["data"].values()
                    return Answer(payload, tries)
                last = told
                if response.status_code < 500 and _is_for_good(told):
                    break
            except (httpx.TransportError, orjson.JSONDecodeError) as error:
                last = error
            await asyncio.sleep(self._draw.uniform(*_AGAIN_IN_S))
        raise UnansweredError(f"{variables}: {last!r}")

    def headers(self, who: Viewer | str) -> dict[str, str]:
        """Write the headers of a request; an empty token is nobody's."""
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if isinstance(who, str):
            return headers | ({"Cart-Token": who} if who else {})
        return headers | {"Authorization": f"Bearer {self._tokens.issue(who, now=datetime.now(UTC)).text}"}


def _is_for_good(told: dict[str, Any]) -> bool:
    """Say whether an answer would be the same again: then the request is wrong, not the time."""
    codes = {error.get("extensions", {}).get("code") for error in told.get("errors", ())}
    return bool(codes & {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN"})
