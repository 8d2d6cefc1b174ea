"""Segments: by id and code, their members and how many there are now; what their rules know of customers."""

from sqlalchemy import Boolean, Text, any_, bindparam, func, select

from domain.rules import Rule
from models.customers import Customer
from models.database import Row, Statement
from models.segments import CustomerSegment, Segment, SegmentSnapshot
from resolvers.loaders.customers import CUSTOMERS, CustomerRow
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access, segment_facts


class SegmentRow(Row):
    """A segment by a rule, for platform staff."""


_SEGMENTS = select(
    Segment.id, Segment.code, Segment.title, Segment.rule, Segment.snapshot_at, Segment.snapshot_count, Segment.version
)
BY_ID = One(
    _SEGMENTS.where(Segment.id == any_(keys())),
    key="id",
    row=SegmentRow,
    seen_by=lambda viewer, _: access.sees_customers(viewer),
)
BY_CODE = One(_SEGMENTS.where(Segment.code == any_(keys(Text))), key="code", row=SegmentRow)
_VISIBLE = bindparam("visible", type_=Boolean)
LISTED = Keyset(_SEGMENTS.where(_VISIBLE), order=(Segment.code, Segment.id), row=SegmentRow, name="segments")
COUNT = Statement(select(func.count()).select_from(Segment).where(_VISIBLE))

MEMBERS = Keyset(
    CUSTOMERS.join(CustomerSegment, CustomerSegment.customer_id == Customer.id).join(
        Segment, Segment.code == CustomerSegment.segment
    ),
    order=(Customer.id,),
    row=CustomerRow,
    name="segment-members",
    parent=Segment.id,
)
SNAPSHOTS = Keyset(
    select(SegmentSnapshot.id, SegmentSnapshot.taken_at, SegmentSnapshot.count),
    order=(SegmentSnapshot.id,),
    descending=True,
    row=Row,
    name="segment-snapshots",
    parent=SegmentSnapshot.segment_id,
)
SNAPSHOT_COUNTS = One(
    select(SegmentSnapshot.segment_id, func.count().label("count"))
    .where(SegmentSnapshot.segment_id == any_(keys()))
    .group_by(SegmentSnapshot.segment_id),
    key="segment_id",
    row=Row,
)
MEMBER_COUNTS = One(
    select(Segment.id, func.count().label("count"))
    .join(CustomerSegment, CustomerSegment.segment == Segment.code)
    .where(Segment.id == any_(keys()))
    .group_by(Segment.id),
    key="id",
    row=Row,
)
OF_CUSTOMERS = Many(
    select(CustomerSegment.customer_id, CustomerSegment.segment, CustomerSegment.created_at, Segment.title)
    .outerjoin(Segment, Segment.code == CustomerSegment.segment)
    .where(CustomerSegment.customer_id == any_(keys()))
    .order_by(CustomerSegment.segment),
    key="customer_id",
    row=Row,
)
FACTS = Statement(
    select(Customer.id, *(fact.label(name) for name, fact in segment_facts.FACTS.items())).where(
        Customer.id == any_(keys())
    )
)


def count(rule: Rule) -> Statement:
    """Count the customers that a rule holds for `now`."""
    return Statement(
        select(func.count().label("count"))
        .select_from(Customer)
        .where(Customer.erased_at.is_(None), segment_facts.condition(rule), segment_facts.NOW.is_not(None))
    )
