"""Following events, by pages and as they happen."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import pytest

from domain.access import Viewer
from graph.operations import Answer, StreamFailed
from resolvers.changes import Changes
from services import outbox
from tests.factories import people
from tests.graph.conftest import Api

FIELDS = """id cursor type occurredAt subjectId subjectVersion
            subject { __typename ... on Product { id slug name } ... on Category { slug } }"""
PULL = f"""query ($after: String, $types: [EventType!], $first: Int! = 100) {{
  events(after: $after, types: $types, first: $first) {{ nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }}
}}"""
FOLLOW = (
    f"subscription ($after: String, $types: [EventType!]) {{ events(after: $after, types: $types) {{ {FIELDS} }} }}"
)


async def happen(
    connection: asyncpg.Connection, product: int, *versions: int, event_type: str = "PRODUCT_CHANGED"
) -> None:
    await outbox.append_many(
        connection, event_type=event_type, subject_type="product", subjects=[(product, each) for each in versions]
    )


def follow(api: Api, **variables: Any) -> AsyncGenerator[Answer, None]:
    operation = api.operations.prepare(FOLLOW, None, variables, transport="websocket")
    return api.operations.stream(operation, api.context.fresh(), transport="websocket")


async def event(events: AsyncGenerator[Answer, None]) -> Any:
    answer = await asyncio.wait_for(anext(events), 30)
    assert not answer.errors, answer.errors
    return answer.data and answer.data["events"]


async def are_following(changes: Changes, number: int) -> None:
    while changes._followers < number:  # noqa: SLF001, ASYNC110 - it shows nowhere else
        await asyncio.sleep(0.01)


async def refused(events: AsyncGenerator[Answer, None]) -> dict[str, Any]:
    with pytest.raises(StreamFailed) as caught:
        await asyncio.wait_for(anext(events), 30)
    (error,) = caught.value.errors
    return {**error["extensions"], "message": error["message"]}


@pytest.fixture
async def partner(api: Api, connection: asyncpg.Connection) -> Viewer:
    """A partner of the whole platform with all scopes, who asks."""
    api.context.viewer = await people.partner(connection)
    return api.context.viewer
