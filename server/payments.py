"""Payment providers as the process offers them, and the address at which they notify it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.database import Database
from server.config import ConfigError, Settings
from services import payment_upkeep, payments
from services.gateways.payments import Gateways, InvalidNoticeError, PaymentGateway, UnknownProviderError
from services.gateways.payments_test import TestProvider

NOTICE_BYTES_MAX: Final = 256 * 1024
PAUSE_S: Final = 1.0
"""How long the worker's loops wait when there is nothing to do."""


def gateways(database: Database, settings: Settings) -> Gateways:
    """Make the providers that the settings offer."""
    offered: list[PaymentGateway] = []
    if settings.test_payments:
        offered.append(test_provider(database, settings))
    if settings.stripe_secret_key:
        offered.append(_stripe(settings))
    return Gateways(*offered)


def _stripe(settings: Settings) -> PaymentGateway:
    """Make the way to Stripe. Raises ConfigError without the secret that its notifications are signed with."""
    if not settings.stripe_webhook_secret:
        raise ConfigError(
            "SOUK_STRIPE_WEBHOOK_SECRET is not set: Stripe shows it beside the webhook of /payments/stripe/webhook."
        )
    # Its library takes half a second to load, which a shop without it need not spend.
    from services.gateways.payments_stripe import StripeProvider  # noqa: PLC0415

    return StripeProvider(
        secret_key=settings.stripe_secret_key,
        webhook_secret=settings.stripe_webhook_secret,
        api_base=settings.stripe_api_base or None,
    )


def test_provider(database: Database, settings: Settings) -> TestProvider:
    """Make the test provider; it notifies us as any other does, only without the way over the network."""
    provider = TestProvider(database, secret_key=settings.secret_key)
    alone = Gateways(provider)

    async def deliver(name: str, headers: Mapping[str, str], body: bytes) -> None:
        await payments.receive(database, alone, provider=name, headers=headers, body=body)

    provider.deliver = deliver
    return provider


def loops(database: Database, settings: Settings) -> dict[str, Callable[[], Awaitable[None]]]:
    """Make the worker's loops over payments: what is due, and what the test provider would do by its own clock."""
    offered = gateways(database, settings)
    made: dict[str, Callable[[], Awaitable[None]]] = {
        "payments": lambda: payment_upkeep.run(database, offered, pause_s=PAUSE_S)
    }
    if settings.test_payments:
        provider = test_provider(database, settings)
        made["test-provider"] = lambda: _notifying(provider)
    return made


async def _notifying(provider: TestProvider) -> None:
    while True:
        if await provider.notify_due() == 0:
            await asyncio.sleep(PAUSE_S)


async def webhook(request: Request) -> Response:
    """Take a provider's notification in: 204 if it was dealt with, now or before; 400 if it is none of its."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > NOTICE_BYTES_MAX:
            return Response(status_code=413)
    state = request.app.state
    try:
        await payments.receive(
            state.database,
            state.gateways,
            provider=request.path_params["provider"],
            headers=request.headers,
            body=body,
        )
    except UnknownProviderError:
        return Response(status_code=404)
    except InvalidNoticeError:
        return Response(status_code=400)
    return Response(status_code=204)


def routes() -> list[Route]:
    """Give the routes of the providers."""
    return [Route("/payments/{provider}/webhook", webhook, methods=["POST"])]
