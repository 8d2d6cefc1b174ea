"""Segments of customers, which promotions may be limited to."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import InvalidInput
from models.customers import Customer
from models.segments import CustomerSegment
from services import outbox
from services.access import NotFoundError

SEGMENTS_MAX: Final = 50
"""In how many segments a customer can be."""
_SEGMENT: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_LENGTH_MAX: Final = 60


async def replace(session: AsyncSession, *, customer_id: int, segments: Sequence[str]) -> None:
    """Say in which segments a customer is, all of them. Raises NotFoundError, InvalidInput."""
    wanted = sorted(set(segments))
    if len(wanted) > SEGMENTS_MAX:
        raise InvalidInput(f"segments: a customer is in at most {SEGMENTS_MAX}", field="segments")
    for at, segment in enumerate(segments):
        if _SEGMENT.fullmatch(segment) is None or len(segment) > _LENGTH_MAX:
            raise InvalidInput(
                f"segments: {segment[:60]!r} is none; write lower-case words with hyphens", field=f"segments.{at}"
            )
    customer = await session.scalar(
        select(Customer).where(Customer.id == customer_id, Customer.erased_at.is_(None)).with_for_update()
    )
    if customer is None:
        raise NotFoundError("customer", field="customer_id")
    await session.execute(delete(CustomerSegment).where(CustomerSegment.customer_id == customer_id))
    if wanted:
        await session.execute(
            insert(CustomerSegment), [{"customer_id": customer_id, "segment": segment} for segment in wanted]
        )
    customer.version += 1
    await session.flush()
    await outbox.append(session, "CUSTOMER_CHANGED", subject=("customer", customer_id), version=customer.version)
