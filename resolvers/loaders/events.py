"""The event log: placing what has committed, reading it as it grows, reading a viewer's part of it from a position."""

from typing import Final

from sqlalchemy import ARRAY, BigInteger, Text, and_, any_, bindparam, func, or_, select, true

from models.database import Row, Statement
from models.events import Event, EventLog
from resolvers.loaders.lookups import One, keys
from services import access

WINDOW: Final = 20_000
"""How many positions one statement looks through, so that it is short however few events there are for somebody."""


class EventRow(Row):
    """An event, as the log has it. While it is new, all who follow get the same one (`graph.operations`)."""

    told_to_many = True


_EVENT = (
    Event.id,
    Event.position,
    Event.type,
    Event.subject_type,
    Event.subject_id,
    Event.subject_version,
    Event.merchant_ids,
    Event.occurred_at,
)

BY_ID = One(
    select(*_EVENT).where(Event.id == any_(keys()), Event.position.is_not(None)),
    key="id",
    row=EventRow,
    seen_by=access.sees_event,
)

PLACE = Statement(select(func.souk_place_events().label("position")))
"""Give positions to what has committed; answers with the last one."""

AFTER = Statement(
    select(*_EVENT)
    .where(Event.position > bindparam("after", type_=BigInteger))
    .order_by(Event.position)
    .limit(bindparam("limit", type_=BigInteger))
)
"""What follows a position, for everybody."""

_after = bindparam("after", type_=BigInteger)
_merchant = bindparam("merchant_id", type_=BigInteger)
_is_somebodys = and_(
    Event.type == any_(bindparam("types", type_=ARRAY(Text))),
    or_(_merchant.is_(None), _merchant == any_(Event.merchant_ids)),
)
_FOR_SOMEBODY = (
    select(*_EVENT)
    .where(
        Event.position > _after,
        Event.position <= _after + WINDOW,
        Event.position <= EventLog.last_position,
        _is_somebodys,
    )
    .order_by(Event.position)
    .limit(bindparam("limit", type_=BigInteger))
    .correlate(EventLog)
    .lateral("event")
)
PART = Statement(
    select(EventLog.last_position, EventLog.pruned_position, *_FOR_SOMEBODY.c)
    .select_from(EventLog)
    .outerjoin(_FOR_SOMEBODY, true())
    .order_by(_FOR_SOMEBODY.c.position)
)
"""What follows a position within `WINDOW`, of these types and of this merchant (None: any), and how far the log goes.

One row without an event if there are none; no row at all if nothing was ever written.
"""

LOG = Statement(select(EventLog.last_position, EventLog.pruned_position))
"""How far the log goes, and from where on it is there; no row if nothing was ever written."""

COUNT = Statement(select(func.count()).select_from(Event).where(Event.position.is_not(None), _is_somebodys))
"""How many events are there of these types and of this merchant."""
