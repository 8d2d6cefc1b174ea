"""A small schema behind the product's own endpoints, for what every transport must do."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Self

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from graph.errors import ClientError
from graph.limits import Limits
from graph.operations import Operations, Outcome
from graph.persisted import PersistedDocuments
from server.draining import Draining
from server.http import GraphQLHTTP
from server.http.connections import ConnectionInfo
from server.websocket import GraphQLWebSocket


@dataclass
class Toy:
    """What the toy schema's resolvers see and leave behind."""

    contexts: list["ToyContext"] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    produced: int = 0
    closed: int = 0
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass
class ToyContext:
    toy: Toy
    token: str
    number: int

    async def prove(self) -> None:
        """Tokens of toys are good for ever."""

    def alike(self) -> str:
        return self.token

    def fresh(self) -> Self:
        return type(self)(self.toy, self.token, self.number + 1)


Info = strawberry.Info[ToyContext, Any]


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def child(self) -> "Item":
        return Item(number=self.number + 1)


@strawberry.type
class ItemConnection:
    nodes: list[Item]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, info: Info, name: str = "world") -> str:
        info.context.toy.resolved.append("hello")
        return f"hello {name}"

    @strawberry.field
    def token(self, info: Info) -> str:
        return info.context.token

    @strawberry.field
    def items(self, info: Info, first: int = 10) -> ItemConnection:
        info.context.toy.resolved.append("items")
        return ItemConnection(nodes=[Item(number=number) for number in range(first)])

    @strawberry.field
    def item(self) -> Item:
        return Item(number=0)

    @strawberry.field
    def echo(self, numbers: list[int]) -> int:
        return sum(numbers)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("SELECT secret FROM vault")

    @strawberry.field
    def refused(self) -> str | None:
        raise ClientError("There is no such thing.", code="NOT_FOUND", thing="x")

    @strawberry.field
    def unfit(self) -> int | None:
        return 2**40

    @strawberry.field
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self, info: Info) -> str:
        info.context.toy.resolved.append("touch")
        return "touched"

    @strawberry.mutation
    async def slow_touch(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "touched"


@strawberry.type
class Seen:
    @strawberry.field
    def number(self, info: Info) -> int:
        return info.context.number


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int, pause: float = 0.0) -> AsyncGenerator[int, None]:
        toy = info.context.toy
        try:
            for number in range(to):
                await asyncio.sleep(pause)
                toy.produced += 1
                yield number
        finally:
            toy.closed += 1

    @strawberry.subscription
    async def contexts(self) -> AsyncGenerator[Seen, None]:
        for _ in range(3):
            yield Seen()

    @strawberry.subscription
    async def large(self, info: Info) -> AsyncGenerator[str, None]:
        while True:
            info.context.toy.produced += 1
            yield "x" * 100_000

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("SELECT secret FROM vault")

    @strawberry.subscription
    async def refuses(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ClientError("Your subscription has ended.", code="ENDED")

    @strawberry.subscription
    async def denied(self) -> AsyncGenerator[int, None]:  # a coroutine, so it fails before there is a source
        raise ClientError("Not for you.", code="FORBIDDEN")

    @strawberry.subscription
    async def stuck(self) -> AsyncGenerator[int, None]:
        await asyncio.sleep(9)
        raise AssertionError


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
LIMITS = Limits(request_timeout_s=1, body_timeout_s=1)


def toy_app(
    toy: Toy,
    *,
    limits: Limits = LIMITS,
    introspection: bool = True,
    page: ASGIApp | None = None,
    persisted: PersistedDocuments | None = None,
    draining: Draining | None = None,
) -> ASGIApp:
    """Mount the toy schema as the product's application mounts its own."""
    operations = Operations(
        SCHEMA, limits=limits, introspection=introspection, observe=toy.outcomes.append, persisted=persisted
    )

    async def context_of(connection: ConnectionInfo) -> ToyContext:
        token = connection.params.get("authorization") or connection.headers.get("authorization", "")
        if token == "wrong":
            raise ClientError("The access token is not valid.", code="UNAUTHENTICATED", status=401)
        toy.contexts.append(ToyContext(toy, str(token), 0))
        return toy.contexts[-1]

    return Starlette(
        routes=[
            Route(
                "/graphql",
                GraphQLHTTP(operations, context_factory=context_of, graphiql_page=page, draining=draining),
            ),
            WebSocketRoute(
                "/graphql",
                GraphQLWebSocket(operations, context_factory=context_of, init_timeout_s=0.5, draining=draining),
            ),
        ]
    )
