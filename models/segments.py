"""Segments: groups of customers, by hand, such as those who were invited to something, or by a rule."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.segments import TITLE_LENGTH_MAX
from models.base import Base, BigInt, CreatedAt, Id, Instant, String

_CODE = "~ '^[a-z0-9]+(-[a-z0-9]+)*$'"


class Segment(Base):
    """A segment by a rule over `domain.segments.RULE_VOCABULARY`; `code` is what promotions call it by.

    Its members are in `customer_segments` as the latest snapshot found them.
    """

    __tablename__ = "segments"
    __table_args__ = (
        CheckConstraint(f"code {_CODE} AND char_length(code) <= 60", name="code"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH_MAX}", name="title"),
        CheckConstraint("jsonb_typeof(rule) = 'object'", name="rule"),
        CheckConstraint("(snapshot_at IS NULL) = (snapshot_count IS NULL) AND snapshot_count >= 0", name="snapshot"),
    )

    id: Mapped[Id]
    code: Mapped[String] = mapped_column(unique=True)
    title: Mapped[String]
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    snapshot_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    snapshot_count: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[BigInt] = mapped_column(server_default="1")


class SegmentSnapshot(Base):
    """How many were in a segment at one time."""

    __tablename__ = "segment_snapshots"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        Index("ix_segment_snapshots_segment_id_id", "segment_id", "id"),
    )

    id: Mapped[Id]
    segment_id: Mapped[BigInt] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"))
    taken_at: Mapped[Instant]
    count: Mapped[int] = mapped_column(Integer)


class CustomerSegment(Base):
    """That a customer is in a segment."""

    __tablename__ = "customer_segments"
    __table_args__ = (
        CheckConstraint(f"segment {_CODE} AND char_length(segment) <= 60", name="segment"),
        Index("ix_customer_segments_segment", "segment"),
    )

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    segment: Mapped[String] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]
