"""The worker's loop over webhooks: events become deliveries, which are posted; what became of them is written down.

Several workers may run. A receiver that is slow, or away, takes only so many places, so that it delays nobody else.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from domain import webhooks as rules
from domain.errors import Refusal
from graph import ids
from graph.errors import InvalidRequest
from graph.webhook_documents import WebhookDocuments
from models.database import Database, counting
from resolvers.changes import Changes
from resolvers.context import Context
from resolvers.loaders import events
from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine
from server.app import webhook_documents
from server.config import Settings
from server.http.responses import dump
from services import webhook_deliveries
from services.gateways.webhooks import Outcome, WebhookClient, WebhookGateway
from services.webhook_deliveries import Claimed

_log = structlog.get_logger()

PLACES: Final = 60
"""How many deliveries a worker has on the way at once."""
PLACES_EACH: Final = 20
"""How many of them to one webhook, about."""
SPREADS_AT_ONCE: Final = 20
"""How often events are handed out before deliveries are claimed: in a busy shop there are always more."""
POLL_S: Final = 1.0
FINISH_S: Final = 2.0
"""How long deliveries on the way have when the worker is told to stop."""
_TEST: Final = {"data": {"events": None}, "extensions": {"test": True}}

Pause = Callable[[int], timedelta]


def now() -> datetime:
    """Tell the time, UTC."""
    return datetime.now(UTC)


async def run(database: Database, engine: Meilisearch, wake: asyncio.Event, settings: Settings) -> None:
    """Deliver for ever; `wake` is set when something has happened."""
    context = Context(
        database=database,
        search=SearchEngine(engine, Indexes.named(), locale=settings.locale),
        changes=Changes(database),
        currency=settings.currency,
        locale=settings.locale,
        statements=counting(),
        secret_key=settings.secret_key,
    )
    async with WebhookClient(allowed=settings.webhook_networks) as client:
        await Deliverer(database, client, webhook_documents(settings), context).run(wake)


class Deliverer:
    """Delivers to webhooks. `context` is that of nobody in particular; `pause` says how long to wait after failures."""

    def __init__(
        self,
        database: Database,
        gateway: WebhookGateway,
        documents: WebhookDocuments,
        context: Context,
        *,
        pause: Pause = rules.delay,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._documents = documents
        self._context = context
        self._pause = pause
        self._running: dict[asyncio.Task[None], int] = {}

    async def run(self, wake: asyncio.Event) -> None:
        """Deliver for ever; `wake` is set when something has happened."""
        try:
            while True:
                wake.clear()
                more = await self._spread()
                claimed = await self._claim()
                for each in claimed:
                    task = asyncio.create_task(self._deliver(each))
                    self._running[task] = each.webhook_id
                    task.add_done_callback(lambda done: self._ended(done, wake))
                if not claimed and not more:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await wake.wait()
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Let what is on the way be settled; what is not by then waits for its lease to run out."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=FINISH_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _spread(self) -> bool:
        """Make deliveries of what is new; says whether there may be more to make."""
        for _ in range(SPREADS_AT_ONCE):
            async with self._database.transaction() as session:
                if not await webhook_deliveries.spread(session, now=now()):
                    return False
        return True

    async def _claim(self) -> list[Claimed]:
        free = PLACES - len(self._running)
        if free <= 0:
            return []
        busy = [webhook_id for webhook_id, number in Counter(self._running.values()).items() if number >= PLACES_EACH]
        async with self._database.transaction() as session:
            return await webhook_deliveries.claim(session, now=now(), limit=min(free, PLACES_EACH), busy=busy)

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            began = now()
            outcome = await self._attempt(claimed, began)
            async with self._database.transaction() as session:
                await webhook_deliveries.settle(
                    session, claimed, outcome, began=began, now=now(), pause=self._pause(claimed.attempts + 1)
                )
        except Exception:  # noqa: BLE001 - when its lease has run out it is tried again
            _log.exception("webhook_not_settled", delivery=claimed.delivery_id)

    async def _attempt(self, claimed: Claimed, began: datetime) -> Outcome:
        try:
            answer = await self._answer(claimed)
        except (Refusal, InvalidRequest) as error:
            return Outcome(None, f"The document cannot be answered: {error}"[:500])
        except LookupError:
            return Outcome(None, "The event is not kept any more.")
        if answer["data"] is None:  # it would tell of nothing, and count as delivered
            return Outcome(None, f"The document was not answered: {answer['errors'][0]['message']}"[:500])
        body = dump(answer)
        secrets = [rules.secret(self._context.secret_key, webhook_id=claimed.webhook_id, number=claimed.secret_number)]
        if claimed.secret_rotated_at is not None and began - claimed.secret_rotated_at < rules.SECRET_OVERLAP:
            number = claimed.secret_number - 1
            secrets.append(rules.secret(self._context.secret_key, webhook_id=claimed.webhook_id, number=number))
        message_id = _message_id(claimed)
        timestamp = int(began.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "Souk webhooks",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": rules.signature(secrets, message_id=message_id, timestamp=timestamp, body=body),
        }
        return await self._gateway.post(claimed.url, headers=headers, body=body)

    async def _answer(self, claimed: Claimed) -> dict[str, Any]:
        if claimed.event_id is None:
            return _TEST
        context = self._context.fresh()
        context.viewer = claimed.viewer
        (event,) = await events.BY_ID.load(self._database, [claimed.event_id])
        if event is None:
            raise LookupError(claimed.event_id)
        return await self._documents.answer(
            claimed.document, claimed.operation_name, claimed.types, event=event, context=context
        )

    def _ended(self, task: asyncio.Task[None], wake: asyncio.Event) -> None:
        del self._running[task]
        wake.set()  # there is a place, and the next event of the subject may go


def _message_id(claimed: Claimed) -> str:
    """Give the message's id, the same at every attempt: the event's, so that a receiver knows what it has had."""
    if claimed.event_id is None:
        return ids.encode("WebhookDelivery", claimed.delivery_id)
    return ids.encode("Event", claimed.event_id)
