"""The desk that handles tickets: who works there, when, what is promised and often said; files that come along."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.tickets import BODY_LENGTH_MAX
from models.base import Base, BigInt, Id, Instant, String, one_of
from models.tickets import PARTIES, PRIORITIES, TICKET_KINDS

ATTACHMENT_STATES = ("AWAITED", "ARRIVED")
ATTACHMENT_BYTES_MAX = 10_000_000
MACRO_ACTIONS = ("REPLY", "AWAIT_CUSTOMER", "RESOLVE")
CAPACITY_MAX = 1_000
_MINUTES_MAX = 365 * 24 * 60
_KINDS = ", ".join(f"'{kind}'" for kind in TICKET_KINDS)


class TicketAttachment(Base):
    """A file that comes with a ticket. Its content is sent to a link of its own, and stands in the files' folder."""

    __tablename__ = "ticket_attachments"
    __table_args__ = (
        CheckConstraint(one_of("party", PARTIES), name="party"),
        CheckConstraint(one_of("state", ATTACHMENT_STATES), name="state"),
        CheckConstraint(
            f"(state = 'AWAITED') = (size_bytes IS NULL) AND size_bytes BETWEEN 1 AND {ATTACHMENT_BYTES_MAX}",
            name="size_bytes",
        ),
        Index("ix_ticket_attachments_ticket_id_id", "ticket_id", "id"),
    )

    id: Mapped[Id]
    ticket_id: Mapped[BigInt] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    party: Mapped[String]
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="SET NULL"))
    file_name: Mapped[String]
    media_type: Mapped[String]
    key: Mapped[String] = mapped_column(unique=True)
    state: Mapped[String] = mapped_column(server_default="AWAITED")
    size_bytes: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[Instant]


class TicketAgent(Base):
    """That an account is handed tickets by load and skill: of which kinds, and how many at a time."""

    __tablename__ = "ticket_agents"
    __table_args__ = (
        CheckConstraint(f"skills <@ ARRAY[{_KINDS}]", name="skills"),
        CheckConstraint(f"capacity BETWEEN 0 AND {CAPACITY_MAX}", name="capacity"),
    )

    account_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    capacity: Mapped[int] = mapped_column(Integer)


class TicketMacro(Base):
    """What agents often say, with what they do as they say it."""

    __tablename__ = "ticket_macros"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 100", name="title"),
        CheckConstraint(f"char_length(body) BETWEEN 1 AND {BODY_LENGTH_MAX}", name="body"),
        CheckConstraint(one_of("action", MACRO_ACTIONS), name="action"),
    )

    id: Mapped[Id]
    title: Mapped[String] = mapped_column(unique=True)
    body: Mapped[String]
    action: Mapped[String]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    changed_at: Mapped[Instant]
    version: Mapped[BigInt] = mapped_column(server_default="1")


class SupportHours(Base):
    """When the desk works, as `domain.business_calendars` has it: there is one row, or none and the default holds."""

    __tablename__ = "support_hours"
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        CheckConstraint("jsonb_typeof(week) = 'array'", name="week"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    zone: Mapped[String]
    week: Mapped[list[Any]] = mapped_column(JSONB)
    """For each day, Monday first, the intervals as [from, until] in minutes since midnight."""
    holidays: Mapped[list[date]] = mapped_column(ARRAY(Date), server_default=text("'{}'"))


class TicketTargets(Base):
    """What is promised for tickets of a kind and a priority, in minutes of working time, instead of the default."""

    __tablename__ = "ticket_targets"
    __table_args__ = (
        CheckConstraint(one_of("kind", TICKET_KINDS), name="kind"),
        CheckConstraint(one_of("priority", PRIORITIES), name="priority"),
        CheckConstraint(
            " AND ".join(
                f"{name}_minutes BETWEEN 1 AND {_MINUTES_MAX}"
                for name in ("first_response", "next_response", "resolution")
            ),
            name="minutes",
        ),
    )

    kind: Mapped[String] = mapped_column(primary_key=True)
    priority: Mapped[String] = mapped_column(primary_key=True)
    first_response_minutes: Mapped[int] = mapped_column(Integer)
    next_response_minutes: Mapped[int] = mapped_column(Integer)
    resolution_minutes: Mapped[int] = mapped_column(Integer)
