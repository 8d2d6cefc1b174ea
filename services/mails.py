"""Mails: the intent is written in the transaction that makes a mail due; the worker sends it when that has committed.

A mail that was sent just before the worker was killed is sent once more; its `Message-ID` is the same.

What is mailed to an address that somebody has typed in must not take longer, or look different, for one that has an
account: such a request writes the mail alone, and the worker finds out whether there is anything to send.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, DateTime, and_, bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account
from models.database import Database, Statement
from models.mails import Mail
from models.recordsets import Insert, together, written
from models.transactions import driver_of
from services import email_tokens, mail_texts, outbox
from services.gateways.mail import MailGateway, Message

_log = structlog.get_logger(__name__)

ATTEMPTS_MAX: Final = 10
_BATCH: Final = 20
_KEPT_FOR: Final = timedelta(days=30)
PAUSE: Final = timedelta(minutes=1)
"""So long after a mail that anybody can ask for, another one of its kind to the same address is not sent."""
_ASKED_FOR_BY_ANYBODY: Final = frozenset({"already_registered", "reset_password"})


def _is_due(now: ColumnElement[datetime] | datetime) -> tuple[ColumnElement[bool], ...]:
    return Mail.sent_at.is_(None), Mail.due_at <= now, Mail.attempts < ATTEMPTS_MAX


_ANY_DUE: Final = Statement(select(Mail.id).where(*_is_due(bindparam("now", type_=DateTime(timezone=True)))).limit(1))

MAILS: Final = Insert(Mail, "account_id recipient template facts due_at")
"""For statements that write more than mails: with `row`, and `outbox.WAKE` at their end."""
_REQUEST: Final = together(MAILS.given("$1"), outbox.WAKE)


def row(
    *, template: str, recipient: str, account_id: int | None, now: datetime, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Write a mail as a row; `facts` hold no secret."""
    return {
        "account_id": account_id,
        "recipient": recipient,
        "template": template,
        "facts": dict(facts or {}),
        "due_at": now,
    }


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
    await session.flush()
    rows = [
        row(template=template, recipient=recipient, account_id=account_id, now=now, facts=facts)
        for account_id, recipient, facts in recipients
    ]
    await driver_of(session).execute(_REQUEST, written(rows))


async def send_due(database: Database, gateway: MailGateway, *, key: str, now: datetime) -> int:
    """Send the mails that are due, and say how many. One that cannot be sent is tried again later, ten times.

    When none is due it costs one statement and no transaction: the worker asks whenever anything happens in the shop.
    """
    if not await database.fetch(_ANY_DUE, now=now):
        return 0
    async with database.transaction() as session:
        mails = (
            await session.scalars(
                select(Mail).where(*_is_due(now)).order_by(Mail.id).limit(_BATCH).with_for_update(skip_locked=True)
            )
        ).all()
        if not mails:
            return 0
        wanted = [mail for mail in mails if await _has_to_be_sent(session, mail, now=now)]
        # They are taken for a while, not held: nothing outside Postgres is called inside a transaction.
        await session.execute(
            update(Mail)
            .where(Mail.id.in_([mail.id for mail in wanted]))
            .values(attempts=Mail.attempts + 1, due_at=now + timedelta(minutes=1))
        )
        await session.execute(delete(Mail).where(Mail.id.in_([mail.id for mail in mails if mail not in wanted])))
    for mail in wanted:
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


async def _has_to_be_sent(session: AsyncSession, mail: Mail, *, now: datetime) -> bool:
    """Say whether a mail is more than what a stranger has typed in, and give it its token if it needs one."""
    if mail.template not in _ASKED_FOR_BY_ANYBODY or mail.attempts:
        return True
    same = and_(Mail.recipient == mail.recipient, Mail.template == mail.template, Mail.id != mail.id)
    lately = or_(
        Mail.sent_at > now - PAUSE, and_(Mail.id < mail.id, Mail.attempts < ATTEMPTS_MAX, Mail.sent_at.is_(None))
    )
    if await session.scalar(select(exists().where(same, lately))):
        return False
    if mail.template != "reset_password" or "token_id" in mail.facts:
        return True
    account_id = await session.scalar(
        select(Account.id).where(Account.email == mail.recipient, Account.state == "ACTIVE")
    )
    if account_id is None:
        return False
    token_id = await email_tokens.make(session, account_id=account_id, purpose="RESET", now=now)
    mail.account_id, mail.facts = account_id, {"purpose": "RESET", "token_id": token_id}
    await session.flush()
    return True


def _message(mail: Mail, *, key: str) -> Message:
    facts = dict(mail.facts)
    if "token_id" in facts:
        facts["token"] = email_tokens.text_of(key, purpose=facts["purpose"], token_id=facts["token_id"])
    subject, body = mail_texts.TEMPLATES[mail.template]
    return Message(number=mail.id, recipient=mail.recipient, subject=subject.format(**facts), body=body.format(**facts))
