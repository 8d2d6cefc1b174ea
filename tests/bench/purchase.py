"""What a whole purchase costs: `python -m tests.bench.purchase`, the five mutations of the clients' `checkout.graphql`.

Prints CPU milliseconds of the server's process and of Postgres for a purchase, of guests and of customers, eight at a
time over HTTP, and of `MyOrders` with 20 orders of three lines. All are measured in slices that take turns, with the
yardstick between them, and told as they are and as they would be at the bar's machine.
"""

import asyncio
import itertools
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import orjson
import typer

from domain.access import Viewer
from graph import ids
from server.logging import configure
from tests.bench import processes, yardstick
from tests.proof import shop, stack
from tests.proof.client import Client
from tests.proof.stack import Running

AT_ONCE: Final = 8
BAR_MS: Final = 20.0
"""What a purchase may cost the app."""
ORDERS_BAR_MS: Final = 2.0
"""What `MyOrders` may."""
SLICE: Final = 50
"""How many purchases follow one another: a second's."""
ORDERS_SLICE: Final = 250
"""How many lists of orders."""
DOCUMENTS: Final = Path(__file__).parent.parent / "graph" / "documents"
_ADDRESS: Final = {key: value for key, value in shop.ADDRESS.items() if key in {"name", "line1", "city", "country"}}

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    purchases: Annotated[
        int, typer.Option(min=8, max=20_000, help="How many of each kind are measured, in slices of 50.")
    ] = 400,
) -> None:
    """Measure whole purchases, and the list of a customer's orders."""
    configure(level="CRITICAL")
    for line in asyncio.run(_run(purchases)):
        typer.echo(line)


async def _run(purchases: int) -> list[str]:
    async with stack.running(servers=1) as ours, yardstick.running() as measured:
        opened = await shop.open_shop(ours.stack.database_url, articles=60, customers=40, units=1_000_000)
        measure = _Measure(ours, opened.variants)
        # The first customer's orders are those that are listed.
        buyer, *others = opened.customers
        await measure.orders_of(buyer)
        kinds = [
            _Kind("purchase of a guest", lambda count: measure.purchases(count, [None]), SLICE, BAR_MS),
            _Kind("purchase of a customer", lambda count: measure.purchases(count, others), SLICE, BAR_MS),
            _Kind("MyOrders", lambda count: measure.my_orders(count, buyer), ORDERS_SLICE, ORDERS_BAR_MS),
        ]
        for kind in kinds:
            await kind.do(2 * kind.slice)
        for _ in range(-(-purchases // SLICE)):
            for kind in kinds:
                await measured.measure()
                app_ms, postgres_ms = await measure.cost(partial(kind.do, kind.slice))
                kind.count += kind.slice
                kind.app_ms += app_ms
                kind.postgres_ms += postgres_ms
        await measure.close()
    yardstick_ms = statistics.median(measured.samples_ms)
    return [
        f"yardstick: {yardstick_ms:.2f} ms, {yardstick.AT_THE_BAR_MS:.2f} at the bar's machine",
        *(kind.told(yardstick.factor(measured.samples_ms)) for kind in kinds),
    ]


@dataclass(slots=True)
class _Kind:
    """What is measured, `slice` of it at a time, and the CPU milliseconds that so many of it have taken."""

    name: str
    do: Callable[[int], Awaitable[None]]
    slice: int
    bar_ms: float
    count: int = 0
    app_ms: float = 0.0
    postgres_ms: float = 0.0

    def told(self, factor: float) -> str:
        """Say what one takes; `factor` takes a CPU time to the bar's machine."""
        app_ms, postgres_ms = self.app_ms / self.count, self.postgres_ms / self.count
        there = f"{app_ms * factor:.2f} at the bar's machine (at most {self.bar_ms:g})"
        return f"{self.name}: app {app_ms:.2f} ms, {there}; Postgres {postgres_ms:.2f} ms"


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

    async def cost(self, do: Callable[[], Awaitable[None]]) -> tuple[float, float]:
        """Give the CPU milliseconds that something took: of the server and of Postgres."""
        pids = [int((self._ours.stack.directory.pids / name).read_text()) for name in (*self._ours.servers, "postgres")]
        before = [processes.cpu_s(pid) for pid in pids]
        await do()
        app_s, postgres_s = (processes.cpu_s(pid) - began for pid, began in zip(pids, before, strict=True))
        return app_s * 1000, postgres_s * 1000

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
