"""Payments of orders, money that is given back, and what providers have told."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments import PaymentMethod, PaymentRefundStatus, PaymentStatus
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of
from models.customers import CURRENCY


class Payment(Base):
    """One payment of an order; several where gift cards or store credit pay a part.

    The row is written before the provider is called, which is known by `reference` once it has answered and gets `key`
    as its idempotency key. `token` is what it is paid with, as the provider's page gave it to the client; forgotten
    once the provider has answered. `check_at` is when the provider is to be asked (again) what became of it; null when
    there is nothing to ask. `refunded` counts what was promised back, whether the provider has done it yet or not.

    `captured` is what the provider has truly taken, in `captured_currency` if that is not `currency`. What of it the
    order has not asked for is `unasked`, and promised back at once; the rest is all that was asked, or nothing.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint(one_of("method", tuple(each.value for each in PaymentMethod)), name="method"),
        CheckConstraint(one_of("status", tuple(each.value for each in PaymentStatus)), name="status"),
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "captured - unasked IN (0, amount) AND (status = 'CAPTURED') = (captured > 0)", name="captured"
        ),
        CheckConstraint("refunded BETWEEN 0 AND captured", name="refunded"),
        CheckConstraint("unasked BETWEEN 0 AND refunded", name="unasked"),
        CheckConstraint(
            "captured_currency IS NULL"
            f" OR (captured_currency {CURRENCY} AND captured_currency <> currency AND captured = unasked)",
            name="captured_currency",
        ),
        UniqueConstraint("provider", "reference"),
        Index("ix_payments_order_id_id", "order_id", "id"),
        Index("ix_payments_check_at", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    method: Mapped[String]
    provider: Mapped[String]
    reference: Mapped[str | None] = mapped_column(Text)
    key: Mapped[String] = mapped_column(unique=True)
    token: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[String]
    amount: Mapped[BigInt]
    status: Mapped[String]
    captured: Mapped[int] = mapped_column(BigInteger, server_default="0")
    captured_currency: Mapped[str | None] = mapped_column(Text)
    unasked: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    failure: Mapped[str | None] = mapped_column(Text)
    """Why it does not pay the order, for customers to read: the provider's reason, or that it took another amount."""
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    check_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PaymentRefund(Base):
    """Money of a payment that is given back: written with what caused it, then done by the provider."""

    __tablename__ = "payment_refunds"
    __table_args__ = (
        CheckConstraint(one_of("status", tuple(each.value for each in PaymentRefundStatus)), name="status"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_payment_refunds_payment_id", "payment_id"),
        Index("ix_payment_refunds_refund_id", "refund_id"),
        Index("ix_payment_refunds_check_at", "check_at", postgresql_where=text("check_at IS NOT NULL")),
    )

    id: Mapped[Id]
    payment_id: Mapped[BigInt] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    refund_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("refunds.id", ondelete="RESTRICT"))
    """Which refund of the order it belongs to; null for money that no order has kept, such as a late payment."""
    key: Mapped[String] = mapped_column(unique=True)
    reference: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[BigInt]
    reason: Mapped[String]
    status: Mapped[String]
    failure: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    check_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PaymentNotice(Base):
    """A provider's notification that has been dealt with: it comes any number of times and counts once."""

    __tablename__ = "payment_notices"

    provider: Mapped[String] = mapped_column(primary_key=True)
    notice: Mapped[String] = mapped_column(primary_key=True)
    received_at: Mapped[CreatedAt]


class ProviderCharge(Base):
    """What the built-in test provider has charged: its own books, which Souk learns of only by asking it.

    `token` says how it behaves. It is paid from `due_at` on, unless it was declined or given up before; `notices` are
    still to be sent.
    """

    __tablename__ = "test_provider_charges"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND refunded BETWEEN 0 AND amount", name="amounts"),
        CheckConstraint("notices >= 0", name="notices"),
        Index("ix_test_provider_charges_due_at", "due_at", postgresql_where=text("notices > 0")),
    )

    key: Mapped[String] = mapped_column(primary_key=True)
    token: Mapped[String]
    currency: Mapped[String]
    amount: Mapped[BigInt]
    status: Mapped[String]
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notices: Mapped[int] = mapped_column(Integer, server_default="0")
    created_at: Mapped[Instant]


class ProviderRefund(Base):
    """What the built-in test provider has given back, by the key that it was asked with."""

    __tablename__ = "test_provider_refunds"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    key: Mapped[String] = mapped_column(primary_key=True)
    charge: Mapped[String] = mapped_column(ForeignKey("test_provider_charges.key", ondelete="RESTRICT"))
    amount: Mapped[BigInt]
    created_at: Mapped[Instant]
