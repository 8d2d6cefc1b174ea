"""Segments of customers, which promotions may be limited to: by hand, or by a rule of which snapshots are taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, all_, any_, delete, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import rules, versions
from domain import segments as segment_rules
from domain.errors import InvalidInput, Refusal
from models import advisory_locks
from models.advisory_locks import Lock
from models.customers import Customer
from models.database import BASE_CURRENCY
from models.segments import CustomerSegment, Segment, SegmentSnapshot
from services import outbox, segment_facts
from services.access import NotFoundError

SEGMENTS_MAX: Final = 50
"""In how many segments a customer can be."""


class CodeTakenError(Refusal):
    """Another segment is called so, or people are in one of this name by hand."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__("Another segment has this code, also by hand: choose another one.", field="code")


async def replace(session: AsyncSession, *, customer_id: int, segments: Sequence[str]) -> None:
    """Say in which segments a customer is, all of them. Raises NotFoundError, InvalidInput."""
    wanted = sorted(set(segments))
    if len(wanted) > SEGMENTS_MAX:
        raise InvalidInput(f"segments: a customer is in at most {SEGMENTS_MAX}", field="segments")
    for at, segment in enumerate(segments):
        segment_rules.code(segment, field=f"segments.{at}")
    # Several may do this at once, but none while a segment is named: its code must not be one by hand as well.
    await advisory_locks.share(session, Lock.SEGMENT_CODES)
    by_rule = set(await session.scalars(select(Segment.code).where(Segment.code.in_(wanted))))
    for at, segment in enumerate(segments):
        if segment in by_rule:
            raise InvalidInput(
                f"segments: who is in {segment!r} is found by its rule: take a snapshot", field=f"segments.{at}"
            )
    customer = await session.scalar(
        select(Customer).where(Customer.id == customer_id, Customer.erased_at.is_(None)).with_for_update()
    )
    if customer is None:
        raise NotFoundError("customer", field="customer_id")
    by_hand = CustomerSegment.segment.not_in(select(Segment.code))
    await session.execute(delete(CustomerSegment).where(CustomerSegment.customer_id == customer_id, by_hand))
    if wanted:
        await session.execute(
            insert(CustomerSegment), [{"customer_id": customer_id, "segment": segment} for segment in wanted]
        )
    customer.version += 1
    await session.flush()
    await outbox.append(session, "CUSTOMER_CHANGED", subject=("customer", customer_id), version=customer.version)


async def save(
    session: AsyncSession,
    *,
    segment_id: int | None,
    code: str,
    title: str,
    rule: Any,
    expected_version: int | None = None,
) -> int:
    """Define a segment by a rule, or change one; gives its id. Members change with the next snapshot.

    Raises NotFoundError, VersionError, InvalidInput, RuleError, CodeTakenError.
    """
    called, named = segment_rules.code(code), segment_rules.title(title)
    rules.parse(rule, segment_rules.RULE_VOCABULARY)
    await advisory_locks.take(session, Lock.SEGMENT_CODES)
    segment = Segment(code=called, version=0) if segment_id is None else await _locked(session, segment_id)
    versions.check("segment", expected=expected_version, found=segment.version)
    if segment.code != called or segment_id is None:
        by_hand = await session.scalar(
            select(CustomerSegment.segment).where(CustomerSegment.segment == called).limit(1)
        )
        by_rule = await session.scalar(select(Segment.id).where(Segment.code == called))
        if by_hand is not None or by_rule is not None:
            raise CodeTakenError
        if segment_id is not None:
            await session.execute(delete(CustomerSegment).where(CustomerSegment.segment == segment.code))
            segment.snapshot_at = segment.snapshot_count = None
    segment.code, segment.title, segment.rule = called, named, rule
    await _changed(session, segment, "SEGMENT_CHANGED")
    return segment.id


async def remove(session: AsyncSession, *, segment_id: int) -> None:
    """Remove a segment, and everybody from it. Raises NotFoundError."""
    segment = await _locked(session, segment_id)
    await session.execute(delete(CustomerSegment).where(CustomerSegment.segment == segment.code))
    await session.execute(delete(Segment).where(Segment.id == segment_id))
    await outbox.append(session, "SEGMENT_REMOVED", subject=("segment", segment_id), version=segment.version + 1)


async def snapshot(session: AsyncSession, *, segment_id: int, currency: str, now: datetime) -> int:
    """Find who is in a segment now, for promotions to know; gives how many. Raises NotFoundError."""
    segment = await _locked(session, segment_id)
    rule = rules.parse(segment.rule, segment_rules.RULE_VOCABULARY)
    found = select(Customer.id).where(Customer.erased_at.is_(None), segment_facts.condition(rule))
    parameters = {"now": now, BASE_CURRENCY: currency}
    members = list(await session.scalars(found, parameters))
    of_segment = CustomerSegment.segment == segment.code
    ids = literal(members, ARRAY(BigInteger))
    await session.execute(delete(CustomerSegment).where(of_segment, CustomerSegment.customer_id != all_(ids)))
    rows = select(Customer.id, literal(segment.code)).where(Customer.id == any_(ids))
    await session.execute(
        upsert(CustomerSegment).from_select(["customer_id", "segment"], rows).on_conflict_do_nothing()
    )
    segment.snapshot_at, segment.snapshot_count = now, len(members)
    await session.execute(insert(SegmentSnapshot).values(segment_id=segment.id, taken_at=now, count=len(members)))
    await _changed(session, segment, "SEGMENT_SNAPSHOT_TAKEN")
    return len(members)


async def _locked(session: AsyncSession, segment_id: int) -> Segment:
    segment = await session.get(Segment, segment_id, with_for_update=True)
    if segment is None:
        raise NotFoundError("segment", field="segment_id")
    return segment


async def _changed(session: AsyncSession, segment: Segment, event_type: str) -> None:
    segment.version += 1
    session.add(segment)
    await session.flush()
    await outbox.append(session, event_type, subject=("segment", segment.id), version=segment.version)
