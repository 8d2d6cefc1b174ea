"""What of orders was refunded, line by line; the money itself goes back by the payments' refunds."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.order_refunds import RefundReason
from models.base import Base, BigInt, Id, Instant, String, one_of
from models.fulfilments import OF_PART, PARTS


class Refund(Base):
    """What was given back of an order at one time: the sums of its lines, in minor units and points. Never changed."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint(one_of("reason", tuple(each.value for each in RefundReason)), name="reason"),
        CheckConstraint("amount >= 0 AND points >= 0", name="amounts"),
        Index("ix_refunds_order_id_id", "order_id", "id"),
        Index("ix_refunds_return_id", "return_id", unique=True, postgresql_where=text("return_id IS NOT NULL")),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    return_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("returns.id", ondelete="RESTRICT"))
    reason: Mapped[String]
    note: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[String]
    amount: Mapped[BigInt]
    points: Mapped[BigInt]
    created_at: Mapped[Instant]


class RefundLine(Base):
    """What a refund gives back of a line, or of a part's delivery (no line): `domain.order_refunds.Shares` as a row.

    `quantity` pieces, `cancelled` of which will not be sent any more and `restocked` are for sale again. Never changed.
    """

    __tablename__ = "refund_lines"
    __table_args__ = (
        ForeignKeyConstraint(OF_PART, PARTS, ondelete="RESTRICT"),
        UniqueConstraint("refund_id", "part_id", "line_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "quantity >= 0 AND cancelled >= 0 AND restocked >= 0 AND cancelled + restocked <= quantity", name="quantity"
        ),
        CheckConstraint("line_id IS NOT NULL OR (quantity = 0 AND points = 0)", name="delivery"),
        CheckConstraint(
            "amount >= 0 AND tax >= 0 AND points >= 0 AND points_worth >= 0 AND points_earned >= 0"
            " AND platform_funding >= 0 AND commission >= 0",
            name="amounts",
        ),
        Index("ix_refund_lines_order_id", "order_id"),
        Index("ix_refund_lines_line_id", "line_id"),
    )

    id: Mapped[Id]
    refund_id: Mapped[BigInt] = mapped_column(ForeignKey("refunds.id", ondelete="RESTRICT"))
    order_id: Mapped[BigInt]
    part_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(Integer, server_default="0")
    cancelled: Mapped[int] = mapped_column(Integer, server_default="0")
    restocked: Mapped[int] = mapped_column(Integer, server_default="0")
    amount: Mapped[BigInt]
    tax: Mapped[BigInt]
    points: Mapped[BigInt]
    points_worth: Mapped[BigInt]
    points_earned: Mapped[BigInt]
    platform_funding: Mapped[BigInt]
    commission: Mapped[BigInt]
