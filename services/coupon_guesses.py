"""Slowing down whoever guesses coupon codes; each guesser waits alone, and nobody who guesses right."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, Text, any_, bindparam, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import coupons as rules
from domain.coupons import State, TooManyCodesError
from models.database import Row, Statement, run
from models.gift_cards import GiftCardGuesses
from models.promotions import Coupon, Promotion
from models.segments import CustomerSegment

_guesser = bindparam("guesser", type_=Text)
_customer_id = bindparam("customer_id", type_=BigInteger)
_for_all = Promotion.segments == cast([], Promotion.segments.type)
_theirs = exists().where(
    CustomerSegment.customer_id == _customer_id, CustomerSegment.segment == any_(Promotion.segments)
)
_known = (
    select(func.count(Coupon.code.distinct()))
    .join(Promotion, Promotion.id == Coupon.promotion_id)
    .where(
        Coupon.code == any_(bindparam("codes", type_=ARRAY(Text))),
        Promotion.state == State.ACTIVE,
        or_(Coupon.customer_id.is_(None), Coupon.customer_id == _customer_id),
        or_(_for_all, _theirs),
    )
    .scalar_subquery()
)
_paid_until = select(GiftCardGuesses.next_at).where(GiftCardGuesses.guesser == _guesser).scalar_subquery()
_LOOK: Final = Statement(select(_known.label("known"), _paid_until.label("paid_until")))
_wrong = upsert(GiftCardGuesses).values(
    guesser=_guesser,
    failures=bindparam("wrong", type_=Integer),
    next_at=bindparam("paid_until", type_=DateTime(timezone=True)),
)
_COUNT: Final = Statement(
    _wrong.on_conflict_do_update(
        index_elements=[GiftCardGuesses.guesser],
        set_={
            "failures": GiftCardGuesses.failures + _wrong.excluded.failures,
            "next_at": func.greatest(
                _wrong.excluded.next_at,
                GiftCardGuesses.next_at + (_wrong.excluded.next_at - bindparam("now", type_=DateTime(timezone=True))),
            ),
        },
    )
)


async def count(
    session: AsyncSession, *, guesser: str, customer_id: int | None, codes: Sequence[str], now: datetime
) -> None:
    """Count those of the codes that somebody has put into a cart which stand for nothing there.

    `guesser` names who tries: a customer, or a network address. Raises TooManyCodesError when too many were wrong
    lately, before these are looked at.
    """
    if not codes:
        return
    plain = [rules.normalise(code) for code in codes]
    rows: list[Row] = await run(session, _LOOK, guesser=guesser, customer_id=customer_id, codes=plain)
    ((known, paid_until),) = rows
    if paid_until is not None and paid_until > now + rules.GUESSES_AT_ONCE * rules.GUESS_PACE:
        raise TooManyCodesError(paid_until - rules.GUESSES_AT_ONCE * rules.GUESS_PACE)
    if wrong := len(set(plain)) - known:
        until = now + wrong * rules.GUESS_PACE
        await run(session, _COUNT, guesser=guesser, wrong=wrong, paid_until=until, now=now)
