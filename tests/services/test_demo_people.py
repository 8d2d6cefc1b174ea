"""Demo accounts ..."""

import asyncpg

from domain.access import MerchantRole, PlatformRole
from models.database import Database
from services import access, demo_people, passwords
from tests.factories import catalogue

ROLES = ["customer", "merchant", "manager", "packer", "agent", "admin", "partner"]


async def test_are_one_for_each_role(database: Database, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection, slug="northwind-living")
    accounts = await demo_people.load(database, merchant_slug="northwind-living")
    assert [account["role"] for account in accounts] == ROLES
    viewers = {}
    for account in accounts[:-1]:
        row = await connection.fetchrow("SELECT id, password_hash FROM accounts WHERE email = $1", account["email"])
        assert await passwords.fits(account["password"], row["password_hash"])
        async with database.transaction() as session:
            viewers[account["role"]] = await access.viewer_of(session, account_id=row["id"], session_id=None)
    assert all(viewer is not None and viewer.customer_id is not None for viewer in viewers.values())
    assert {role: viewer and (viewer.platform, viewer.merchants) for role, viewer in viewers.items()} == {
        "customer": (None, {}),
        "merchant": (None, {merchant: MerchantRole.OWNER}),
        "manager": (None, {merchant: MerchantRole.MANAGER}),
        "packer": (None, {merchant: MerchantRole.PACKER}),
        "agent": (PlatformRole.AGENT, {}),
        "admin": (PlatformRole.ADMIN, {}),
    }
    key = await connection.fetchrow("SELECT scopes FROM api_keys WHERE prefix = $1", accounts[-1]["apiKey"][:17])
    assert "EVENTS_READ" in key["scopes"]


async def test_are_kept_as_long_as_somebody_knows_their_passwords(
    database: Database, connection: asyncpg.Connection
) -> None:
    assert not await demo_people.are_there(database, [])
    first = await demo_people.load(database, merchant_slug="none")
    assert await demo_people.are_there(database, first)
    second = await demo_people.load(database, merchant_slug="none")
    assert await demo_people.are_there(database, second)
    assert not await demo_people.are_there(database, first)
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 6
    assert await connection.fetchval("SELECT count(*) FROM partners") == 1
