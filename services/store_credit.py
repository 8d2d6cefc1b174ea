"""Store credit: money that a customer may spend here, given by the platform and used up by orders."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain import ledger as accounts
from domain.errors import InvalidInput
from domain.ledger import Account, AccountKind, Posting, Reference
from services import ledger, outbox


async def balance(session: AsyncSession, *, customer_id: int, currency: str) -> int:
    """Give a customer's credit in minor units."""
    return await ledger.balance(session, _account(customer_id, currency))


AMOUNT_MAX = 10**9
"""The most minor units that somebody gives by hand at once."""


async def give(
    session: AsyncSession,
    *,
    customer_id: int,
    amount: int,
    currency: str,
    reference: Reference,
    now: datetime,
    source: Account | None = None,
    note: str | None = None,
) -> None:
    """Give a customer credit because of `reference`, such as a refund; the platform pays unless `source` does.

    Asked again, it is not given again, unless somebody gives it by hand and says why in a `note`. Raises InvalidInput
    unless the amount is above zero.
    """
    payer = source or accounts.platform(AccountKind.PLATFORM_EXPENSE, currency)
    await _move(
        session,
        customer_id,
        reason="STORE_CREDIT_GIVEN",
        amount=amount,
        postings=accounts.move(amount, source=payer, target=_account(customer_id, currency)),
        reference=reference,
        now=now,
        note=note,
    )


async def spend(
    session: AsyncSession,
    *,
    customer_id: int,
    amount: int,
    currency: str,
    reference: Reference,
    now: datetime,
    target: Account | None = None,
) -> None:
    """Pay with a customer's credit for `reference`, to the payments' account unless `target` says.

    Asked again, it is not paid again. Raises InsufficientBalanceError when there is less, InvalidInput unless the
    amount is above zero.
    """
    payee = target or accounts.platform(AccountKind.PAYMENTS, currency)
    await _move(
        session,
        customer_id,
        reason="STORE_CREDIT_SPENT",
        amount=amount,
        postings=accounts.move(amount, source=_account(customer_id, currency), target=payee),
        reference=reference,
        now=now,
    )


async def _move(
    session: AsyncSession,
    customer_id: int,
    *,
    reason: str,
    amount: int,
    postings: Sequence[Posting],
    reference: Reference,
    now: datetime,
    note: str | None = None,
) -> None:
    if amount <= 0:
        raise InvalidInput(f"amount: {amount} moves nothing", field="amount")
    posted = await ledger.post(
        session,
        reason=reason,
        reference=reference,
        postings=postings,
        now=now,
        note=note,
        once=note is None,
    )
    if not posted.replayed:
        await outbox.append(
            session,
            reason,
            subject=("store_credit", customer_id),
            version=posted.id,
            data={"amount": amount, "reference": {"type": reference.type, "id": reference.id}},
        )


def _account(customer_id: int, currency: str) -> Account:
    return accounts.customer(AccountKind.STORE_CREDIT, currency, customer_id)
