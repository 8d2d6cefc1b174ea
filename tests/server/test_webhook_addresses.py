"""The worker posts to webhooks ..."""

import asyncio
import socket
from threading import Event
from typing import Any

import asyncpg
import pytest

from domain import webhooks as rules
from models.database import Database
from services.gateways import webhooks as gateway
from services.gateways.webhooks import WebhookClient
from tests.factories import catalogue
from tests.factories.receivers import Receiver
from tests.server.webhooks import connection, delivering, happen, hooked, receiver

__all__ = ["connection", "receiver"]  # fixtures


def slow(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Let the look-up of a name end only when the event is set; `quick.example` is found at once."""
    answered, look_up = Event(), socket.getaddrinfo

    def late(host: str, *given: Any, **named: Any) -> Any:
        if host != "quick.example":
            answered.wait(10)
        return look_up("127.0.0.1", *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", late)
    return answered


async def test_though_the_names_of_others_are_found_late(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = slow(monkeypatch)
    others = [asyncio.ensure_future(gateway.resolve("slow.example", 443)) for _ in range(60)]
    await asyncio.sleep(0)
    try:
        assert [str(each) for each in await asyncio.wait_for(gateway.resolve("quick.example", 443), 5)] == ["127.0.0.1"]
    finally:
        answered.set()
        await asyncio.gather(*others)


async def test_to_no_name_that_is_not_found_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = slow(monkeypatch)
    monkeypatch.setattr(gateway, "TIMEOUT_S", 0.05)
    try:
        with pytest.raises(rules.AddressError, match="url: the name of its host was not found within"):
            await gateway.check("https://slow.example/", allowed=())
    finally:
        answered.set()


async def test_to_no_address_that_is_not_public(
    database: Database, connection: asyncpg.Connection, receiver: Receiver
) -> None:
    """It was allowed when it was added."""
    await hooked(database, connection, receiver.url)
    await happen(connection, await catalogue.product(connection, await catalogue.merchant(connection)), 1)
    async with delivering(database, allowed=[]), asyncio.timeout(30):
        while not await connection.fetchval("SELECT count(*) FROM webhook_attempts"):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    assert receiver.posted == []
    assert "not public" in await connection.fetchval("SELECT error FROM webhook_attempts LIMIT 1")


async def test_to_the_address_that_was_checked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that stood for a public address when it was added, and for one of ours when it is posted to."""
    looked_up = []

    async def resolve(host: str, port: int) -> list[Any]:
        looked_up.append((host, port))
        return [gateway.ip_address("127.0.0.1")]

    monkeypatch.setattr(gateway, "resolve", resolve)
    async with WebhookClient() as client:
        outcome = await client.post(f"https://partner.example:{receiver.port}/", headers={}, body=b"{}")
    assert (outcome.status, looked_up) == (None, [("partner.example", receiver.port)])
    assert "not public" in outcome.error
    assert receiver.posted == []
