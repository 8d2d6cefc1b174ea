"""Merchants: the sellers of the marketplace."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

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
