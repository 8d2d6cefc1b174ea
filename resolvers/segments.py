"""Segments: how they are listed, counted, defined, and why somebody is in one."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

import services.segments
from domain import rules, segments
from domain.errors import InvalidInput
from models.database import Row
from resolvers import pages
from resolvers.context import Context
from resolvers.loaders import segments as loaders
from resolvers.loaders.customers import CustomerRow
from resolvers.loaders.segments import SegmentRow
from resolvers.mutations import Change, Result
from resolvers.pages import Page
from services import access


async def listing(root: Sequence[None], context: Context, *, first: int, after: str | None) -> list[Page[SegmentRow]]:
    """Answer a page of the segments by rule, by code, to platform staff; to others there are none."""
    visible = access.sees_customers(context.viewer)
    page = await pages.of_list(
        loaders.LISTED, context, first=first, after=after, count=lambda: loaders.COUNT, visible=visible
    )
    return [page for _ in root]


async def member_counts(parents: Sequence[SegmentRow], context: Context) -> list[int]:
    """Count whom each segment's rule holds for now."""
    now = datetime.now(UTC)

    async def of_one(segment: SegmentRow) -> int:
        rule = rules.parse(segment["rule"], segments.RULE_VOCABULARY)
        rows: list[Row] = await context.database.fetch(loaders.count(rule), now=now)
        return int(rows[0]["count"])

    return list(await asyncio.gather(*map(of_one, parents)))


async def members(
    parents: Sequence[SegmentRow], context: Context, *, first: int, after: str | None
) -> list[Page[CustomerRow]]:
    """Answer a page of whom the latest snapshot found in each segment."""
    return await pages.of_parents(
        loaders.MEMBERS, context, parents, first=first, after=after, count=loaders.MEMBER_COUNTS
    )


async def snapshots(
    parents: Sequence[SegmentRow], context: Context, *, first: int, after: str | None
) -> list[Page[Row]]:
    """Answer a page of each segment's snapshots, the latest first."""
    return await pages.of_parents(
        loaders.SNAPSHOTS, context, parents, first=first, after=after, count=loaders.SNAPSHOT_COUNTS
    )


async def of_customers(customers: Sequence[CustomerRow], context: Context) -> list[list[Row]]:
    """Answer the segments that each customer is in, to platform staff; to others there are none."""
    if not access.sees_customers(context.viewer):
        return [[] for _ in customers]
    return list(await context.load_many(loaders.OF_CUSTOMERS, [each["customer_id"] for each in customers]))


async def reasons(memberships: Sequence[Row], context: Context) -> list[list[dict[str, Any]]]:
    """Answer why each customer is in a segment: the conditions of its rule beside what is the case now."""
    defined = await context.load_many(loaders.BY_CODE, [each["segment"] for each in memberships])
    ids = sorted({each["customer_id"] for each, segment in zip(memberships, defined, strict=True) if segment})
    rows: list[Row] = await context.database.fetch(loaders.FACTS, keys=ids, now=datetime.now(UTC)) if ids else []
    facts = {row["id"]: {name: _plain(value) for name, value in row.items()} for row in rows}
    return [
        [] if segment is None else _explained(segment["rule"], facts[each["customer_id"]])
        for each, segment in zip(memberships, defined, strict=True)
    ]


def _explained(rule: Any, facts: dict[str, Any]) -> list[dict[str, Any]]:
    parsed = rules.parse(rule, segments.RULE_VOCABULARY)
    return [
        {
            "field": reason.field,
            "comparison": reason.operator.value,
            "value": orjson.dumps(reason.value).decode(),
            "fact": orjson.dumps(reason.fact).decode(),
            "holds": reason.holds,
            "negated": reason.negated,
        }
        for reason in segments.explain(parsed, facts)
    ]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) else value


async def save(
    change: Change,
    *,
    code: str,
    title: str,
    rule: str,
    segment_id: int | None = None,
    expected_version: int | None = None,
) -> Result:
    """Define a segment."""
    try:
        document = orjson.loads(rule)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"rule: it is no JSON: {error}", field="rule") from None
    saved = await services.segments.save(
        change.session,
        segment_id=segment_id,
        code=code,
        title=title,
        rule=document,
        expected_version=expected_version,
    )
    return Result(segment_id=saved)


async def remove(change: Change, *, segment_id: int) -> Result:
    """Remove a segment."""
    await services.segments.remove(change.session, segment_id=segment_id)
    return Result(removed_id=segment_id)


async def snapshot(change: Change, *, segment_id: int) -> Result:
    """Find who is in a segment now."""
    await services.segments.snapshot(
        change.session, segment_id=segment_id, currency=change.context.currency, now=change.now
    )
    return Result(segment_id=segment_id)
