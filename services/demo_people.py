"""Demo accounts, one for each role, with passwords of their own for each shop."""

import secrets
from typing import Any, Final, NamedTuple

import asyncpg

from models.database import Database
from services import api_keys, passwords

_DOMAIN: Final = "demo.example"
CUSTOMER_EMAIL: Final = f"customer@{_DOMAIN}"
"""With what the demo's customer signs in."""
AGENT_EMAIL: Final = f"agent@{_DOMAIN}"
"""With what the demo's agent signs in."""


class _Person(NamedTuple):
    role: str
    display_name: str
    platform_role: str | None = None
    merchant_role: str | None = None


_PEOPLE: Final = (
    _Person("customer", "Cleo Customer"),
    _Person("merchant", "Mara Merchant", merchant_role="OWNER"),
    _Person("manager", "Mila Manager", merchant_role="MANAGER"),
    _Person("packer", "Pavel Packer", merchant_role="PACKER"),
    _Person("agent", "Arun Agent", "AGENT"),
    _Person("admin", "Adil Admin", "ADMIN"),
)
_PARTNER: Final = "Demo Delivery"

Credentials = dict[str, str]
"""What one signs in with: `role`, and `email` with `password`, or `apiKey`."""


async def load(database: Database, *, merchant_slug: str) -> list[Credentials]:
    """Make the demo accounts, or give those that there are new passwords; the merchant's people work at that one."""
    secret = {person.role: secrets.token_urlsafe(12) for person in _PEOPLE}
    hashes = {role: await passwords.make_hash(password) for role, password in secret.items()}
    async with database.connection() as connection, connection.transaction():
        for person in _PEOPLE:
            account_id = await _account(connection, person, hashes[person.role])
            if person.merchant_role is not None:
                await connection.execute(
                    """INSERT INTO merchant_members (merchant_id, account_id, role)
                       SELECT id, $2, $3 FROM merchants WHERE slug = $1 ON CONFLICT DO NOTHING""",
                    merchant_slug,
                    account_id,
                    person.merchant_role,
                )
        key = await _key(connection)
    people = [{"role": role, "email": _email(role), "password": password} for role, password in secret.items()]
    return [*people, {"role": "partner", "apiKey": key}]


async def are_there(database: Database, known: list[Credentials]) -> bool:
    """Say whether the database has the accounts and the key that somebody has written down."""
    if not known:
        return False
    emails = [each["email"] for each in known if "email" in each]
    prefixes = [api_keys.prefix_of(each["apiKey"]) for each in known if "apiKey" in each]
    async with database.connection() as connection:
        found = await connection.fetchrow(
            """SELECT (SELECT count(*) FROM accounts WHERE email = ANY ($1::text[]) AND state = 'ACTIVE') AS accounts,
                      (SELECT count(*) FROM api_keys WHERE prefix = ANY ($2::text[]) AND revoked_at IS NULL) AS keys""",
            emails,
            prefixes,
        )
    return (found["accounts"], found["keys"]) == (len(emails), len(prefixes))


async def _account(connection: asyncpg.Connection, person: _Person, password_hash: str) -> int:
    account_id = await connection.fetchval(
        """INSERT INTO accounts (email, password_hash, email_verified_at) VALUES ($1, $2, now())
           ON CONFLICT (email) DO UPDATE SET password_hash = excluded.password_hash, state = 'ACTIVE' RETURNING id""",
        _email(person.role),
        password_hash,
    )
    await connection.execute(
        "INSERT INTO customers (account_id, display_name) VALUES ($1, $2) ON CONFLICT (account_id) DO NOTHING",
        account_id,
        person.display_name,
    )
    if person.platform_role is not None:
        await connection.execute(
            "INSERT INTO platform_members (account_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            account_id,
            person.platform_role,
        )
    return int(account_id)


async def _key(connection: asyncpg.Connection) -> str:
    """Give the demo partner a new key with all scopes; the one before is good no longer."""
    partner_id: Any = await connection.fetchval("SELECT id FROM partners WHERE name = $1 ORDER BY id LIMIT 1", _PARTNER)
    if partner_id is None:
        partner_id = await connection.fetchval(
            "INSERT INTO partners (kind, name) VALUES ('DELIVERY', $1) RETURNING id", _PARTNER
        )
    await connection.execute("UPDATE api_keys SET revoked_at = now() WHERE partner_id = $1", partner_id)
    made = api_keys.make()
    await connection.execute(
        "INSERT INTO api_keys (partner_id, prefix, hash, scopes, label) VALUES ($1, $2, $3, $4, 'demo')",
        partner_id,
        made.prefix,
        made.hash,
        api_keys.ALL_SCOPES,
    )
    return made.text


def _email(role: str) -> str:
    return f"{role}@{_DOMAIN}"
