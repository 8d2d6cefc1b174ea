"""The event log (the outbox) and how far each consumer has read it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from models.base import Base, BigInt, CreatedAt, Id, String


class TransactionId(UserDefinedType[int]):
    """Postgres's `xid8`: a 64-bit transaction id that never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Name the type in DDL."""
        return "xid8"


class Event(Base):
    """Something that happened, written in the transaction that made it happen.

    Ids are handed out before commit: a reader that remembers only the greatest id it saw loses what commits late with a
    smaller one. There are two ways around that. A follower of states (the search index) goes by (`transaction_id`,
    `id`) and stays below the oldest running transaction: `transaction_id < pg_snapshot_xmin(pg_current_snapshot())`.
    Followers of the events themselves go by `position`: consecutive numbers that `souk_place_events()` hands out, one
    caller at a time, to what has committed. So positions follow the commits, and no long transaction holds them up.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_transaction_id_id", "transaction_id", "id"),
        Index("ix_events_unplaced", "id", postgresql_where=text("position IS NULL")),
    )

    id: Mapped[Id]
    transaction_id: Mapped[int] = mapped_column(TransactionId(), server_default=text("pg_current_xact_id()"))
    type: Mapped[String]
    subject_type: Mapped[String]
    subject_id: Mapped[BigInt]
    subject_version: Mapped[BigInt]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[CreatedAt]
    position: Mapped[BigInt | None] = mapped_column(unique=True)
    """Where it stands in the log; None until it is placed, a moment after the commit."""
    merchant_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    """Whose merchants' it is, by `souk_merchants_of()`; filled in with the position."""


class EventLog(Base):
    """How far the log goes: one row, or none before the first event."""

    __tablename__ = "event_log"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="1")
    last_position: Mapped[BigInt] = mapped_column(server_default="0")
    pruned_position: Mapped[BigInt] = mapped_column(server_default="0")
    """Up to here events were deleted because their time was over."""


class EventConsumer(Base):
    """The position of the last event that a consumer has dealt with."""

    __tablename__ = "event_consumers"

    name: Mapped[String] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(TransactionId(), server_default=text("'0'::xid8"))
    event_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
