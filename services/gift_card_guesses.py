"""Slowing down whoever guesses gift card codes; each guesser waits alone."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import gift_cards as rules
from domain.gift_cards import TooManyGuessesError
from models.gift_cards import GiftCardGuesses


async def attempt(session: AsyncSession, *, guesser: str, now: datetime) -> None:
    """Count an attempt as failed before the code is looked at, so that attempts at the same time count as well.

    `guesser` names who tries: a customer, or a network address. Raises TooManyGuessesError when it comes too early;
    then it is not counted.
    """
    counted = upsert(GiftCardGuesses).values(guesser=guesser, failures=0, next_at=now)
    # An update, if it is one of nothing, holds the row: a right code at the same time deletes it.
    await session.execute(
        counted.on_conflict_do_update(
            index_elements=[GiftCardGuesses.guesser], set_={"failures": GiftCardGuesses.failures}
        )
    )
    row = await session.get_one(GiftCardGuesses, guesser, populate_existing=True)
    if row.next_at > now:
        raise TooManyGuessesError(row.next_at)
    row.failures = 1 if now - row.next_at > rules.FORGOTTEN_AFTER else row.failures + 1
    row.next_at = now + rules.pause(row.failures)
    await session.flush()


async def take_back(session: AsyncSession, *, guesser: str, now: datetime) -> None:
    """Count an attempt no more that has told nothing of whether its code is right."""
    row = await session.get(GiftCardGuesses, guesser, with_for_update=True, populate_existing=True)
    if row is not None and row.failures:
        row.failures -= 1
        row.next_at = min(row.next_at, now + rules.pause(row.failures))


async def succeeded(session: AsyncSession, *, guesser: str) -> None:
    """Forget a guesser's failures: the last attempt was none."""
    await session.execute(delete(GiftCardGuesses).where(GiftCardGuesses.guesser == guesser))


async def forget(session: AsyncSession, *, now: datetime) -> int:
    """Delete the counts that mean nothing any more; gives how many."""
    gone = await session.scalars(
        delete(GiftCardGuesses)
        .where(
            GiftCardGuesses.guesser.in_(
                select(GiftCardGuesses.guesser).where(GiftCardGuesses.next_at < now - rules.FORGOTTEN_AFTER)
            )
        )
        .returning(GiftCardGuesses.guesser)
    )
    return len(gone.all())
