"""The member club: the shop's levels, what members spend, and at which level they are.

What was spent is told by `record_spend`, what was given back by `record_refund`; both may be told again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import membership as rules
from domain.errors import InvalidInput
from domain.ledger import LedgerError, Reference
from domain.membership import Level, Reason, Spend, Standing
from models.membership import (
    Membership,
    MembershipChange,
    MembershipLadder,
    MembershipLevel,
    MembershipRefund,
    MembershipSpend,
)
from models.transactions import driver_of
from services import outbox

# Twelve months are at most 366 days.
_LONGEST_WINDOW = timedelta(days=367)


_HOLD: Final = "SELECT level_id, review_at, version FROM memberships WHERE customer_id = $1 FOR NO KEY UPDATE"
_JOIN: Final = """
    INSERT INTO memberships (customer_id, reason, since, version) VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING
"""
_REVIEW_AT: Final = "UPDATE memberships SET review_at = $2, review_reason = $3 WHERE customer_id = $1"
_LADDER: Final = """
    SELECT id, name, currency, threshold, discount_bp, free_shipping_from, points_multiplier_bp
    FROM membership_levels ORDER BY threshold
"""
_SPENDS: Final = """
    SELECT amount - refunded, spent_at FROM membership_spend
    WHERE customer_id = $1 AND currency = $2 AND refunded < amount AND spent_at > $3
