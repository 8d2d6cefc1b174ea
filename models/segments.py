"""Segments: names that the platform gives to groups of customers, such as those who were invited to something."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, String


class CustomerSegment(Base):
    """That a customer is in a segment."""

    __tablename__ = "customer_segments"
    __table_args__ = (
        CheckConstraint("segment ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(segment) <= 60", name="segment"),
        Index("ix_customer_segments_segment", "segment"),
    )

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    segment: Mapped[String] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]
