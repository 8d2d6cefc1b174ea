"""The payment providers that the process offers ..."""

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from domain.payments import PaymentStatus
from models.database import Database
from server import payments
from server.config import ConfigError, Settings
from services.gateways.payments import UnknownProviderError, Word
from services.gateways.payments_test import SIGNATURE

SECRETS = {"SOUK_STRIPE_SECRET_KEY": "sk_test_1", "SOUK_STRIPE_WEBHOOK_SECRET": "whsec_1"}


def settings_of(settings: Settings, **environ: str) -> Settings:
    known = {"DATABASE_URL": settings.database_url, "MEILI_URL": settings.meili_url, "SOUK_SECRET_KEY": "k" * 32}
    return Settings.from_env({**known, **environ})


def names(database: Database, settings: Settings) -> list[str]:
    offered = payments.gateways(database, settings)
    with pytest.raises(UnknownProviderError) as caught:
        offered.named("nobody's")
    return caught.value.message.partition("take one of ")[2].split(", ")


async def test_are_the_test_provider_and_not_in_production(database: Database, settings: Settings) -> None:
    assert names(database, settings_of(settings)) == ["test"]
    in_production = {"SOUK_ENVIRONMENT": "production"}
    assert names(database, settings_of(settings, **in_production, **SECRETS)) == ["stripe"]
    assert names(database, settings_of(settings, **in_production, SOUK_TEST_PAYMENTS="on")) == ["test"]
    assert payments.loops(database, settings_of(settings)).keys() == {"payments", "test-provider"}
    assert payments.loops(database, settings_of(settings, **in_production)).keys() == {"payments"}


async def test_are_stripe_when_there_are_both_of_its_secrets(database: Database, settings: Settings) -> None:
    assert names(database, settings_of(settings, **SECRETS)) == ["stripe", "test"]
    with pytest.raises(ConfigError, match="SOUK_STRIPE_WEBHOOK_SECRET"):
        payments.gateways(database, settings_of(settings, SOUK_STRIPE_SECRET_KEY="sk_test_1"))
    assert "sk_test_1" not in repr(settings_of(settings, **SECRETS))


async def test_notify_at_an_address_that_believes_nobody_else(database: Database, settings: Settings) -> None:
    app = Starlette(routes=payments.routes())
    app.state.database, app.state.gateways = database, payments.gateways(database, settings)
    provider = payments.test_provider(database, settings)
    headers, body = provider.notification(Word("a key of nothing", PaymentStatus.CAPTURED, "ch", 1))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://souk") as client:
        with capture_logs():
            answers = [
                await client.post("/payments/test/webhook", headers=headers, content=body),
                await client.post("/payments/test/webhook", headers=headers, content=body + b" "),
                await client.post("/payments/test/webhook", content=b""),
                await client.post("/payments/test/webhook", headers={SIGNATURE: b"\xe9"}, content=body),
                await client.post("/payments/gold/webhook", headers=headers, content=body),
                await client.post("/payments/test/webhook", headers=headers, content=b"x" * 300_000),
                await client.get("/payments/test/webhook"),
            ]
    assert [answer.status_code for answer in answers] == [204, 400, 400, 400, 404, 413, 405]


async def test_is_known_by_what_it_has_notified_of(database: Database, settings: Settings) -> None:
    provider = payments.test_provider(database, settings)
    word = Word("k", PaymentStatus.CAPTURED, "ch", 1)
    assert provider.deliver is not None
    await provider.deliver("test", *provider.notification(word))
    async with database.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch("SELECT provider, notice FROM payment_notices")
    assert [tuple(row) for row in rows] == [("test", "k:CAPTURED:1")]
