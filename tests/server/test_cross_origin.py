"""A page of another origin ..."""

import httpx
import pytest

from server.app import create_app
from server.config import ConfigError, Settings

ADDRESSES = {
    "DATABASE_URL": "postgresql://nowhere/souk",
    "MEILI_URL": "http://127.0.0.1:1",
    "SOUK_SECRET_KEY": "a key for tests, which is long enough",
}
PREFLIGHT = {
    "Origin": "https://shop.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,authorization",
}


async def preflight(**environ: str) -> tuple[int, str | None]:
    # The application is not started, so nothing is connected to: a preflight is answered before anything else.
    app = httpx.ASGITransport(create_app(Settings.from_env({**ADDRESSES, **environ})))
    async with httpx.AsyncClient(transport=app, base_url="http://souk") as client:
        answer = await client.options("/graphql", headers=PREFLIGHT)
    return answer.status_code, answer.headers.get("access-control-allow-origin")


async def test_may_call_when_its_origin_is_named() -> None:
    assert await preflight(SOUK_CORS_ORIGINS="https://app.example, https://shop.example") == (
        200,
        "https://shop.example",
    )


async def test_may_call_when_every_origin_may() -> None:
    assert await preflight(SOUK_CORS_ORIGINS="*") == (200, "*")


async def test_may_not_call_when_another_is_named() -> None:
    assert await preflight(SOUK_CORS_ORIGINS="https://app.example") == (400, None)


async def test_is_told_nothing_when_none_is_named() -> None:
    assert (await preflight())[1] is None


def test_is_named_as_an_origin_and_nothing_else() -> None:
    with pytest.raises(ConfigError, match="SOUK_CORS_ORIGINS"):
        Settings.from_env({**ADDRESSES, "SOUK_CORS_ORIGINS": "shop.example"})
