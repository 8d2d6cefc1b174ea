"""The built-in test provider: it charges nobody, but keeps books of its own, as a provider does, in two tables.

Its books are written in transactions of their own, so that they are true whatever becomes of ours. The token says how
it behaves:

- `ok`: paid.
- `declined`: refused; so is every token that is not listed here.
- `slow`: answers that it is still at it; paid after two seconds, and then it notifies.
- `timeout`: never answers, nor notifies. It has paid after two seconds all the same, for whoever asks.
- `webhook-first`: paid, and the notification is there before the answer.
- `twice`: paid, and notifies twice at the same time.
- `less`, `more`: takes a tenth less or more than was asked (at least one minor unit), and says so.
- `other-currency`: takes as many minor units of EUR, or of USD where EUR was asked, and says so.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import orjson

from domain.payments import PaymentRefundStatus, PaymentStatus
from models.database import Database
from services.gateways.payments import (
    Charge,
    InvalidNoticeError,
    NoAnswerError,
    Notice,
    Payback,
    PaybackWord,
    Word,
)

NAME: Final = "test"
SIGNATURE: Final = "souk-test-signature"
"""The header of a notification that proves who sends it: the HMAC-SHA256 of the body."""
DELAY: Final = timedelta(seconds=2)
"""After what time a slow charge is paid."""

Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[object]]
"""Delivers a notification, given by provider, headers and body, to where it is listened to."""

_CHARGE: Final = """
    INSERT INTO test_provider_charges (key, token, currency, amount, status, due_at, notices, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING key
"""
_GIVE_UP: Final = """
    INSERT INTO test_provider_charges (key, token, currency, amount, status, created_at)
    VALUES ($1, '', '', 0, 'VOIDED', $2)
    ON CONFLICT (key) DO UPDATE SET status = 'VOIDED', notices = 0
    WHERE test_provider_charges.status = 'PENDING' AND test_provider_charges.due_at > $2
"""
_COME_DUE: Final = (
    "UPDATE test_provider_charges SET status = 'CAPTURED' WHERE key = $1 AND status = 'PENDING' AND due_at <= $2"
)
_READ: Final = "SELECT key, amount, currency, status FROM test_provider_charges WHERE key = $1"
_TO_NOTIFY: Final = """
    WITH due AS (
        SELECT key FROM test_provider_charges WHERE notices > 0 AND due_at <= $1 ORDER BY due_at LIMIT 100
        FOR UPDATE SKIP LOCKED
    )
    UPDATE test_provider_charges SET notices = notices - 1 FROM due WHERE test_provider_charges.key = due.key
    RETURNING test_provider_charges.key
"""


class TestProvider:
    """The built-in test provider."""

    __test__ = False  # pytest takes it for a test otherwise

    name = NAME

    def __init__(self, database: Database, *, secret_key: str, deliver: Deliver | None = None) -> None:
        self._database = database
        self._secret = hmac.new(secret_key.encode(), b"test provider", hashlib.sha256).digest()
        self.deliver = deliver
        """Where notifications go; without it nobody is told of anything."""

    async def authorise(self, charge: Charge) -> Word:
        """Charge as the token says."""
        now = datetime.now(UTC)
        status, due_at, notices = _behaviour(charge.token, now)
        amount, currency = _taken(charge)
        async with self._database.connection() as connection:
            made = await connection.fetchval(
                _CHARGE, charge.key, charge.token, currency, amount, status, due_at, notices, now
            )
            if made is None:
                word = await self._read(connection, charge.key)
            else:
                word = _word(charge.key, status, amount, currency)
        match charge.token:
            case "timeout":
                raise NoAnswerError("the test provider does not answer")
            case "webhook-first":
                await self._notify(charge.key)
            case "twice":
                await asyncio.gather(self._notify(charge.key), self._notify(charge.key))
        return word

    async def capture(self, key: str, reference: str | None, *, amount: int) -> Word:
        """Tell what is: it captures whatever it authorises."""
        del amount
        return await self.status(key, reference)

    async def void(self, key: str, reference: str | None) -> Word:
        """Give a charge up that is not paid yet; one that has not come is refused when it comes."""
        del reference
        async with self._database.connection() as connection:
            await connection.execute(_GIVE_UP, key, datetime.now(UTC))
            return await self._read(connection, key)

    async def refund(self, payback: Payback) -> PaybackWord:
        """Give back, at most what was charged."""
        async with self._database.connection() as connection, connection.transaction():
            left = await connection.fetchval(
                """SELECT amount - refunded FROM test_provider_charges WHERE key = $1 AND status = 'CAPTURED'
                   FOR UPDATE""",
                payback.charge_key,
            )
            done = await connection.fetchval("SELECT key FROM test_provider_refunds WHERE key = $1", payback.key)
            if done is None and (left is None or left < payback.amount):
                return PaybackWord(PaymentRefundStatus.FAILED, failure="there is not so much to give back")
            if done is None:
                await connection.execute(
                    "INSERT INTO test_provider_refunds (key, charge, amount, created_at) VALUES ($1, $2, $3, $4)",
                    payback.key,
                    payback.charge_key,
                    payback.amount,
                    datetime.now(UTC),
                )
                await connection.execute(
                    "UPDATE test_provider_charges SET refunded = refunded + $2 WHERE key = $1",
                    payback.charge_key,
                    payback.amount,
                )
        return PaybackWord(PaymentRefundStatus.SUCCEEDED, reference=f"re_{payback.key}")

    async def status(self, key: str, reference: str | None) -> Word:
        """Tell what became of a charge."""
        del reference
        async with self._database.connection() as connection:
            return await self._read(connection, key)

    def notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Read a notification of ours."""
        if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), self._sign(body).encode()):
            raise InvalidNoticeError("the signature is wrong")
        said = orjson.loads(body)
        word = _word(said["key"], PaymentStatus(said["status"]), said["amount"], said["currency"])
        return Notice(said["id"], word)

    async def close(self) -> None:
        """Do nothing: the database is somebody else's."""

    async def notify_due(self) -> int:
        """Send what notifications are due, as the provider's own clock would; gives how many."""
        async with self._database.connection() as connection:
            keys = [row["key"] for row in await connection.fetch(_TO_NOTIFY, datetime.now(UTC))]
        for key in keys:
            await self._notify(key)
        return len(keys)

    async def _notify(self, key: str) -> None:
        word = await self.status(key, None)
        if self.deliver is not None:
            headers, body = self.notification(word)
            await self.deliver(NAME, headers, body)

    def notification(self, word: Word) -> tuple[dict[str, str], bytes]:
        """Write a notification: its headers and body."""
        said: dict[str, Any] = {
            "key": word.key,
            "status": word.status,
            "amount": word.amount,
            "currency": word.currency,
        }
        body = orjson.dumps({"id": f"{word.key}:{word.status}:{word.amount}", **said})
        return {SIGNATURE: self._sign(body)}, body

    async def _read(self, connection: asyncpg.Connection, key: str) -> Word:
        await connection.execute(_COME_DUE, key, datetime.now(UTC))
        row = await connection.fetchrow(_READ, key)
        if row is None:
            return Word(key, None)
        return _word(key, PaymentStatus(row["status"]), row["amount"], row["currency"])

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()


def _word(key: str, status: PaymentStatus, amount: int, currency: str) -> Word:
    failure = "the card was declined" if status is PaymentStatus.DECLINED else None
    return Word(key, status, f"ch_{key}", amount, failure, currency=currency)


def _taken(charge: Charge) -> tuple[int, str]:
    """Say what is taken of a charge: what is asked, unless the token says otherwise."""
    match charge.token:
        case "less":
            return charge.amount - max(charge.amount // 10, 1), charge.currency
        case "more":
            return charge.amount + max(charge.amount // 10, 1), charge.currency
        case "other-currency":
            return charge.amount, "USD" if charge.currency == "EUR" else "EUR"
    return charge.amount, charge.currency


def _behaviour(token: str, now: datetime) -> tuple[PaymentStatus, datetime | None, int]:
    """Say how a charge with a token begins, when it is paid, and how often it is notified of then."""
    match token:
        case "ok" | "webhook-first" | "twice" | "less" | "more" | "other-currency":
            return PaymentStatus.CAPTURED, None, 0
        case "slow":
            return PaymentStatus.PENDING, now + DELAY, 1
        case "timeout":
            return PaymentStatus.PENDING, now + DELAY, 0
    return PaymentStatus.DECLINED, None, 0
