"""What the worker does by the clock: small transactions that may run twice, or on two workers, without harm."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from models.database import Database
from services import (
    carts,
    gift_card_guesses,
    idempotency,
    mails,
    outbox,
    sign_in_failures,
    stock_watch,
    webhook_deliveries,
)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do in a transaction of its own, every so many seconds: `do(session, now=...)`.

    What answers True has left some over, and is done again at once, in a transaction of its own.
    """

    name: str
    every_s: float
    do: Callable[..., Awaitable[Any]]


CHORES: Final = (
    Chore("sweep-carts", 600, carts.sweep),
    Chore("forget-gift-card-guesses", 3_600, gift_card_guesses.forget),
    Chore("forget-idempotency-keys", 3_600, idempotency.forget),
    Chore("forget-mails", 3_600, mails.forget),
    Chore("forget-sign-in-failures", 600, sign_in_failures.forget),
    Chore("watch-stock", stock_watch.EVERY_S, stock_watch.look),
    Chore("forget-webhook-deliveries", 3_600, webhook_deliveries.forget),
    Chore("prune-events", 300, outbox.prune),
)


def loops(database: Database) -> dict[str, Callable[[], Awaitable[None]]]:
    """Make a loop of each chore, by its name."""
    return {chore.name: partial(_loop, database, chore) for chore in CHORES}


async def _loop(database: Database, chore: Chore) -> None:
    while True:
        async with database.transaction() as session:
            more = await chore.do(session, now=datetime.now(UTC))
        await asyncio.sleep(0 if more is True else chore.every_s)
