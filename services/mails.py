"""Mails: the intent is written in the transaction that makes a mail due; the worker sends it when that has committed.

A mail that was sent just before the worker was killed is sent once more; its `Message-ID` is the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.mails import Mail
from services import email_tokens, mail_texts
from services.gateways.mail import MailGateway, Message
from services.outbox import CHANNEL

_log = structlog.get_logger(__name__)

ATTEMPTS_MAX: Final = 10
_BATCH: Final = 20
_KEPT_FOR: Final = timedelta(days=30)


async def request(
    session: AsyncSession,
    *,
    template: str,
    recipient: str,
    account_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Let a mail be sent when this transaction has committed; `facts` hold no secret."""
    await request_each(session, template=template, recipients=[(account_id, recipient, facts or {})], now=now)


async def request_each(
    session: AsyncSession,
    *,
    template: str,
    recipients: Iterable[tuple[int | None, str, Mapping[str, Any]]],
    now: datetime,
) -> None:
    """Let a mail be sent to each (account, address, facts) when this transaction has committed."""
    rows = [
        {"account_id": account_id, "recipient": recipient, "template": template, "facts": dict(facts), "due_at": now}
        for account_id, recipient, facts in recipients
    ]
    if rows:
        await session.execute(insert(Mail), rows)
        await session.execute(select(func.pg_notify(CHANNEL, "")))


async def send_due(database: Database, gateway: MailGateway, *, key: str, now: datetime) -> int:
    """Send the mails that are due, and say how many. One that cannot be sent is tried again later, ten times."""
    async with database.transaction() as session:
        mails = (
            await session.scalars(
                select(Mail)
                .where(Mail.sent_at.is_(None), Mail.due_at <= now, Mail.attempts < ATTEMPTS_MAX)
                .order_by(Mail.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
        ).all()
        # They are taken for a while, not held: nothing outside Postgres is called inside a transaction.
        await session.execute(
            update(Mail)
            .where(Mail.id.in_([mail.id for mail in mails]))
            .values(attempts=Mail.attempts + 1, due_at=now + timedelta(minutes=1))
        )
    for mail in mails:
        try:
            await gateway.send(_message(mail, key=key))
        except OSError as error:
            _log.warning("mail_not_sent", mail=mail.id, reason=str(error))
            continue
        async with database.transaction() as session:
            await session.execute(update(Mail).where(Mail.id == mail.id).values(sent_at=now))
    return len(mails)


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Delete what was sent, or given up, long ago."""
    await session.execute(delete(Mail).where(Mail.created_at < now - _KEPT_FOR))


def _message(mail: Mail, *, key: str) -> Message:
    facts = dict(mail.facts)
    if "token_id" in facts:
        facts["token"] = email_tokens.text_of(key, purpose=facts["purpose"], token_id=facts["token_id"])
    subject, body = mail_texts.TEMPLATES[mail.template]
    return Message(number=mail.id, recipient=mail.recipient, subject=subject.format(**facts), body=body.format(**facts))
