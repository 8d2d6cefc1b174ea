"""Merchants: the sellers of the marketplace."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of
from models.customers import COUNTRY

MERCHANT_STATES = ("APPLIED", "ACTIVE", "SUSPENDED", "CLOSED")


class Merchant(Base):
    """A seller. Only products of an ACTIVE merchant are listed."""

    __tablename__ = "merchants"
    __table_args__ = (
        CheckConstraint(one_of("state", MERCHANT_STATES), name="state"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
    )

    id: Mapped[Id]
    slug: Mapped[String] = mapped_column(unique=True)
    name: Mapped[String]
    description: Mapped[String] = mapped_column(server_default="")
    state: Mapped[String] = mapped_column(server_default="ACTIVE")
    state_reason: Mapped[String] = mapped_column(server_default="")
    """Why it is suspended or closed, for the merchant to read."""
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class MerchantRating(Base):
    """The sum of the ratings of all a merchant's products, kept by a trigger.

    It stands apart from the merchant's row because that row is locked FOR SHARE while products are written.
    """

    __tablename__ = "merchant_ratings"
    __table_args__ = (
        CheckConstraint("rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count", name="rating"),
    )

    merchant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"), primary_key=True
    )
    rating_sum: Mapped[BigInt]
    rating_count: Mapped[BigInt]


class MerchantLegalDetails(Base):
    """Who a merchant is before the law, as invoices and its imprint say; none until it has said so.

    It stands apart from the merchant's row because few who read that want it. `version` counts the changes.
    """

    __tablename__ = "merchant_legal_details"
    __table_args__ = (
        CheckConstraint(f"country {COUNTRY}", name="country"),
        CheckConstraint(
            "char_length(name) BETWEEN 1 AND 200 AND char_length(line1) > 0 AND char_length(city) > 0"
            " AND char_length(postal_code) > 0",
            name="filled",
        ),
        CheckConstraint("tax_number ~ '^[A-Z0-9][A-Z0-9 ./+*-]{3,29}$'", name="tax_number"),
    )

    merchant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[String]
    line1: Mapped[String]
    line2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[String]
    region: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[String]
    country: Mapped[String]
    """ISO 3166-1 alpha-2."""
    tax_number: Mapped[String]
    email: Mapped[str | None] = mapped_column(Text)
    version: Mapped[BigInt] = mapped_column(server_default="1")
    changed_at: Mapped[Instant]
