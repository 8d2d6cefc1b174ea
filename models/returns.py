"""What customers send back."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.returns import OPEN, ReturnReason, ReturnStatus
from models.base import Base, BigInt, Id, Instant, String, one_of
from models.fulfilments import OF_PART, PARTS


class Return(Base):
    """Pieces of one merchant's part that go back to it; `note` is the customer's, `decision` the merchant's word.

    `version` counts the changes.
    """

    __tablename__ = "returns"
    __table_args__ = (
        ForeignKeyConstraint(OF_PART, PARTS, ondelete="RESTRICT"),
        CheckConstraint(one_of("status", tuple(each.value for each in ReturnStatus)), name="status"),
        CheckConstraint(one_of("reason", tuple(each.value for each in ReturnReason)), name="reason"),
        CheckConstraint("status = 'CANCELLED' OR (status = 'REQUESTED') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("(status = 'RECEIVED') = (received_at IS NOT NULL)", name="received_at"),
        CheckConstraint("(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        Index("ix_returns_order_id_id", "order_id", "id"),
        Index(
            "ix_returns_merchant_id_id",
            "merchant_id",
            text("id DESC"),
            postgresql_where=text(one_of("status", tuple(sorted(each.value for each in OPEN)))),
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt]
    part_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    status: Mapped[String]
    reason: Mapped[String]
    note: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[Instant]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")


class ReturnLine(Base):
    """Pieces of a line that are sent back; `received` of them have come."""

    __tablename__ = "return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND received BETWEEN 0 AND quantity", name="quantity"),
        Index("ix_return_lines_line_id", "line_id"),
    )

    return_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("returns.id", ondelete="RESTRICT"), primary_key=True)
    line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id", ondelete="RESTRICT"), primary_key=True
    )
    quantity: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(Integer, server_default="0")
