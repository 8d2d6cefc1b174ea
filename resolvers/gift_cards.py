"""Gift cards: how they are issued, looked at and disabled."""

import secrets
from datetime import UTC, datetime

import services.gift_cards
from domain.money import Money
from resolvers import sums
from resolvers.context import Context
from resolvers.mutations import Change, Result
from services import gift_card_guesses


async def issue(change: Change, *, amount: str, currency: str, expires_at: datetime | None = None) -> Result:
    """Issue a card. Its code is derived from a random number and our key: only the number is kept with the answer."""
    nonce = secrets.token_hex(16)
    minor = sums.minor(amount, currency, field="amount")
    card_id = await services.gift_cards.issue(
        change.session,
        code=services.gift_cards.code_of(change.context.secret_key, nonce),
        secret_key=change.context.secret_key,
        amount=minor,
        currency=currency,
        now=change.now,
        expires_at=expires_at,
    )
    return Result(gift_card_id=card_id, nonce=nonce)


async def issued(context: Context, result: Result) -> None:
    """Tell the code of the card that was issued, to whoever sends the request, also again."""
    result["code"] = services.gift_cards.code_of(context.secret_key, result["nonce"])


async def count_guess(context: Context, *, code: str) -> str:
    """Count an attempt before the code is looked at. Raises TooManyGuessesError."""
    del code
    customer = context.viewer.customer_id
    guesser = f"address {context.client}" if customer is None else f"customer {customer}"
    async with context.database.transaction() as session:
        await gift_card_guesses.attempt(session, guesser=guesser, now=datetime.now(UTC))
    return guesser


async def check(change: Change, *, code: str) -> Result:
    """Say what is on the card that a code opens. Raises GiftCardRefusedError."""
    card = await services.gift_cards.look_up(
        change.session, code=code, secret_key=change.context.secret_key, now=change.now
    )
    await gift_card_guesses.succeeded(change.session, guesser=change.prepared)
    return Result(
        gift_card={
            "last_four": card.last_four,
            "balance": Money(card.balance, card.currency),
            "expires_at": card.expires_at,
        }
    )


async def disable(change: Change, *, gift_card_id: int) -> Result:
    """Let a card open nothing any more."""
    await services.gift_cards.disable(change.session, card_id=gift_card_id)
    return Result(disabled_id=gift_card_id)