"""
# What it reads is as it was before it wrote; so what it wrote comes in addition.
_SPEND: Final = f"""
    WITH ladder AS (
        {_LADDER}
    ), spent AS (
        INSERT INTO membership_spend (customer_id, currency, amount, reference_type, reference_id, spent_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING currency, amount, spent_at
    ), counted AS (
        SELECT currency, amount - refunded AS amount, spent_at, false AS is_new FROM membership_spend
        WHERE customer_id = $1 AND refunded < amount AND spent_at > $7
        UNION ALL SELECT currency, amount, spent_at, true FROM spent
    )
    SELECT (SELECT jsonb_agg(to_jsonb(ladder) ORDER BY threshold) FROM ladder) AS ladder,
        coalesce(array_agg(amount), '{{}}') AS amounts, coalesce(array_agg(spent_at), '{{}}') AS instants,
        coalesce(array_agg(is_new), '{{}}') AS news
    FROM counted WHERE currency = (SELECT currency FROM ladder ORDER BY threshold LIMIT 1)
"""  # noqa: S608 - all of it is ours


class UnknownSpendError(LedgerError):
    """A refund is of something that nobody recorded as spent."""


async def levels_set(session: AsyncSession, *, levels: Sequence[Level], now: datetime) -> None:
    """Make these the shop's levels, by name; ids are ignored. Members are at their new level once they are reviewed.

    Raises LevelsError when they make no ladder, InvalidInput when a level is left out that somebody is or was at.
    """
    rules.check_levels(levels)
    for level in levels:
        values = {
            "currency": level.currency,
            "threshold": level.threshold,
            "discount_bp": level.discount_bp,
            "free_shipping_from": level.free_shipping_from,
            "points_multiplier_bp": level.points_multiplier_bp,
        }
        made = upsert(MembershipLevel).values(name=level.name, **values)
        await session.execute(made.on_conflict_do_update(index_elements=[MembershipLevel.name], set_=values))
    left_out = MembershipLevel.name.not_in([level.name for level in levels])
    used = select(MembershipChange.to_level_id).where(MembershipChange.to_level_id.is_not(None))
    kept = await session.scalars(select(MembershipLevel.name).where(left_out, MembershipLevel.id.in_(used)))
    if names := kept.all():
        raise InvalidInput(f"levels: {', '.join(sorted(names))} must stay; members are or were at it")
    await session.execute(delete(MembershipLevel).where(left_out))
    await session.execute(update(Membership).values(review_at=now, review_reason=Reason.LEVELS_CHANGED))
    ladder = upsert(MembershipLadder).values(id=1, version=1)
    counted = {"version": MembershipLadder.version + 1}
    await session.execute(ladder.on_conflict_do_update(index_elements=[MembershipLadder.id], set_=counted))


async def levels(session: AsyncSession) -> list[Level]:
    """Give the shop's levels, the lowest first."""
    return [_level(row) for row in await driver_of(session).fetch(_LADDER)]


def _level(row: Mapping[str, Any]) -> Level:
    return Level(
        row["id"],
        row["name"],
        row["currency"],
        row["threshold"],
        discount_bp=row["discount_bp"],
        free_shipping_from=row["free_shipping_from"],
        points_multiplier_bp=row["points_multiplier_bp"],
    )


async def level(session: AsyncSession, *, customer_id: int) -> Level | None:
    """Give the level whose benefits a customer has now; without a purchase, the first."""
    ladder = await levels(session)
    present = await session.get(Membership, customer_id)
    if present is None:
        return next((each for each in ladder if each.threshold == 0), None)
    return next((each for each in ladder if each.id == present.level_id), None)


async def record_spend(
    session: AsyncSession, *, customer_id: int, amount: int, currency: str, reference: Reference, now: datetime
) -> Standing:
    """Count what a customer has spent, minor units, at `now` and for the window from then; gives where it stands.

    Only the levels' currency counts towards them. The same reference is counted once. Raises InvalidInput unless
    the amount is above zero.
    """
    if amount <= 0:
        raise InvalidInput(f"amount: {amount} is nothing that was spent", field="amount")
    driver = driver_of(session)
    present = await driver.fetchrow(_HOLD, customer_id)
    if present is None:
        await driver.execute(_JOIN, customer_id, Reason.JOINED.value, now)
        present = await driver.fetchrow(_HOLD, customer_id)
    # Once the membership is locked, also the levels are read: whoever changes them marks all memberships.
    about = (customer_id, currency, amount, reference.type, reference.id, now)
    found = await driver.fetchrow(_SPEND, *about, now - _LONGEST_WINDOW)
    ladder = [_level(each) for each in found["ladder"] or ()]
    spends = [Spend(*each) for each in zip(found["amounts"], found["instants"], strict=True)]
    level_id, review_at = present["level_id"], present["review_at"]
    is_due = review_at is not None and review_at <= now
    if is_due or present["version"] == 0:
        # What was due before this counts has its own reason.
        earlier = [spend for spend, is_new in zip(spends, found["news"], strict=True) if not is_new]
        before = rules.stand(ladder, earlier, now=now)
        if is_due or _level_id(before) != level_id:
            membership = await _locked(session, customer_id)
            cause = Reason(membership.review_reason or "") if membership.version else Reason.JOINED
            await _put(session, membership, before, ladder, cause=cause, now=now)
            level_id, review_at = membership.level_id, membership.review_at
    stands = rules.stand(ladder, spends, now=now)
    if _level_id(stands) != level_id:
        await _put(session, await _locked(session, customer_id), stands, ladder, cause=Reason.SPENT, now=now)
    elif stands.falls_at != review_at:
        await driver.execute(_REVIEW_AT, customer_id, stands.falls_at, stands.falls_at and Reason.LAPSED.value)
    return stands


async def record_refund(
    session: AsyncSession, *, spent: Reference, amount: int, reference: Reference, now: datetime
) -> Standing:
    """Take back what was counted for `spent`, or a part of it, because of `reference`; gives where the customer stands.

    The same reference takes back once. Raises UnknownSpendError, InvalidInput for more than is left of it.
    """
    if amount <= 0:
        raise InvalidInput(f"amount: {amount} is nothing that was refunded", field="amount")
    found = select(MembershipSpend).where(
        MembershipSpend.reference_type == spent.type, MembershipSpend.reference_id == spent.id
    )
    seen = await session.scalar(found)
    if seen is None:
        raise UnknownSpendError(f"nothing was recorded as spent for {spent.type} {spent.id}")
    membership, ladder = await _settle(session, seen.customer_id, now=now)
    spend = (await session.scalars(found.execution_options(populate_existing=True))).one()
    made = await session.execute(
        upsert(MembershipRefund)
        .values(
            spend_id=spend.id,
            amount=amount,
            reference_type=reference.type,
            reference_id=reference.id,
            refunded_at=now,
        )
        .on_conflict_do_nothing()
        .returning(MembershipRefund.id)
    )
    if made.first() is not None:
        left = spend.amount - spend.refunded
        if amount > left:
            raise InvalidInput(f"amount: {amount} cannot be taken back; at most {left} can", field="amount")
        spend.refunded += amount
        await session.flush()
    return await _review(session, membership, ladder, cause=Reason.REFUNDED, now=now)


async def standing(session: AsyncSession, *, customer_id: int, now: datetime) -> Standing:
    """Say where a customer stands, without changing or locking anything."""
    ladder = await levels(session)
    return rules.stand(ladder, await _spends(session, customer_id, ladder, now=now), now=now)


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[int]:
    """List customers whose level is to be reviewed: so much of their spend has left the window, or levels changed."""
    found = await session.scalars(
        select(Membership.customer_id).where(Membership.review_at <= now).order_by(Membership.review_at).limit(limit)
    )
    return list(found)


async def review(session: AsyncSession, *, customer_id: int, now: datetime) -> Standing:
    """Put a customer at the level that its spend reaches now; again changes nothing."""
    membership, ladder = await _settle(session, customer_id, now=now)
    return await _review(session, membership, ladder, cause=Reason.LAPSED, now=now)


async def _settle(session: AsyncSession, customer_id: int, *, now: datetime) -> tuple[Membership, list[Level]]:
    """Lock a customer's membership, made if there is none, and review it if that is due, before anything new counts.

    So the reason of a change is the reason of that change, though the worker may be late.
    """
    ladder = await levels(session)
    await driver_of(session).execute(_JOIN, customer_id, Reason.JOINED.value, now)
    membership = await _locked(session, customer_id)
    if membership.version == 0:
        await _review(session, membership, ladder, cause=Reason.JOINED, now=now)
    elif membership.review_at is not None and membership.review_at <= now:
        await _review(session, membership, ladder, cause=Reason(membership.review_reason or ""), now=now)
    return membership, ladder


async def _locked(session: AsyncSession, customer_id: int) -> Membership:
    return await session.get_one(Membership, customer_id, with_for_update=True, populate_existing=True)


async def _review(
    session: AsyncSession, membership: Membership, ladder: Sequence[Level], *, cause: Reason, now: datetime
) -> Standing:
    """Put a locked membership at the level that the spend reaches."""
    stands = rules.stand(ladder, await _spends(session, membership.customer_id, ladder, now=now), now=now)
    await _put(session, membership, stands, ladder, cause=cause, now=now)
    return stands


async def _put(
    session: AsyncSession,
    membership: Membership,
    stands: Standing,
    ladder: Sequence[Level],
    *,
    cause: Reason,
    now: datetime,
) -> None:
    """Put a locked membership where it stands, with its history and event if that changes its level."""
    reached = _level_id(stands)
    if reached != membership.level_id:
        change = MembershipChange(
            customer_id=membership.customer_id,
            from_level_id=membership.level_id,
            to_level_id=reached,
            reason=cause,
            spend=stands.spend,
            occurred_at=now,
        )
        session.add(change)
        membership.level_id, membership.reason, membership.since = reached, cause, now
        membership.version += 1
        names = {level.id: level.name for level in ladder}
        await outbox.append(
            session,
            "MEMBERSHIP_LEVEL_CHANGED",
            subject=("membership", membership.customer_id),
            version=membership.version,
            data={
                "from": names.get(change.from_level_id or 0),
                "to": names.get(reached or 0),
                "reason": cause,
                "spend": stands.spend,
            },
        )
    membership.review_at = stands.falls_at
    membership.review_reason = None if stands.falls_at is None else Reason.LAPSED
    await session.flush()


async def _spends(session: AsyncSession, customer_id: int, ladder: Sequence[Level], *, now: datetime) -> list[Spend]:
    if not ladder:
        return []
    await session.flush()
    rows = await driver_of(session).fetch(_SPENDS, customer_id, ladder[0].currency, now - _LONGEST_WINDOW)
    return [Spend(amount, spent_at) for amount, spent_at in rows]


def _level_id(stands: Standing) -> int | None:
    return None if stands.level is None else stands.level.id
