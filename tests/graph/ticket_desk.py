"""Who asks the ticket desk, and who works at it."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole, Viewer
from graph import ids
from tests.factories import people
from tests.factories.catalogue import insert

OPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> Viewer:
    return await people.customer(connection)


@pytest.fixture
async def agent(connection: asyncpg.Connection) -> Viewer:
    return await people.staff(connection, PlatformRole.AGENT)


@pytest.fixture
async def admin(connection: asyncpg.Connection) -> Viewer:
    return await people.staff(connection, PlatformRole.ADMIN)


async def hired(connection: asyncpg.Connection, capacity: int, *skills: str) -> str:
    """Let somebody be handed tickets; gives the global id."""
    viewer = await people.staff(connection, PlatformRole.AGENT)
    await insert(connection, "ticket_agents", account_id=viewer.account_id, skills=list(skills), capacity=capacity)
    return ids.encode("TicketAgent", viewer.account_id or 0)


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]
