"""Carts, their lines, coupon codes and deliveries; wish lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain import carts as rules
from models.base import Base, BigInt, CreatedAt, Id, Instant, String
from models.customers import CURRENCY

CODE = "~ '^[a-z0-9][a-z0-9_-]{0,39}$'"


class Cart(Base):
    """A cart, of a customer or of whoever holds its token; only the token's SHA-256 is kept.

    `address` holds the fields of `domain.customers.Address`. `delivery_method` is the code that was chosen for all
    merchants. `order_id` is the order that was made of it; null again when that failed. `version` counts the changes.
    """

    __tablename__ = "carts"
    __table_args__ = (
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
        CheckConstraint("customer_id IS NOT NULL OR token_hash IS NOT NULL", name="holder"),
        CheckConstraint("jsonb_typeof(address) = 'object'", name="address"),
        CheckConstraint(f"delivery_method {CODE}", name="delivery_method"),
        CheckConstraint("points_asked >= 0", name="points_asked"),
        Index("ix_carts_customer_id_changed_at_id", "customer_id", text("changed_at DESC"), text("id DESC")),
        Index("ix_carts_changed_at", "changed_at"),
        Index("ix_carts_order_id", "order_id"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    currency: Mapped[String]
    email: Mapped[str | None] = mapped_column(Text)
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    delivery_method: Mapped[str | None] = mapped_column(Text)
    points_asked: Mapped[int] = mapped_column(BigInteger, server_default="0")
    order_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("orders.id", ondelete="SET NULL", use_alter=True)
    )
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class CartLine(Base):
    """So many pieces of a variant, in the cart or saved for later; each variant once.

    `unit_price` is what one piece cost when it was put in, in minor units of the cart's currency; null if there was no
    price in it. `name` is what it was called then: a variant that is deleted leaves its line behind, without it.
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {rules.QUANTITY_MAX}", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        Index("ix_cart_lines_variant_id", "variant_id"),
    )

    id: Mapped[Id]
    cart_id: Mapped[BigInt] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    variant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="SET NULL"))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[String]
    saved: Mapped[bool] = mapped_column(server_default=text("false"))
    added_at: Mapped[Instant]


class CartCoupon(Base):
    """A coupon's code in a cart, as it was given, whether there is such a coupon or not."""

    __tablename__ = "cart_coupons"
    __table_args__ = (
        CheckConstraint(f"char_length(code) BETWEEN 1 AND {rules.CODE_LENGTH_MAX}", name="code"),
        CheckConstraint(f"position BETWEEN 0 AND {rules.COUPONS_MAX - 1}", name="position"),
    )

    cart_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[String] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class CartDelivery(Base):
    """How one merchant's part of a cart is sent, where that is not the cart's own method."""

    __tablename__ = "cart_deliveries"
    __table_args__ = (CheckConstraint(f"method {CODE}", name="method"),)

    cart_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True)
    merchant_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[String]


class WishlistItem(Base):
    """A variant that a customer wishes for."""

    __tablename__ = "wishlist_items"
    __table_args__ = (
        UniqueConstraint("customer_id", "variant_id"),
        Index("ix_wishlist_items_customer_id_id", "customer_id", "id"),
        Index("ix_wishlist_items_variant_id", "variant_id"),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    variant_id: Mapped[BigInt] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    added_at: Mapped[Instant]
