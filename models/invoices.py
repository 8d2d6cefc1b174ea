"""Invoices and credit notes, and the series that their numbers come from."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.invoices import InvoiceKind
from models.base import Base, BigInt, Id, Instant, String, one_of
from models.customers import CURRENCY
from models.fulfilments import OF_PART, PARTS

_KIND = one_of("kind", tuple(each.value for each in InvoiceKind))


class InvoiceSeries(Base):
    """The last number of a merchant's kind of document in a year: its row is locked last, so that no number is lost."""

    __tablename__ = "invoice_series"
    __table_args__ = (
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint("last >= 0", name="last"),
    )

    merchant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("merchants.id", ondelete="RESTRICT"), primary_key=True
    )
    kind: Mapped[String] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    last: Mapped[int] = mapped_column(Integer, server_default="0")


class Invoice(Base):
    """An invoice of a merchant's part of an order, or a credit note for a refund of it; written once, never changed.

    `content` is all that stands on it, as `domain.invoices.content` writes it. `total` is what it asks for, or gives
    back, in money. A credit note names what it `corrects`.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(OF_PART, PARTS, ondelete="RESTRICT"),
        CheckConstraint(_KIND, name="kind"),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint(
            "(kind = 'CREDIT_NOTE') = (refund_id IS NOT NULL) AND (refund_id IS NULL) = (corrects_id IS NULL)",
            name="refund",
        ),
        UniqueConstraint("merchant_id", "kind", "year", "sequence"),
        UniqueConstraint("refund_id", "part_id"),
        Index("uq_invoices_part_id", "part_id", unique=True, postgresql_where=text("kind = 'INVOICE'")),
        Index("ix_invoices_order_id_id", "order_id", "id"),
        Index("ix_invoices_merchant_id_id", "merchant_id", text("id DESC")),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt]
    part_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    kind: Mapped[String]
    year: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(Integer)
    number: Mapped[String]
    refund_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("refunds.id", ondelete="RESTRICT"))
    corrects_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("invoices.id", ondelete="RESTRICT"))
    currency: Mapped[String]
    total: Mapped[BigInt]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    issued_at: Mapped[Instant]
