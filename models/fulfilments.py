"""What was sent of orders: parcels with their pieces."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.fulfilments import FulfilmentStatus
from models.base import Base, BigInt, Id, Instant, String, one_of

OF_PART = ("part_id", "order_id", "merchant_id")
PARTS = ("order_parts.id", "order_parts.order_id", "order_parts.merchant_id")


class Fulfilment(Base):
    """One parcel of a merchant's part of an order; `version` counts the changes."""

    __tablename__ = "fulfilments"
    __table_args__ = (
        ForeignKeyConstraint(OF_PART, PARTS, ondelete="RESTRICT"),
        CheckConstraint(one_of("status", tuple(each.value for each in FulfilmentStatus)), name="status"),
        CheckConstraint("(status = 'DELIVERED') = (delivered_at IS NOT NULL)", name="delivered_at"),
        CheckConstraint("(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        UniqueConstraint("id", "order_id"),
        Index("ix_fulfilments_order_id_id", "order_id", "id"),
        Index("ix_fulfilments_part_id", "part_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt]
    part_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    status: Mapped[String]
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    tracking_url: Mapped[str | None] = mapped_column(Text)
    shipped_at: Mapped[Instant]
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")


class FulfilmentLine(Base):
    """How many pieces of a line are in a parcel."""

    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_fulfilment_lines_line_id", "line_id"),
    )

    fulfilment_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("fulfilments.id", ondelete="RESTRICT"), primary_key=True
    )
    line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id", ondelete="RESTRICT"), primary_key=True
    )
    quantity: Mapped[int] = mapped_column(Integer)


class FulfilmentSource(Base):
    """How many of the pieces of a line in a parcel have left which warehouse: a parcel taken back goes there again.

    Warehouses may be gone.
    """

    __tablename__ = "fulfilment_sources"
    __table_args__ = (
        ForeignKeyConstraint(
            ("fulfilment_id", "line_id"),
            ("fulfilment_lines.fulfilment_id", "fulfilment_lines.line_id"),
            ondelete="RESTRICT",
        ),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    fulfilment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)
