"""The GraphQL endpoint: from an HTTP request to its answer."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from domain.errors import Refusal
from graph.errors import ClientError, InvalidRequest, masked
from graph.operations import Answer, Context, Operation, Operations
from server.draining import Draining
from server.http.connections import ConnectionInfo, ContextFactory
from server.http.event_stream import failing, send_events
from server.http.leaving import LEAVING, Leaving
from server.http.negotiation import Answers, answers_for, check_body_headers, read_headers
from server.http.requests import ClientGone, GraphQLParameters, parse_body, parse_query_string, read_body
from server.http.responses import Header, errors_of, send_json, send_public, status_of

ALLOW: Final[Header] = (b"allow", b"GET, POST, OPTIONS")
# After an early refusal the rest of the body is still on its way; closing is how HTTP/1.1 says not to send it.
CLOSE: Final[Header] = (b"connection", b"close")
# A request with one of these may be answered with what only its sender may see.
PERSONAL: Final = frozenset({b"authorization", b"cart-token", b"cookie"})
BODY_UNREAD: Final = frozenset({405, 406, 408, 413, 415, 431})


class GraphQLHTTP:
    """An ASGI application that answers GraphQL over HTTP, for `Route("/graphql", GraphQLHTTP(...))`.

    GET (queries only), POST of `application/json`, OPTIONS. Answers `application/graphql-response+json`,
    `application/json`, or server-sent events when the client accepts `text/event-stream` (graphql-sse, distinct
    connections). `context_factory` makes the context of each request and may refuse it with a ClientError.
    A browser's GET for a page goes to `graphiql_page` if there is one. The answer to a GET that tells nothing of who
    asks may be kept by caches for `public_max_age_s` seconds, and has an ETag.
    Subscriptions end when `draining` begins.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        context_factory: ContextFactory,
        graphiql_page: ASGIApp | None = None,
        public_max_age_s: int = 0,
        draining: Draining | None = None,
    ) -> None:
        self._operations = operations
        self._context_factory = context_factory
        self._page = graphiql_page
        self._public_max_age_s = public_max_age_s
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the client gets a GraphQL error."""
        answers: Answers = Answers.JSON
        try:
            headers = read_headers(scope, self._operations.limits)
            wanted = answers_for(
                headers.get(b"accept", b"*/*").decode("latin-1"),
                page=self._page is not None and scope["method"] in {"GET", "HEAD"},
            )
            if wanted is Answers.PAGE and self._page is not None:
                await self._page(scope, receive, send)
                return
            answers = wanted or Answers.JSON
            await self._respond(scope, receive, send, headers, wanted)
        except ClientGone:
            return
        except (Refusal, InvalidRequest) as error:
            if answers is Answers.EVENTS and isinstance(error, InvalidRequest):
                await send_events(receive, send, failing(error))
                return
            status = status_of(error, answers)
            extra = [header for statuses, header in ((BODY_UNREAD, CLOSE), ({405}, ALLOW)) if status in statuses]
            await send_json(send, status, answers, {"errors": errors_of(error)}, extra)
        except Exception as error:  # noqa: BLE001 - the last place that can keep a stack trace from the client
            await send_json(send, 500, answers, {"errors": [masked(error, {"path": scope["path"]})]})

    async def _respond(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], wanted: Answers | None
    ) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": [ALLOW]})
            await send({"type": "http.response.body"})
            return
        if method not in {"GET", "POST"}:
            raise ClientError(
                f"{method[:20]} is not supported: use POST, or GET for queries.", code="METHOD_NOT_ALLOWED", status=405
            )
        if wanted is None:
            raise ClientError(
                "The Accept header takes none of application/graphql-response+json, application/json and"
                " text/event-stream: add one of them.",
                code="NOT_ACCEPTABLE",
                status=406,
            )
        transport = "sse" if wanted is Answers.EVENTS else "http"
        operation = await self._prepared(await self._parameters(scope, receive, headers), method, transport)
        if wanted is Answers.EVENTS:
            context = await self._context_factory(ConnectionInfo(scope, transport))
            answers = self._operations.stream(operation, context, transport=transport)
            # What is no subscription ends by itself, and whoever changes something wants to know what became of it.
            draining = self._draining if operation.plan.kind == "subscription" else None
            await send_events(receive, send, answers, draining=draining)
            return
        if operation.plan.kind == "subscription":
            raise ClientError(
                "A subscription needs a stream: send `Accept: text/event-stream`, or use a WebSocket.",
                code="NOT_ACCEPTABLE",
                status=406,
            )
        context = await self._context_factory(ConnectionInfo(scope, transport))
        answer = await self._answered(scope, operation, context)
        if method == "GET" and not answer.errors and not PERSONAL & headers.keys():
            known = headers.get(b"if-none-match")
            await send_public(send, wanted, answer.body(), known=known, max_age_s=self._public_max_age_s)
        else:
            await send_json(send, 200, wanted, answer.body())

    async def _answered(self, scope: Scope, operation: Operation, context: Context) -> Answer:
        """Answer an operation; a client that leaves ends it, unless it changes something. Raises ClientGone."""
        leaving: Leaving | None = scope["state"].get(LEAVING) if "state" in scope else None
        answering = self._operations.answer(operation, context, transport="http")
        task = asyncio.current_task()
        if leaving is None or task is None or operation.plan.kind == "mutation":
            return await answering
        left = False

        def leave() -> None:
            nonlocal left
            left = task.cancel()

        leaving.add(leave)
        try:
            return await answering
        except asyncio.CancelledError:
            if left:
                raise ClientGone from None
            raise
        finally:
            leaving.discard(leave)

    async def _parameters(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> GraphQLParameters:
        if scope["method"] == "GET":
            return parse_query_string(scope["query_string"])
        check_body_headers(headers)
        return parse_body(await read_body(receive, headers, self._operations.limits))

    async def _prepared(self, asked: GraphQLParameters, method: str, transport: str) -> Operation:
        operation = await self._operations.prepared(
            asked.query, asked.operation_name, asked.variables, transport=transport, sha256=asked.sha256
        )
        if method == "GET" and operation.plan.kind == "mutation":
            raise ClientError("A mutation changes something: send it by POST.", code="METHOD_NOT_ALLOWED", status=405)
        return operation
