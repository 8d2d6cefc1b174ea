"""The event log: where it ends, and what was appended behind a position."""

from sqlalchemy import BigInteger, Text, bindparam, cast, literal_column, select

from models.database import Statement
from models.events import Event, TransactionId

_SAFE = literal_column("pg_snapshot_xmin(pg_current_snapshot())", TransactionId())
"""Below this transaction everything has committed or rolled back: nothing can appear there any more."""

HORIZON = Statement(select(cast(cast(_SAFE, Text), BigInteger).label("transaction_id")))
SUBJECTS_SINCE = Statement(
    select(Event.subject_type, Event.subject_id)
    .where(
        Event.transaction_id >= cast(cast(bindparam("transaction_id", type_=BigInteger), Text), TransactionId()),
        Event.transaction_id < cast(cast(bindparam("horizon", type_=BigInteger), Text), TransactionId()),
    )
    .distinct()
)
