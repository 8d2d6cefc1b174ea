"""The event log (the outbox) and how far each consumer has read it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, func, text
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

    Its position is (`transaction_id`, `id`). Ids alone are handed out before commit, so a reader that remembers only
    the greatest id it saw loses what commits late with a smaller one. A reader therefore stays below the oldest running
    transaction: `transaction_id < pg_snapshot_xmin(pg_current_snapshot())`.
    """

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_transaction_id_id", "transaction_id", "id"),)

    id: Mapped[Id]
    transaction_id: Mapped[int] = mapped_column(TransactionId(), server_default=text("pg_current_xact_id()"))
    type: Mapped[String]
    subject_type: Mapped[String]
    subject_id: Mapped[BigInt]
    subject_version: Mapped[BigInt]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[CreatedAt]


class EventConsumer(Base):
    """The position of the last event that a consumer has dealt with."""

    __tablename__ = "event_consumers"

    name: Mapped[String] = mapped_column(primary_key=True)
    transaction_id: Mapped[int] = mapped_column(TransactionId(), server_default=text("'0'::xid8"))
    event_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
