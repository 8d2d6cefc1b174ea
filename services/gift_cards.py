"""Gift cards: issued, looked at, paid with, and what was paid goes back to them.

The database holds no code and nothing that one could be made of: a code is derived from a random number by the server's
secret key, and found again by its HMAC under that key.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import gift_cards as rules
from domain import ledger as accounts
from domain.errors import InvalidInput
from domain.gift_cards import CardState, GiftCardRefusedError
from domain.ledger import Account, AccountKind, OwnerType, Reference
from models.gift_cards import GiftCard, GiftCardRedemption
from services import ledger, outbox
from services.access import NotFoundError

AMOUNT_MAX = 10**9
"""The most minor units on a card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that may be used, and what is on it, in minor units."""

    id: int
    last_four: str
    currency: str
    balance: int
    expires_at: datetime | None


def code_of(secret_key: str, nonce: str) -> str:
    """Derive a card's code from a random number: whoever knows both, and nobody else, knows the code."""
    return rules.write_code(_hmac(secret_key, "gift card code", nonce))


async def issue(
    session: AsyncSession,
    *,
    code: str,
    secret_key: str,
    amount: int,
    currency: str,
    now: datetime,
    expires_at: datetime | None = None,
    source: Account | None = None,
) -> int:
    """Issue a card with this code; gives its id. The platform pays for it unless `source` does, such as a sale.

    Raises InvalidInput for an amount or an expiry that cannot be.
    """
    if not 0 < amount <= AMOUNT_MAX:
        raise InvalidInput(f"amount: a gift card holds 1 to {AMOUNT_MAX} minor units", field="amount")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiresAt: the card would have expired before it is used", field="expires_at")
    plain = rules.normalise(code)
    made = await session.execute(
        insert(GiftCard).returning(GiftCard.id),
        {
            "code_hash": _hash(secret_key, plain),
            "last_four": plain[-4:],
            "state": CardState.ACTIVE,
            "currency": currency,
            "issued": amount,
            "expires_at": expires_at,
        },
    )
    card_id: int = made.scalar_one()
    await _post(
        session,
        card_id,
        reason="GIFT_CARD_ISSUED",
        reference=Reference("GIFT_CARD", card_id),
        amount=amount,
        other=source or accounts.platform(AccountKind.PLATFORM_EXPENSE, currency),
        currency=currency,
        now=now,
    )
    return card_id


async def look_up(session: AsyncSession, *, code: str, secret_key: str, now: datetime) -> Card:
    """Find the card of a code. Raises GiftCardRefusedError for any code that opens none, without telling why.

    Whoever lets people try codes counts them first, in a transaction of its own: `gift_card_guesses.attempt`.
    """
    found = await session.scalar(select(GiftCard).where(GiftCard.code_hash == _hash(secret_key, rules.normalise(code))))
    if found is None or not rules.usable(state=found.state, expires_at=found.expires_at, now=now):
        raise GiftCardRefusedError
    balance = await ledger.balance(session, _account(found.id, found.currency))
    return Card(found.id, found.last_four, found.currency, balance, found.expires_at)


async def redeem(
    session: AsyncSession,
    *,
    card_id: int,
    amount: int,
    currency: str,
    reference: Reference,
    now: datetime,
    target: Account | None = None,
) -> int:
    """Pay an amount for `reference` with a card, to the payments' account unless `target` says; gives the redemption.

    One card pays once for one thing: asked again, gives the same. Raises GiftCardRefusedError, and
    InsufficientBalanceError when there is less on it.
    """
    if amount <= 0:
        raise InvalidInput(f"amount: {amount} cannot be paid", field="amount")
    await ledger.lock(session, [_account(card_id, currency)])
    card = await session.get(GiftCard, card_id, populate_existing=True)
    if card is None or card.currency != currency:
        raise GiftCardRefusedError
    paid = await session.scalar(
        select(GiftCardRedemption).where(
            GiftCardRedemption.gift_card_id == card_id,
            GiftCardRedemption.reference_type == reference.type,
            GiftCardRedemption.reference_id == reference.id,
        )
    )
    if paid is not None:
        if paid.amount != amount:
            raise ledger.LedgerConflictError(f"card {card_id} has paid {paid.amount} for that, not {amount}")
        return paid.id
    if not rules.usable(state=card.state, expires_at=card.expires_at, now=now):
        raise GiftCardRefusedError
    await _post(
        session,
        card_id,
        reason="GIFT_CARD_REDEEMED",
        reference=_part(reference, card_id),
        amount=-amount,
        other=target or accounts.platform(AccountKind.PAYMENTS, currency),
        currency=currency,
        now=now,
    )
    made = await session.execute(
        insert(GiftCardRedemption).returning(GiftCardRedemption.id),
        {
            "gift_card_id": card_id,
            "amount": amount,
            "reference_type": reference.type,
            "reference_id": reference.id,
            "redeemed_at": now,
        },
    )
    redemption_id: int = made.scalar_one()
    return redemption_id


