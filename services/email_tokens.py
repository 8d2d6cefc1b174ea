"""Tokens that are mailed. They follow from a row's id and our key, so that no table holds what they open."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Refusal
from models.accounts import EmailToken

LIFETIMES: Final = {"VERIFY": timedelta(days=3), "RESET": timedelta(hours=1)}
"""How long a token of each purpose is good for."""
_LENGTH_MAX: Final = 100


class EmailTokenError(Refusal):
    """A mailed token cannot be used."""

    code = "INVALID_TOKEN"

    def __init__(self) -> None:
        super().__init__(
            "token: it is unknown, was used before, or its time is over; ask for a new mail", field="token"
        )


def text_of(key: str, *, purpose: str, token_id: int) -> str:
    """Write the token of a row."""
    mac = hmac.digest(key.encode(), f"email-token:{purpose}:{token_id}".encode(), hashlib.sha256)
    return f"{token_id}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def read(key: str, *, purpose: str, text: str) -> int:
    """Read the row's id out of a token. Raises EmailTokenError for one that we have not made."""
    head, _, _ = text.strip().partition(".")
    if not (head.isascii() and head.isdigit() and len(head) < 19 and len(text) <= _LENGTH_MAX):  # noqa: PLR2004 - below 2**63
        raise EmailTokenError
    if not hmac.compare_digest(text_of(key, purpose=purpose, token_id=int(head)).encode(), text.strip().encode()):
        raise EmailTokenError
    return int(head)


async def make(session: AsyncSession, *, account_id: int, purpose: str, now: datetime) -> int:
    """Make a token. Gives the row's id.

    Those that were mailed before stay good until one of them is used: or else whoever knows an address could keep its
    owner from ever using one.
    """
    made = await session.execute(
        insert(EmailToken)
        .values(account_id=account_id, purpose=purpose, expires_at=now + LIFETIMES[purpose])
        .returning(EmailToken.id)
    )
    return made.scalar_one()


async def use(session: AsyncSession, *, token_id: int, purpose: str, now: datetime) -> int:
    """Use a token up, and with it all of its purpose; gives the account's id. Raises EmailTokenError."""
    used = await session.execute(
        update(EmailToken)
        .where(
            EmailToken.id == token_id,
            EmailToken.purpose == purpose,
            EmailToken.used_at.is_(None),
            EmailToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(EmailToken.account_id)
    )
    account_id = used.scalar_one_or_none()
    if account_id is None:
        raise EmailTokenError
    await session.execute(
        update(EmailToken)
        .where(EmailToken.account_id == account_id, EmailToken.purpose == purpose, EmailToken.used_at.is_(None))
        .values(used_at=now)
    )
    return account_id
