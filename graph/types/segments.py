"""Segments of customers, with what is done to them."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from orjson import dumps

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.pages import Connection, connection
from graph.scalars import Instant
from graph.types.node import Node
from graph.versions import expected_version, version
from resolvers import segments
from resolvers.loaders import segments as loaders
from resolvers.loaders.segments import SegmentRow

if TYPE_CHECKING:
    from graph.types.customers import Customer

_RULE = (
    "The rule as a JSON text, as of collections, over spend (minor units of the shop's currency), orders (both of 365 "
    "days), days_since_order, category (slugs), level, region (DE, US-CA), marketing_consent."
)


@strawberry.type(description="How many were in a segment at one time.")
class SegmentSnapshot:
    """How many were in a segment at one time."""

    taken_at: Instant = column("When.")
    count: int = column("How many.")


@strawberry.type(description="Customers gathered by a rule. Seen by platform staff.")
class Segment(Node):
    """Customers gathered by a rule."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Segment"))
    code: str = column("What promotions call it by.")
    title: str = column("What people call it.")
    rule: str = column(_RULE, name="rule", convert=lambda rule: dumps(rule).decode())
    live_count: int = batch(segments.member_counts, description="For how many customers the rule holds just now.")
    snapshot_at: Instant | None = column("When the latest snapshot was taken; null if none was.")
    snapshot_count: int | None = column("How many it found.")
    members: Connection[Annotated["Customer", strawberry.lazy("graph.types.customers")]] = connection(
        segments.members, description="Whom the latest snapshot found: promotions hold for these."
    )
    snapshots: Connection[SegmentSnapshot] = connection(
        segments.snapshots, description="The snapshots, the latest first."
    )
    version: int = version()

    is_type_of = OfClass(SegmentRow)


@strawberry.type(description="A condition of a segment's rule beside what is the case now.")
class SegmentReason:
    """A condition of a segment's rule beside what is the case now."""

    field: str = column("What the condition speaks of.")
    comparison: str = column("How it compares: equals, one_of, at_least, at_most.")
    value: str = column("With what, as JSON.")
    fact: str = column("What is the case now, as JSON.")
    holds: bool = column("Whether the condition holds.")
    negated: bool = column("Whether the rule asks that it does not.")


@strawberry.type(description="That a customer is in a segment.")
class CustomerSegment:
    """That a customer is in a segment."""

    code: str = column("The segment's code.", name="segment", convert=str)
    title: str | None = column("What it is called; null for one by hand.")
    since: Instant = column("Since when.", name="created_at", convert=lambda at: at)
    reasons: list[SegmentReason] = batch(
        segments.reasons, description="Why, by its rule and what is the case now; empty for one by hand."
    )


@strawberry.input(description="A segment by a rule.")
class SegmentSaveInput:
    """A segment by a rule."""

    segment_id: strawberry.ID | None = id_of("Segment", "The segment to change; without it, a new one.", default=None)
    expected_version: int | None = expected_version(nothing_yet=True)
    code: str = strawberry.field(description="What promotions call it by: lower-case words with hyphens, up to 60.")
    title: str = strawberry.field(description="What people call it, 1 to 100 characters.")
    rule: str = strawberry.field(description=_RULE)


@strawberry.input(description="A segment.")
class SegmentInput:
    """A segment."""

    segment_id: strawberry.ID = id_of("Segment", "Which one.")


@strawberry.type(description="The segment after the change.")
class SegmentPayload(Payload):
    """The segment after the change."""

    segment: Segment | None = related(
        loaders.BY_ID, by="segment_id", description="The segment; null if it was refused."
    )


def _removed(result: Any) -> str | None:
    return result["removed_id"] and ids.encode("Segment", result["removed_id"])


@strawberry.type(description="What was removed.")
class SegmentRemovePayload(Payload):
    """What was removed."""

    removed_id: strawberry.ID | None = computed(
        _removed, description="The id that the segment had; null if it was refused."
    )
