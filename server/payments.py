"""Payment providers as the process offers them, and the address at which they notify it."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.database import Database
from server.config import Settings
from services import payments
from services.gateways.payments import Gateways, InvalidNoticeError, PaymentGateway, UnknownProviderError
from services.gateways.payments_test import TestProvider

NOTICE_BYTES_MAX: Final = 256 * 1024


def gateways(database: Database, settings: Settings) -> Gateways:
    """Make the providers that the settings offer."""
    offered: list[PaymentGateway] = []
    if settings.test_payments:
        offered.append(test_provider(database, settings))
    return Gateways(*offered)


def test_provider(database: Database, settings: Settings) -> TestProvider:
    """Make the test provider; it notifies us as any other does, only without the way over the network."""
    provider = TestProvider(database, secret_key=settings.secret_key)
    alone = Gateways(provider)

    async def deliver(name: str, headers: Mapping[str, str], body: bytes) -> None:
        await payments.receive(database, alone, provider=name, headers=headers, body=body)

    provider.deliver = deliver
    return provider


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
