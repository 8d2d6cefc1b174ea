"""What a whole purchase costs: `python -m tests.bench.purchase`, the five mutations of the clients' `checkout.graphql`.

Prints CPU milliseconds of the server's process and of Postgres for a purchase, of guests and of customers, eight at a
time over HTTP, and of `MyOrders` with 20 orders of three lines.
"""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import orjson
import typer

from domain.access import Viewer
from graph import ids
from server.logging import configure
from tests.bench import processes
from tests.proof import shop, stack
from tests.proof.client import Client
from tests.proof.stack import Running

AT_ONCE: Final = 8
BAR_MS: Final = 20.0
"""What a purchase may cost the app."""
ORDERS_BAR_MS: Final = 2.0
"""What `MyOrders` may."""
DOCUMENTS: Final = Path(__file__).parent.parent / "graph" / "documents"
_ADDRESS: Final = {key: value for key, value in shop.ADDRESS.items() if key in {"name", "line1", "city", "country"}}

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    purchases: Annotated[int, typer.Option(min=8, max=20_000, help="How many of each kind are measured.")] = 400,
) -> None:
    """Measure whole purchases, and the list of a customer's orders."""
    configure(level="CRITICAL")
    for line in asyncio.run(_run(purchases)):
        typer.echo(line)


async def _run(purchases: int) -> list[str]:
    said = []
    async with stack.running(servers=1) as ours:
        opened = await shop.open_shop(ours.stack.database_url, articles=60, customers=40, units=1_000_000)
        measure = _Measure(ours, opened.variants)
        for name, people in (("guest", [None]), ("customer", opened.customers)):
            await measure.purchases(AT_ONCE * 12, people)
            app_ms, postgres_ms = await measure.cost(
                purchases, lambda people=people: measure.purchases(purchases, people)
            )
            said.append(
                f"purchase of a {name}: app {app_ms:.1f} ms (at most {BAR_MS:g}), Postgres {postgres_ms:.1f} ms"
            )
        buyer = opened.customers[0]
        await measure.orders_of(buyer)
        await measure.my_orders(100, buyer)
        app_ms, postgres_ms = await measure.cost(purchases, partial(measure.my_orders, purchases, buyer))
        said.append(f"MyOrders: app {app_ms:.2f} ms (at most {ORDERS_BAR_MS:g}), Postgres {postgres_ms:.2f} ms")
        await measure.close()
    return said


class _Measure:
    """Sends what is measured."""

    def __init__(self, ours: Running, variants: Sequence[int]) -> None:
        self._ours, self._variants = ours, variants
        self._client = Client(ours.ports, secret_key=stack.SECRET_KEY, connections=AT_ONCE)
        self._checkout = (DOCUMENTS / "checkout.graphql").read_text(encoding="utf-8")
        self._orders = (DOCUMENTS / "orders.graphql").read_text(encoding="utf-8")
        self._draw = random.Random(5)  # noqa: S311 - reproducible on purpose
        self._numbers = itertools.count()

    async def close(self) -> None:
        await self._client.close()

    async def cost(self, count: int, do: Callable[[], Awaitable[None]]) -> tuple[float, float]:
        """Give the CPU milliseconds that each of so many took: of the server and of Postgres."""
        pids = [int((self._ours.stack.directory.pids / name).read_text()) for name in (*self._ours.servers, "postgres")]
        before = [processes.cpu_s(pid) for pid in pids]
        await do()
        app_s, postgres_s = (processes.cpu_s(pid) - began for pid, began in zip(pids, before, strict=True))
        return app_s * 1000 / count, postgres_s * 1000 / count

    async def purchases(self, count: int, people: Sequence[Viewer | None]) -> None:
        """Buy so often, eight at a time; raises RuntimeError when an order is not paid."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(person: Viewer | None) -> None:
            async with gate:
                await self._purchase(person, lines=2)

        await asyncio.gather(*(one(person) for person, _ in zip(itertools.cycle(people), range(count), strict=False)))

    async def _purchase(self, person: Viewer | None, *, lines: int) -> None:
        first, *others = (
            {"variantId": ids.encode("Variant", key), "quantity": 1} for key in self._draw.sample(self._variants, lines)
        )
        made = await self._do("CartCreate", {"lines": [first]}, who=person or "")
        cart, who = made["cart"]["id"], person or made["token"]
        await self._do("CartLinesAdd", {"cartId": cart, "lines": others}, who=who)
        await self._do("CartCouponsSet", {"cartId": cart, "codes": [shop.COUPON]}, who=who)
        delivery = {"email": "ada@example.com", "address": {**_ADDRESS, "postalCode": "53111"}, "method": "standard"}
        await self._do("CartDeliverySet", {"cartId": cart, **delivery}, who=who)
        key = f"purchase-{next(self._numbers)}"
        done = await self._do("CheckoutComplete", {"cartId": cart, "token": "ok", "key": key}, who=who)
        if done["order"] is None or done["order"]["status"] != "PAID":
            raise RuntimeError(f"not paid: {done}")

    async def _do(self, operation: str, variables: dict[str, Any], *, who: Viewer | str) -> dict[str, Any]:
        return (await self._client.mutate(self._checkout, variables, who=who, operation=operation)).payload

    async def orders_of(self, buyer: Viewer) -> None:
        """Let a customer have twenty orders of three lines."""
        for _ in range(20):
            await self._purchase(buyer, lines=3)

    async def my_orders(self, count: int, buyer: Viewer) -> None:
        """Ask for a customer's orders so often, eight at a time."""
        gate = asyncio.Semaphore(AT_ONCE)
        headers = self._client.headers(buyer)
        body = orjson.dumps({"query": self._orders})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._ours.ports[0]}", headers=headers) as http:

            async def one() -> None:
                async with gate:
                    told = (await http.post("/graphql", content=body)).raise_for_status().json()
                    if "errors" in told or len(told["data"]["viewer"]["customer"]["orders"]["nodes"]) != 20:
                        raise RuntimeError(str(told)[:500])

            await asyncio.gather(*(one() for _ in range(count)))


if __name__ == "__main__":
    app()
