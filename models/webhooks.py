"""Webhooks: where a partner has events posted to, what is on its way there, and how that went."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of

WEBHOOK_STATES = ("ENABLED", "DISABLED")
DELIVERY_STATES = ("PENDING", "DELIVERED", "DEAD")


class Webhook(Base):
    """An address of a partner's, with the document that each event is answered with.

    It holds no secret: that follows from its id, `secret_number` and the server's key.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint(one_of("state", WEBHOOK_STATES), name="state"),
        CheckConstraint("char_length(url) BETWEEN 1 AND 2000", name="url"),
        CheckConstraint("secret_number >= 1", name="secret_number"),
        Index("ix_webhooks_partner_id_id", "partner_id", "id"),
    )

    id: Mapped[Id]
    partner_id: Mapped[BigInt] = mapped_column(ForeignKey("partners.id", ondelete="CASCADE"))
    url: Mapped[String]
    document: Mapped[String]
    operation_name: Mapped[String | None]
    types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The types that are wanted; None for all that the scopes cover."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    key_prefix: Mapped[String | None]
    """The API key it was made with; it ends with that."""
    state: Mapped[String] = mapped_column(server_default="ENABLED")
    state_reason: Mapped[String] = mapped_column(server_default="")
    secret_number: Mapped[int] = mapped_column(Integer, server_default="1")
    secret_rotated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    position: Mapped[BigInt]
    """How far the event log was looked through for it."""
    failing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class WebhookDelivery(Base):
    """An event on its way to a webhook; without an event it is a test."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(one_of("state", DELIVERY_STATES), name="state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(state = 'DELIVERED') = (delivered_at IS NOT NULL)", name="delivered_at"),
        UniqueConstraint("webhook_id", "event_id"),
        CheckConstraint("NOT is_head OR state = 'PENDING'", name="is_head"),
        Index(
            "uq_webhook_deliveries_head",
            "webhook_id",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=text("is_head"),
        ),
        Index("ix_webhook_deliveries_head_due", "webhook_id", "due_at", "id", postgresql_where=text("is_head")),
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            "subject_type",
            "subject_id",
            "position",
            postgresql_where=text("state = 'PENDING'"),
        ),
        Index("ix_webhook_deliveries_webhook_id_id", "webhook_id", "id"),
    )

    id: Mapped[Id]
    webhook_id: Mapped[BigInt] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[BigInt | None]
    event_type: Mapped[String | None]
    subject_type: Mapped[String]
    subject_id: Mapped[BigInt]
    position: Mapped[BigInt]
    is_head: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is the first of its subject's that waits: that alone may be posted."""
    state: Mapped[String] = mapped_column(server_default="PENDING")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often it was tried since it last became PENDING."""
    pending_since: Mapped[Instant]
    due_at: Mapped[Instant]
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Until then a worker is at it; should that be killed, another takes over."""
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class WebhookAttempt(Base):
    """How one attempt went."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_delivery_id_id", "delivery_id", "id"),)

    id: Mapped[Id]
    delivery_id: Mapped[BigInt] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"))
    status: Mapped[int | None] = mapped_column(Integer)
    """What the receiver answered; None if it did not."""
    error: Mapped[String] = mapped_column(server_default="")
    duration_ms: Mapped[int] = mapped_column(Integer)
    occurred_at: Mapped[Instant]
