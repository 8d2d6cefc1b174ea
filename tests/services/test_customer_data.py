"""Forgetting a customer ..."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from models.database import Database
from services import customer_data, merchant_staff, platform
from tests.factories import catalogue, people

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def ada(connection: asyncpg.Connection) -> Viewer:
    return await people.customer(connection, email="ada@example.com")


async def works(connection: asyncpg.Connection, merchant_id: int, viewer: Viewer, role: str = "OWNER") -> None:
    await catalogue.insert(
        connection, "merchant_members", merchant_id=merchant_id, account_id=viewer.account_id, role=role
    )


async def erase(database: Database, viewer: Viewer) -> None:
    async with database.transaction() as session:
        await customer_data.erase(session, viewer=viewer, now=NOW)


async def erased(connection: asyncpg.Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch("SELECT id FROM accounts WHERE state = 'ERASED' ORDER BY id")]


async def test_takes_no_merchants_last_owner_while_another_one_is_let_go(
    database: Database, connection: asyncpg.Connection, ada: Viewer
) -> None:
    merchant = await catalogue.merchant(connection)
    bea = await people.customer(connection, email="bea@example.com")
    for each in (ada, bea):
        await works(connection, merchant, each)
    owner = Viewer(account_id=ada.account_id, merchants={merchant: MerchantRole.OWNER})
    async with database.transaction() as session:
        await merchant_staff.remove(session, viewer=owner, merchant_id=merchant, email="bea@example.com")
        forgetting = asyncio.create_task(erase(database, ada))
        await asyncio.wait([forgetting], timeout=0.3)
    with pytest.raises(merchant_staff.LastOwnerError):
        await forgetting
    assert await connection.fetch("SELECT account_id FROM merchant_members") == [(ada.account_id,)]
    assert await erased(connection) == []


async def test_takes_no_last_administrator(database: Database, connection: asyncpg.Connection, ada: Viewer) -> None:
    bea = await people.customer(connection, email="bea@example.com")
    for each in (ada, bea):
        await catalogue.insert(connection, "platform_members", account_id=each.account_id, role="ADMIN")
    async with database.transaction() as session:
        await platform.set_role(session, email="bea@example.com", role=PlatformRole.AGENT)
        forgetting = asyncio.create_task(erase(database, ada))
        await asyncio.wait([forgetting], timeout=0.3)
    with pytest.raises(platform.LastAdministratorError):
        await forgetting
    assert await erased(connection) == []
    await erase(database, bea)  # an agent may go
    assert await erased(connection) == [bea.account_id]
    assert await connection.fetch("SELECT account_id FROM platform_members") == [(ada.account_id,)]


async def test_takes_the_invitations_to_the_address_along(
    database: Database, connection: asyncpg.Connection, ada: Viewer
) -> None:
    merchant = await catalogue.merchant(connection, name="Bob's")
    for email in ("ada@example.com", "bea@example.com"):
        await catalogue.insert(
            connection, "merchant_invitations", merchant_id=merchant, email=email, role="PACKER", expires_at=NOW
        )
    async with database.transaction() as session:
        known = await customer_data.export(session, viewer=ada)
    assert [(each["merchant"], each["role"]) for each in known["invitations"]] == [("Bob's", "PACKER")]
    await erase(database, ada)
    assert await connection.fetch("SELECT email FROM merchant_invitations") == [("bea@example.com",)]
