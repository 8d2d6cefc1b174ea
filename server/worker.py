"""The worker process: loops that follow the events, each restarted when it fails, until we are told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module

import asyncpg
import structlog
from sqlalchemy import exists, select

from models.database import Database
from models.webhooks import Webhook
from search.client import Meilisearch
from search.indexes import Indexes
from search.indexing import Indexer
from server import chores, payments, worker_club, worker_tickets
from server.config import Settings
from services import mails
from services.gateways.mail import MailFolder, MailGateway
from services.outbox import CHANNEL

_log = structlog.get_logger()

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_STEADY_AFTER_S = 60.0
MAIL_POLL_S = 20.0
MAIL_GATHER_S = 0.1
"""So long after an event that may have brought a mail others are waited for."""
WEBHOOK_POLL_S = 2.0

# Below the five seconds after which `souk up` kills it.
GRACE_S = 4

Loop = Callable[[], Awaitable[None]]


async def run(settings: Settings) -> None:
    """Be the worker until SIGINT or SIGTERM: keep the search index equal, send mails, keep the club's time, tidy up."""
    database = await Database.open(
        settings.database_url, pool_size=settings.database_pool_size, currency=settings.currency
    )
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    wake, mail, webhook = asyncio.Event(), asyncio.Event(), asyncio.Event()
    gateway = MailFolder(settings.mail_folder)
    indexer = Indexer(database, engine, Indexes.named(), locale=settings.locale)
    loops: dict[str, Loop] = {
        "index": lambda: indexer.run(wake),
        "mail": lambda: send_mails(database, gateway, mail, key=settings.secret_key),
        "club": lambda: worker_club.run(database),
        "tickets": lambda: worker_tickets.run(database),
        "webhooks": lambda: deliver_webhooks(database, engine, webhook, settings),
        "wake": lambda: set_at_each_event(wake, mail, webhook, database_url=settings.database_url),
        **payments.loops(database, settings),
        **chores.loops(database),
    }
    try:
        await run_loops(loops)
    finally:
        engine.close()
        await database.close()


async def run_loops(loops: Mapping[str, Loop]) -> None:
    """Run every loop until SIGINT or SIGTERM, then cancel them; a loop that raises or returns is started again.

    A loop must bear being cancelled at any await: what it has not recorded as done it does again.
    """
    stop = asyncio.Event()
    event_loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        event_loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(_again_and_again(name, loop), name=name) for name, loop in loops.items()]
    await stop.wait()
    signal.alarm(GRACE_S)  # ends the process should a loop, or the closing after it, hang
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def send_mails(database: Database, gateway: MailGateway, wake: asyncio.Event, *, key: str) -> None:
    """Send mails as they become due, whenever `wake` is set and now and then."""
    while True:
        wake.clear()
        while await mails.send_due(database, gateway, key=key, now=datetime.now(UTC)):
            pass
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAIL_POLL_S):
                await wake.wait()
                await asyncio.sleep(MAIL_GATHER_S)


async def deliver_webhooks(database: Database, engine: Meilisearch, wake: asyncio.Event, settings: Settings) -> None:
    """Post events to webhooks, whenever `wake` is set and now and then.

    The schema, which answers their documents, takes 40 MB and a second to read: only when there is a webhook.
    """
    while not await _any_webhook(database):  # noqa: ASYNC110 - other processes add them
        await asyncio.sleep(WEBHOOK_POLL_S)
    loop = await asyncio.to_thread(import_module, "server.worker_webhooks")
    await loop.run(database, engine, wake, settings)


async def _any_webhook(database: Database) -> bool:
    async with database.transaction() as session:
        return bool(await session.scalar(select(exists().select_from(Webhook))))


async def set_at_each_event(*wakes: asyncio.Event, database_url: str) -> None:
    """Set all `wakes` whenever somebody has written events; returns when the connection is lost."""
    connection = await asyncpg.connect(database_url)
    try:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())

        def wake(*_: object) -> None:
            for each in wakes:
                each.set()

        await connection.add_listener(CHANNEL, wake)
        wake()  # for what was written before we listened
        await lost.wait()
    finally:
        await connection.close()


async def _again_and_again(name: str, loop: Loop) -> None:
    clock = asyncio.get_running_loop().time
    delay_s = _FIRST_DELAY_S
    while True:
        began = clock()
        try:
            await loop()
        except Exception:  # noqa: BLE001 - the worker outlives any failure of a loop
            _log.exception("worker_loop_failed", loop=name, restart_in_s=delay_s)
        if clock() - began > _STEADY_AFTER_S:
            delay_s = _FIRST_DELAY_S
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, _LONGEST_DELAY_S)
