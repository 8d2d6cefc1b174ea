"""The application: routes, and what lives as long as the process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.limits import Limits
from graph.operations import Operations, Outcome
from graph.persisted import ManifestError, PersistedDocuments, read_manifest
from graph.schema import schema
from graph.webhook_documents import WebhookDocuments
from models.database import Database, counting
from resolvers.changes import Changes
from resolvers.context import Context, WebhookTerms
from search.client import Meilisearch
from search.indexes import Indexes
from search.querying import SearchEngine
from server import files, graphiql, health, invoices, metrics, payments, placeholders
from server.auth import Authentication
from server.config import ConfigError, Settings
from server.draining import Draining
from server.http.connections import ConnectionInfo
from server.http.endpoint import GraphQLHTTP
from server.logging import RequestId
from server.websocket.endpoint import GraphQLWebSocket
from services.gateways.files import FileFolder

GRAPHQL: Final = "/graphql"


class Application(Starlette):
    """Starlette, with a short way to the endpoints that nearly every request and socket is for.

    They answer whatever happens by themselves, so they need none of Starlette's layers, but those that are named. Of a
    socket each layer would stay in memory as long as the socket does.
    """

    def __init__(
        self, graphql: ASGIApp, websocket: ASGIApp, *, middleware: Sequence[Middleware], **options: Any
    ) -> None:
        super().__init__(middleware=middleware, **options)
        for cls, args, kwargs in reversed(middleware):
            graphql = cls(graphql, *args, **kwargs)
            websocket = cls(websocket, *args, **kwargs)
        self._short = {"http": graphql, "websocket": websocket}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] in self._short and scope["path"] == GRAPHQL:
            scope["app"] = self
            await self._short[scope["type"]](scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """Make the application; it opens its connections when it starts and closes them when it stops.

    Raises ConfigError for settings that it cannot run with.
    """
    if not settings.secret_key:
        raise ConfigError("SOUK_SECRET_KEY is not set: set it to a random text of at least 32 characters.")
    operations = Operations(
        schema,
        limits=_limits(settings),
        introspection=settings.introspection,
        observe=_observe,
        persisted=_persisted(settings),
    )

    async def context(connection: ConnectionInfo) -> Context:
        return await _context(app.state, settings, terms, connection)

    terms = WebhookTerms(webhook_documents(settings), settings.webhook_networks)
    draining = Draining()
    endpoint = GraphQLHTTP(
        operations,
        context_factory=context,
        graphiql_page=graphiql.page() if settings.introspection else None,
        public_max_age_s=settings.public_max_age_s,
        draining=draining,
    )
    websocket = GraphQLWebSocket(operations, context_factory=context, draining=draining)
    app = Application(
        endpoint,
        websocket,
        routes=[
            Route(GRAPHQL, endpoint),
            WebSocketRoute(GRAPHQL, websocket),
            graphiql.assets(),
            Route("/healthz", health.live),
            Route("/readyz", health.ready),
            Route("/metrics", metrics.endpoint),
            *files.routes(),
            *invoices.routes(),
            *payments.routes(),
            Route("/media/demo/{name}.svg", placeholders.picture),
        ],
        middleware=[Middleware(RequestId), *_cross_origin(settings)],
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.draining = draining
    app.state.files = FileFolder(settings.file_folder)
    return app


async def _context(state: State, settings: Settings, terms: WebhookTerms, connection: ConnectionInfo) -> Context:
    """Make what one operation has around it."""
    authentication: Authentication = state.authentication
    return Context(
        database=state.database,
        search=state.search,
        changes=state.changes,
        currency=settings.currency,
        locale=settings.locale,
        statements=counting(),
        secret_key=settings.secret_key,
        viewer=await authentication.viewer(connection),
        client=authentication.client(connection),
        webhooks=terms,
        gateways=state.gateways,
        orders_hold_for=timedelta(minutes=settings.orders_hold_minutes),
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None, None]:
    """Open the connections, and follow the log of events; close them in the end."""
    state, settings = app.state, app.state.settings
    state.database = await Database.open(
        settings.database_url, pool_size=settings.database_pool_size, currency=settings.currency
    )
    state.authentication = Authentication(state.database, secret_key=settings.secret_key, hops=settings.proxy_hops)
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    state.search = SearchEngine(engine, Indexes.named(), locale=settings.locale)
    state.changes = Changes(state.database)
    state.gateways = payments.gateways(state.database, settings)
    following = asyncio.create_task(state.changes.run())
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        engine.close()
        await state.gateways.close()
        await state.database.close()


def webhook_documents(settings: Settings) -> WebhookDocuments:
    """Make what knows webhooks' documents, which are stored ones: trusted documents alone are for other clients."""
    return WebhookDocuments(Operations(schema, limits=_limits(settings), introspection=False, observe=_observe))


def _persisted(settings: Settings) -> PersistedDocuments:
    if settings.trusted_documents is None:
        return PersistedDocuments()
    try:
        return PersistedDocuments(read_manifest(settings.trusted_documents))
    except ManifestError as error:
        raise ConfigError(f"SOUK_TRUSTED_DOCUMENTS: {error}") from None


def _cross_origin(settings: Settings) -> list[Middleware]:
    """Let pages of other origins call the API, if any may. Without cookies: who calls says so in a header."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Cart-Token", "Content-Type", "X-Request-Id"),
            expose_headers=("X-Request-Id",),
            max_age=3600,
        )
    ]


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_body_bytes=settings.max_body_bytes,
        max_tokens=settings.max_tokens,
        max_depth=settings.max_depth,
        max_aliases=settings.max_aliases,
        max_fields=settings.max_fields,
        max_page_size=settings.max_page_size,
        max_cost=settings.max_cost,
        request_timeout_s=settings.request_timeout_s,
    )


def _observe(outcome: Outcome) -> None:
    metrics.observe_request(
        outcome.operation,
        outcome.kind,
        outcome.seconds,
        outcome.context.statements.value if outcome.context else 0,
        "refused" if outcome.kind == "unknown" else "errors" if outcome.codes else "ok",
    )
    if outcome.left_to_core:
        metrics.observe_fallback(outcome.operation)
