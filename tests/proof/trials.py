"""The trials: a rush for few units, every checkout three times at once, purchases while processes are killed, care.

Each gives rows for the table: what was done, and what must be so, with the figure that was seen.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import asyncpg

from tests.proof import checks, shop, stack
from tests.proof.client import CHECKOUT, Answer, Client
from tests.proof.shop import Basket, Shop, Wanted
from tests.proof.stack import Running

PAID: Final = "PAID"
_QUIET_WITHIN_S: Final = 120
_TOKENS: Final = ("ok",) * 12 + (
    *("declined", "slow", "webhook-first", "twice", "timeout"),
    *("less", "more", "other-currency"),
)
"""What the customers of the trial with kills pay with."""
S = TypeVar("S")
T = TypeVar("T")


@dataclass(slots=True)
class Trial:
    """A trial's name and figures; `broken` are those that must be zero."""

    name: str
    figures: dict[str, str] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return not any(self.broken.values())


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the trials take place."""

    ours: Running
    shop: Shop
    connection_url: str

    def client(self, connections: int) -> Client:
        """Open a client of all servers."""
        return Client(self.ours.ports, secret_key=stack.SECRET_KEY, connections=connections)

    @contextlib.asynccontextmanager
    async def database(self) -> Any:
        """Open a connection to look with."""
        connection = await asyncpg.connect(self.connection_url)
        try:
            yield connection
        finally:
            await connection.close()


async def rush(scene: Scene, *, checkouts: int, at_once: int, units: int) -> Trial:
    """Let many want one of few units: exactly so many are paid."""
    trial = Trial(f"{checkouts:,} checkouts, {at_once} at a time, for {units} units of one variant")
    async with scene.database() as connection:
        variant_id = await shop.scarce(connection, scene.shop, units=units)
        baskets = await shop.fill(connection, [Wanted({variant_id: 1})] * checkouts, seed=1)
    client = scene.client(at_once)
    began = time.perf_counter()
    answers = await each(
        baskets,
        lambda basket: checkout(client, basket, token="ok", key="rush"),
        at_once=at_once,
    )
    took_s = time.perf_counter() - began
    await client.close()
    outcomes = Counter(_outcome(answer) for answer in answers)
    async with scene.database() as connection:
        await settle(connection)
        left = await connection.fetchval(
            "SELECT sum(on_hand - reserved) FROM stock_levels WHERE variant_id = $1", variant_id
        )
        trial.broken = {
            "paid orders more or less than units": abs(outcomes[PAID] - units),
            "units left, or oversold": abs(left),
            "answers that are neither PAID nor INSUFFICIENT_STOCK": checkouts
            - outcomes[PAID]
            - outcomes["INSUFFICIENT_STOCK"],
            "answers 5xx": client.answers_5xx,
            "deadlocks": await checks.deadlocks(connection),
            **await checks.broken(connection),
        }
    trial.figures = {
        "paid": f"{outcomes[PAID]:,}",
        "refused with INSUFFICIENT_STOCK": f"{outcomes['INSUFFICIENT_STOCK']:,}",
        "checkouts a second": f"{checkouts / took_s:,.0f}",
    }
    return trial


async def threefold(scene: Scene, *, checkouts: int, at_once: int) -> Trial:
    """Send every checkout three times at once with the same key: one order, one charge, three equal answers."""
    trial = Trial(f"{checkouts:,} checkouts, each sent three times at once with the same key")
    draw = random.Random(2)  # noqa: S311 - reproducible on purpose
    async with scene.database() as connection:
        before = await connection.fetchval("SELECT count(*) FROM orders")
        charged = await connection.fetchval("SELECT count(*) FROM test_provider_charges WHERE status = 'CAPTURED'")
        baskets = await shop.fill(connection, [shop.several(scene.shop, draw) for _ in range(checkouts)], seed=2)
    client = scene.client(at_once * 3)

    async def thrice(basket: Basket) -> list[Answer]:
        return list(await asyncio.gather(*(checkout(client, basket, token="ok", key="threefold") for _ in range(3))))

    sets = await each(baskets, thrice, at_once=at_once)
    await client.close()
    async with scene.database() as connection:
        await settle(connection)
        orders = await connection.fetchval("SELECT count(*) FROM orders") - before
        charges = (
            await connection.fetchval("SELECT count(*) FROM test_provider_charges WHERE status = 'CAPTURED'") - charged
        )
        free = await connection.fetchval(
            "SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM payments WHERE order_id = orders.id AND method = 'PROVIDER')"
        )
        trial.broken = {
            "orders more or less than checkouts": abs(orders - checkouts),
            "charges more or less than orders": abs(charges + free - orders),
            "answers about different orders": sum(len({_id(answer) for answer in each}) != 1 for each in sets),
            "sets without exactly one first answer": sum(
                [answer.payload["replayed"] for answer in each].count(False) != 1 for each in sets
            ),
            "orders that are not paid": sum(
                answer.order is None or answer.order["status"] != PAID for answer, *_ in sets
            ),
            "answers 5xx": client.answers_5xx,
            **await checks.broken(connection),
        }
    trial.figures = {"orders": f"{orders:,}", "charges": f"{charges:,}", "answers": f"{3 * checkouts:,}"}
    return trial


async def crashes(scene: Scene, *, checkouts: int, at_once: int, every_s: tuple[float, float]) -> Trial:
    """Buy several things at once while servers, worker and Postgres are killed at random moments."""
    trial = Trial(f"{checkouts:,} checkouts of several lines while processes are killed (-9) and Postgres restarts")
    draw = random.Random(3)  # noqa: S311 - reproducible on purpose
    async with scene.database() as connection:
        baskets = await shop.fill(connection, [shop.several(scene.shop, draw) for _ in range(checkouts)], seed=3)
    tokens = {basket.cart_id: draw.choice(_TOKENS) for basket in baskets}
    client = scene.client(at_once)
    killing = asyncio.create_task(stack.havoc(scene.ours, seed=3, every_s=every_s, postgres_every=7))
    answers = await each(
        baskets,
        lambda basket: checkout(client, basket, token=tokens[basket.cart_id], key="crashes"),
        at_once=at_once,
    )
    killing.cancel()
    kills = await killing
    await scene.ours.ready()
    await client.close()
    lost = 0
    async with scene.database() as connection:
        await settle(connection)
        paid = await connection.fetchval("SELECT count(*) FROM orders WHERE paid_at IS NOT NULL")
        for answer in answers:
            number = answer.order and answer.order["number"]
            status = number and await connection.fetchval("SELECT status FROM orders WHERE number = $1", number)
            lost += number is not None and (status is None or (answer.order or {})["status"] == PAID != status)
        trial.broken = {
            "orders that were promised and are not so": lost,
            "checkouts without an order or a reason": sum(a.order is None and not a.codes for a in answers),
            **await checks.broken(connection),
        }
    outcomes = Counter(_outcome(answer) for answer in answers)
    trial.figures = {
        "killed": ", ".join(f"{name} {count}" for name, count in kills.items()),
        "answers": ", ".join(f"{name} {count}" for name, count in sorted(outcomes.items())),
        "orders paid in the end, all trials": f"{paid:,}",
        "requests sent again": f"{sum(answer.tries - 1 for answer in answers):,}",
    }
    return trial


async def checkout(client: Client, basket: Basket, *, token: str, key: str) -> Answer:
    """Check a cart out, with a payment token and a key that begins with `key`."""
    variables = {"cartId": basket.cart_id, "token": token, "key": f"{key}-{basket.cart_id}"}
    return await client.mutate(CHECKOUT, variables, who=basket.customer or basket.token)


async def each(things: Sequence[S], do: Callable[[S], Awaitable[T]], *, at_once: int) -> list[T]:
    """Do something with each, so many at a time; the results are in the order of the things."""
    gate = asyncio.Semaphore(at_once)

    async def one(thing: S) -> T:
        async with gate:
            return await do(thing)

    return list(await asyncio.gather(*map(one, things)))


async def settle(connection: asyncpg.Connection) -> None:
    """Wait until the worker has brought everything to its end, but not for ever: then the checks say what is left."""
    ends_at = time.monotonic() + _QUIET_WITHIN_S
    while not await checks.quiet(connection) and time.monotonic() < ends_at:  # noqa: ASYNC110 - what we wait for is in another process
        await asyncio.sleep(0.2)


def _outcome(answer: Answer) -> str:
    if answer.order is not None:
        return str(answer.order["status"])
    return answer.codes[0] if answer.codes else "nothing"


def _id(answer: Answer) -> str | None:
    return None if answer.order is None else str(answer.order["id"])
