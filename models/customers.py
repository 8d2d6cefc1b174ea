"""Customers: shoppers, with or without an account. Everything of a shopper hangs on the customer's id."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String

CURRENCY = "~ '^[A-Z]{3}$'"
COUNTRY = "~ '^[A-Z]{2}$'"


class Customer(Base):
    """A shopper. What is null in the preferences is as the shop has it."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("cardinality(interests) <= 50", name="interests"),
        CheckConstraint("char_length(display_name) BETWEEN 1 AND 100", name="display_name"),
    )

    id: Mapped[Id]
    account_id: Mapped[BigInt | None] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"), unique=True)
    display_name: Mapped[String]
    locale: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(Text)
    interests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    marketing_consent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when the customer has agreed to advertising; null if not."""
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class CustomerAddress(Base):
    """An address in a customer's book."""

    __tablename__ = "customer_addresses"
    __table_args__ = (
        CheckConstraint(f"country {COUNTRY}", name="country"),
        Index("ix_customer_addresses_customer_id_id", "customer_id", "id"),
        Index("uq_customer_addresses_preferred", "customer_id", unique=True, postgresql_where=text("preferred")),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    name: Mapped[String]
    line1: Mapped[String]
    line2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[String]
    region: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[String]
    country: Mapped[String]
    """ISO 3166-1 alpha-2."""
    phone: Mapped[str | None] = mapped_column(Text)
    preferred: Mapped[bool] = mapped_column(server_default=text("false"))
    """The one that a new cart is delivered to, unless said otherwise."""
    created_at: Mapped[CreatedAt]
