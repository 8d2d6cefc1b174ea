"""Accounts, customers and staff, each by one call; what a test does not care about is filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import asyncpg
from argon2 import PasswordHasher

from domain.access import MerchantRole, PartnerKind, PlatformRole, Scope, Viewer
from tests.factories.catalogue import insert

_numbers = count(1)

PASSWORD: Final = "correct horse battery"
VERIFIED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""As weak as can be: tests wait for it."""


async def account(connection: asyncpg.Connection, **columns: Any) -> int:
    """Insert an account that may sign in with `PASSWORD`."""
    columns.setdefault("email", f"person-{next(_numbers)}@example.com")
    defaults = {"password_hash": _HASH, "email_verified_at": VERIFIED_AT}
    return int((await insert(connection, "accounts", **{**defaults, **columns}))["id"])


async def customer(connection: asyncpg.Connection, **columns: Any) -> Viewer:
    """Insert a customer with an account, and give them as a viewer."""
    account_id = await account(connection, **({"email": columns.pop("email")} if "email" in columns else {}))
    columns.setdefault("display_name", "Ada")
    row = await insert(connection, "customers", account_id=account_id, **columns)
    return Viewer(account_id=account_id, customer_id=row["id"])


async def address(connection: asyncpg.Connection, customer_id: int, **columns: Any) -> int:
    defaults = {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postal_code": "53111", "country": "DE"}
    return int(
        (await insert(connection, "customer_addresses", customer_id=customer_id, **{**defaults, **columns}))["id"]
    )


async def member(connection: asyncpg.Connection, merchant_id: int, role: MerchantRole) -> Viewer:
    """Insert somebody who works for a merchant."""
    account_id = await account(connection)
    await insert(connection, "merchant_members", merchant_id=merchant_id, account_id=account_id, role=role.value)
    return Viewer(account_id=account_id, merchants={merchant_id: role})


async def document(connection: asyncpg.Connection, merchant_id: int, **columns: Any) -> int:
    """Insert a document of a merchant that waits for a look."""
    defaults = {
        "kind": "REGISTRATION",
        "file_name": "paper.pdf",
        "media_type": "application/pdf",
        "size_bytes": 4,
        "state": "SUBMITTED",
        "key": f"merchants/{merchant_id}/{next(_numbers)}",
    }
    return int(
        (await insert(connection, "merchant_documents", merchant_id=merchant_id, **{**defaults, **columns}))["id"]
    )


async def staff(connection: asyncpg.Connection, role: PlatformRole) -> Viewer:
    """Insert somebody who works for the platform."""
    account_id = await account(connection)
    await insert(connection, "platform_members", account_id=account_id, role=role.value)
    return Viewer(account_id=account_id, platform=role)


async def partner(connection: asyncpg.Connection, merchant_id: int | None = None) -> Viewer:
    """Insert a delivery partner, and give it as a viewer with all scopes."""
    row = await insert(connection, "partners", kind="DELIVERY", name="Swift", merchant_id=merchant_id)
    return Viewer(
        partner_id=row["id"],
        partner_kind=PartnerKind.DELIVERY,
        partner_merchant_id=merchant_id,
        scopes=frozenset(Scope),
    )


async def segment(connection: asyncpg.Connection) -> int:
    """Insert a segment that everybody is in."""
    row = await insert(connection, "segments", code=f"all-{next(_numbers)}", title="All", rule={"all": []})
    return int(row["id"])
