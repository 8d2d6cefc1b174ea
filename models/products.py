"""Products and what hangs on the product itself: translations and the price range per currency."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

PRODUCT_STATUSES = ("DRAFT", "PUBLISHED", "ARCHIVED")


class Product(Base):
    """A product of one merchant. What is only ever read with it (options, media, attributes) is JSONB on the row.

    `listed` is kept by a trigger: PUBLISHED, and its merchant ACTIVE. `rating_sum` and `rating_count` are kept by
    triggers from the published reviews; `rating_score` is their average in ten-thousandths, an integer so that it sorts
    without ties being lost.
    """

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("merchant_id", "external_id"),
        UniqueConstraint("id", "merchant_id"),
        CheckConstraint(one_of("status", PRODUCT_STATUSES), name="status"),
        CheckConstraint("(status <> 'PUBLISHED') OR (published_at IS NOT NULL)", name="published_at"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("tax_class ~ '^[a-z][a-z_]{0,39}$'", name="tax_class"),
        CheckConstraint("rating_count >= 0 AND rating_sum BETWEEN rating_count AND 5 * rating_count", name="rating"),
        CheckConstraint(
            "jsonb_typeof(options) = 'array' AND jsonb_typeof(media) = 'array' AND jsonb_typeof(attributes) = 'object'",
            name="documents",
        ),
        Index(
            "ix_products_listed_published_at_id",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=text("listed"),
        ),
        Index("ix_products_listed_name_id", "name", "id", postgresql_where=text("listed")),
        Index(
            "ix_products_listed_rating_score_id",
            text("rating_score DESC"),
            text("id DESC"),
            postgresql_where=text("listed"),
        ),
        Index(
            "ix_products_listed_merchant_id_published_at_id",
            "merchant_id",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=text("listed"),
        ),
        Index("ix_products_category_id", "category_id"),
        Index("ix_products_merchant_id_id", "merchant_id", "id"),
        Index(
            "ix_products_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
        ),
    )

    id: Mapped[Id]
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id"))
    category_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("categories.id"))
    external_id: Mapped[str | None] = mapped_column(Text)
    slug: Mapped[String] = mapped_column(unique=True)
    status: Mapped[String] = mapped_column(server_default="DRAFT")
    name: Mapped[String]
    description: Mapped[String] = mapped_column(server_default="")
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    media: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tax_class: Mapped[String] = mapped_column(server_default="standard")
    """Which of a region's tax rates it has (`tax_rates`)."""
    listed: Mapped[bool] = mapped_column(server_default=text("false"))
    rating_sum: Mapped[BigInt] = mapped_column(server_default="0")
    rating_count: Mapped[BigInt] = mapped_column(server_default="0")
    rating_score: Mapped[int] = mapped_column(
        Integer,
        Computed(
            "CASE WHEN rating_count = 0 THEN 0 ELSE (rating_sum * 10000 / rating_count)::integer END", persisted=True
        ),
    )
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ProductTranslation(Base):
    """A product's name and description in another locale (BCP 47 tag). An empty description falls back too."""

    __tablename__ = "product_translations"

    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    locale: Mapped[String] = mapped_column(primary_key=True)
    name: Mapped[String]
    description: Mapped[String] = mapped_column(server_default="")


class ProductPrice(Base):
    """The least and the greatest price of a product's variants in one currency (minor units), kept by a trigger."""

    __tablename__ = "product_prices"
    __table_args__ = (
        Index("ix_product_prices_currency_min_amount_product_id", "currency", "min_amount", "product_id"),
        CheckConstraint("0 <= min_amount AND min_amount <= max_amount", name="range"),
    )

    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[String] = mapped_column(primary_key=True)
    min_amount: Mapped[BigInt]
    max_amount: Mapped[BigInt]
