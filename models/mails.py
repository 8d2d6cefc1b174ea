"""Mails that are to be sent: the intent, written in the transaction that makes them due."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, Instant, String


class Mail(Base):
    """A mail by its template and facts. It holds no secret: tokens are made when it is sent."""

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_mails_recipient", "recipient"),
        Index("ix_mails_due_at", "due_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[BigInt | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    recipient: Mapped[String]
    template: Mapped[String]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    due_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
