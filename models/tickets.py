"""Tickets: what a customer asks for or complains about, with the messages, every step, and the time that it waited."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tickets import BEING_HANDLED, BODY_LENGTH_MAX, SUBJECT_LENGTH_MAX, TAGS_MAX, Kind, Party, Priority, State
from models.base import Base, BigInt, Id, Instant, String, one_of

TICKET_KINDS = tuple(each.value for each in Kind)
PRIORITIES = tuple(each.value for each in Priority)
PARTIES = tuple(each.value for each in Party)
_HANDLED = one_of("state", tuple(each.value for each in BEING_HANDLED))


class Ticket(Base):
    """A ticket of a customer, perhaps about an order, or a line of it, and so about merchants.

    `waiting_since` is since when the customer has been waiting for a word. What is due when follows from `domain.sla`;
    `due_at` is what is due first, `breaks_at` the first deadline of which no breach was noted yet; the instants of
    the breaches stay. `version` counts the changes.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(one_of("kind", TICKET_KINDS), name="kind"),
        CheckConstraint(one_of("priority", PRIORITIES), name="priority"),
        CheckConstraint(one_of("state", tuple(each.value for each in State)), name="state"),
        CheckConstraint(f"char_length(subject) BETWEEN 1 AND {SUBJECT_LENGTH_MAX}", name="subject"),
        CheckConstraint(f"cardinality(tags) <= {TAGS_MAX}", name="tags"),
        CheckConstraint(
            f"CASE WHEN {_HANDLED} THEN resolved_at IS NULL AND closed_at IS NULL WHEN state = 'RESOLVED'"
            " THEN resolved_at IS NOT NULL AND closed_at IS NULL ELSE closed_at IS NOT NULL END",
            name="ended",
        ),
        CheckConstraint("merged_into_id <> id AND state = 'CLOSED' OR merged_into_id IS NULL", name="merged"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint(
            "(score IS NULL) = (rated_at IS NULL) AND (score IS NOT NULL OR comment IS NULL)", name="rated"
        ),
        CheckConstraint("order_line_id IS NULL OR order_id IS NOT NULL", name="order_line"),
        Index("ix_tickets_customer_id_id", "customer_id", text("id DESC")),
        Index("ix_tickets_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_tickets_merchant_ids", "merchant_ids", postgresql_using="gin"),
        Index("ix_tickets_due_at_id", "due_at", "id"),
        Index("ix_tickets_opened_at_id", "opened_at", "id"),
        Index("ix_tickets_changed_at_id", "changed_at", "id"),
        Index("ix_tickets_assignee_id", "assignee_id", postgresql_where=text(_HANDLED)),
        Index("ix_tickets_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_tickets_breaks_at", "breaks_at", postgresql_where=text("breaks_at IS NOT NULL")),
        Index("ix_tickets_resolved_at", "resolved_at", postgresql_where=text("state = 'RESOLVED'")),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"))
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("orders.id", ondelete="RESTRICT"))
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id", ondelete="RESTRICT"))
    merchant_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    """The merchants whose part of the order it is about; their staff sees it."""
    kind: Mapped[String]
    priority: Mapped[String]
    state: Mapped[String]
    subject: Mapped[String]
    assignee_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"))
    merged_into_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("tickets.id", ondelete="RESTRICT"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    opened_at: Mapped[Instant]
    first_responded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[Instant]
    first_response_due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_response_due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolution_due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[Instant]
    breaks_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_response_breached_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_response_breached_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolution_breached_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    score: Mapped[int | None] = mapped_column(SmallInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    rated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rating_asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the customer was reminded to rate it."""
    version: Mapped[BigInt] = mapped_column(server_default="1")


class TicketMessage(Base):
    """What somebody wrote in a ticket; an internal one is for platform staff. `merchant_id` of a merchant's staff."""

    __tablename__ = "ticket_messages"
    __table_args__ = (
        CheckConstraint(one_of("party", PARTIES), name="party"),
        CheckConstraint(f"char_length(body) BETWEEN 1 AND {BODY_LENGTH_MAX}", name="body"),
        Index("ix_ticket_messages_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[Id]
    ticket_id: Mapped[BigInt] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    party: Mapped[String]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="SET NULL"))
    internal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    body: Mapped[String]
    created_at: Mapped[Instant]


class TicketStep(Base):
    """One thing that was done to a ticket; written once, never changed. `data` says what there is to say of it."""

    __tablename__ = "ticket_steps"
    __table_args__ = (
        CheckConstraint(one_of("party", PARTIES), name="party"),
        Index("ix_ticket_steps_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[Id]
    ticket_id: Mapped[BigInt] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    action: Mapped[String]
    party: Mapped[String]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="SET NULL"))
    internal: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[String]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[Instant]


class TicketPause(Base):
    """A time in which nobody had to work on a ticket: the customer was waited for, or it counted as resolved."""

    __tablename__ = "ticket_pauses"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="ended_at"),
        Index("uq_ticket_pauses_ticket_id", "ticket_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_ticket_pauses_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[Id]
    ticket_id: Mapped[BigInt] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    started_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
