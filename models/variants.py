"""Variants of products: what is sold, with its SKU and its prices."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String


class Variant(Base):
    """One sellable form of a product; `option_values` is `[{"name": "Size", "value": "M"}]` in the product's order."""

    __tablename__ = "variants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["product_id", "merchant_id"], ["products.id", "products.merchant_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("merchant_id", "sku"),
        UniqueConstraint("id", "product_id"),
        Index("ix_variants_product_id_position_id", "product_id", "position", "id"),
        CheckConstraint("jsonb_typeof(option_values) = 'array'", name="option_values"),
        CheckConstraint("weight_grams >= 0", name="weight_grams"),
    )

    id: Mapped[Id]
    product_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    sku: Mapped[String]
    name: Mapped[String] = mapped_column(server_default="")
    option_values: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    weight_grams: Mapped[int | None] = mapped_column(Integer)
    barcode: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]


class VariantPrice(Base):
    """A variant's price in one currency, in minor units; `compare_at` is the former, higher price."""

    __tablename__ = "variant_prices"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "product_id"], ["variants.id", "variants.product_id"], ondelete="CASCADE"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("compare_at > amount", name="compare_at"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("ix_variant_prices_product_id", "product_id"),
    )

    variant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    currency: Mapped[String] = mapped_column(primary_key=True)
    product_id: Mapped[BigInt]
    amount: Mapped[BigInt]
    compare_at: Mapped[int | None] = mapped_column(BigInteger)