async def give_back(
    session: AsyncSession,
    *,
    paid: Reference,
    amount: int,
    reference: Reference,
    now: datetime,
    source: Account | None = None,
) -> int:
    """Give back what was paid for `paid`, because of `reference`, to the very cards, the last one first.

    Gives how much: at most what the cards have paid and not got back. Asked again, gives the same. It goes to cards
    that have expired or are disabled as well: what becomes of them is for people to say.
    """
    if amount <= 0:
        raise InvalidInput(f"amount: {amount} cannot be given back", field="amount")
    given = 0
    redemptions = await _locked(session, paid)
    for redemption, currency in redemptions:
        part = _part(reference, redemption.gift_card_id)
        if await ledger.find(session, reason="GIFT_CARD_REFUNDED", reference=part) is not None:
            return await _given_back(session, reference, [each.gift_card_id for each, _ in redemptions])
        some = min(amount - given, redemption.amount - redemption.returned)
        if some == 0:
            continue
        await _post(
            session,
            redemption.gift_card_id,
            reason="GIFT_CARD_REFUNDED",
            reference=part,
            amount=some,
            other=source or accounts.platform(AccountKind.PAYMENTS, currency),
            currency=currency,
            now=now,
        )
        await session.execute(
            update(GiftCardRedemption)
            .where(GiftCardRedemption.id == redemption.id)
            .values(returned=GiftCardRedemption.returned + some)
        )
        given += some
    return given


async def disable(session: AsyncSession, *, card_id: int) -> None:
    """Let a card open nothing any more; what is on it stays in the ledger. Raises NotFoundError."""
    found = await session.get(GiftCard, card_id, with_for_update=True)
    if found is None or found.state != CardState.ACTIVE:
        raise NotFoundError("gift card")
    found.state = CardState.DISABLED
    await session.flush()
    await _announce(session, card_id, "GIFT_CARD_DISABLED", {})


async def _locked(session: AsyncSession, paid: Reference) -> list[tuple[GiftCardRedemption, str]]:
    """Lock the cards that paid for something; what they paid, the last one first."""
    query = (
        select(GiftCardRedemption, GiftCard.currency)
        .join(GiftCard, GiftCard.id == GiftCardRedemption.gift_card_id)
        .where(GiftCardRedemption.reference_type == paid.type, GiftCardRedemption.reference_id == paid.id)
        .order_by(GiftCardRedemption.id.desc())
        .execution_options(populate_existing=True)
    )
    seen = (await session.execute(query)).all()
    await ledger.lock(session, [_account(redemption.gift_card_id, currency) for redemption, currency in seen])
    return [(redemption, currency) for redemption, currency in (await session.execute(query)).all()]


async def _given_back(session: AsyncSession, reference: Reference, card_ids: list[int]) -> int:
    """Sum what was given back before because of something."""
    total = 0
    for card_id in card_ids:
        posted = await ledger.find(session, reason="GIFT_CARD_REFUNDED", reference=_part(reference, card_id))
        total += await ledger.moved(session, posted) if posted is not None else 0
    return total


async def _post(
    session: AsyncSession,
    card_id: int,
    *,
    reason: str,
    reference: Reference,
    amount: int,
    other: Account,
    currency: str,
    now: datetime,
) -> None:
    posted = await ledger.post(
        session,
        reason=reason,
        reference=reference,
        postings=accounts.move(amount, source=other, target=_account(card_id, currency)),
        now=now,
    )
    if posted.replayed:
        raise ledger.LedgerConflictError(f"{reason} of {reference.type} {reference.id} was posted before")
    about = {"type": reference.type, "id": reference.id}
    await _announce(session, card_id, reason, {"amount": amount, "currency": currency, "reference": about})


async def _announce(session: AsyncSession, card_id: int, event_type: str, data: dict[str, Any]) -> None:
    version = await session.execute(
        update(GiftCard)
        .where(GiftCard.id == card_id)
        .values(version=GiftCard.version + 1)
        .returning(GiftCard.version)
        .execution_options(synchronize_session=False)
    )
    await outbox.append(session, event_type, subject=("gift_card", card_id), version=version.scalar_one(), data=data)


def _account(card_id: int, currency: str) -> Account:
    return Account(AccountKind.GIFT_CARD, currency, OwnerType.GIFT_CARD, card_id)


def _part(reference: Reference, card_id: int) -> Reference:
    return Reference(reference.type, reference.id, f"gift card {card_id}", reference.number)


def _hash(secret_key: str, plain: str) -> bytes:
    return _hmac(secret_key, "gift card hash", plain)


def _hmac(secret_key: str, purpose: str, text: str) -> bytes:
    """One key serves several purposes: each has a name, so that none's result is another's."""
    return hmac.new(secret_key.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
