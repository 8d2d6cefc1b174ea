"""Orders: one for the customer, a part for each merchant, lines, and what happened to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.orders import RELEASED, OrderStatus, PartStatus
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of
from models.customers import CURRENCY

ORDER_NUMBERS = Sequence("order_numbers", start=100_001, metadata=Base.metadata)
_MONEY = ("subtotal", "discount", "shipping", "shipping_discount", "tax", "points_worth", "total", "refunded")
_SUM = "total = subtotal - discount + shipping + CASE WHEN tax_included THEN 0 ELSE tax END - points_worth"
_NOT_NEGATIVE = " AND ".join(f"{column} >= 0" for column in _MONEY)


class Order(Base):
    """An order, in minor units of its currency; whoever holds the token of the cart it was made from sees it as well.

    `price` holds what the price was made of and how, frozen: the trace, who pays for which discount. `reserved_until`
    is when it lets go what it holds unless it is paid. `paid` is what has been taken in, `refunded` what of that was
    given back. `version` counts the changes.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(one_of("status", tuple(each.value for each in OrderStatus)), name="status"),
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("jsonb_typeof(address) = 'object'", name="address"),
        CheckConstraint("customer_id IS NOT NULL OR token_hash IS NOT NULL", name="holder"),
        CheckConstraint(_NOT_NEGATIVE, name="amounts"),
        CheckConstraint(_SUM, name="total"),
        CheckConstraint("paid >= 0 AND refunded <= paid", name="refunded"),
        CheckConstraint("points_used >= 0 AND points_earned >= 0", name="points"),
        CheckConstraint("cardinality(merchant_ids) > 0", name="merchant_ids"),
        Index("ix_orders_customer_id_id", "customer_id", text("id DESC")),
        Index("ix_orders_token_hash", "token_hash", postgresql_where=text("token_hash IS NOT NULL")),
        Index("ix_orders_reserved_until", "reserved_until", postgresql_where=text("status = 'PENDING_PAYMENT'")),
        Index("ix_orders_status_id", "status", text("id DESC")),
        Index("ix_orders_email", text("lower(email)")),
        # A cart that goes leaves all of its orders; one of them at a time holds something.
        Index("ix_orders_cart_id", "cart_id"),
        Index(
            "uq_orders_cart_id",
            "cart_id",
            unique=True,
            postgresql_where=text(f"NOT ({one_of('status', tuple(sorted(each.value for each in RELEASED)))})"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[String] = mapped_column(unique=True)
    """What people call it by: `NUMBER_PREFIX` and the next of `ORDER_NUMBERS`."""
    cart_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("carts.id", ondelete="SET NULL"))
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id", ondelete="RESTRICT"))
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    merchant_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Who has a part in it; the parts say the same."""
    email: Mapped[String]
    locale: Mapped[String]
    address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[String]
    status_reason: Mapped[str | None] = mapped_column(Text)
    """Why it was cancelled or failed, for the customer to read."""
    currency: Mapped[String]
    tax_included: Mapped[bool] = mapped_column(Boolean)
    subtotal: Mapped[BigInt]
    discount: Mapped[BigInt]
    shipping: Mapped[BigInt]
    shipping_discount: Mapped[BigInt]
    tax: Mapped[BigInt]
    points_worth: Mapped[BigInt]
    total: Mapped[BigInt]
    paid: Mapped[int] = mapped_column(BigInteger, server_default="0")
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    points_used: Mapped[BigInt]
    points_earned: Mapped[BigInt]
    price: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reserved_until: Mapped[Instant]
    placed_at: Mapped[Instant]
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was delivered, cancelled, failed or expired."""
    version: Mapped[BigInt] = mapped_column(server_default="1")


class OrderPart(Base):
    """What an order has from one merchant: sent, refunded and settled by itself; sums as the order's.

    `platform_funding` is what the platform pays the merchant of discounts, points and gifts, `commission` what the
    platform keeps of the goods. Promotions' budgets pay `platform_budget` of that funding, and `merchant_budget` of
    what the merchant's own promotions take off. All minor units of the order's currency.
    """

    __tablename__ = "order_parts"
    __table_args__ = (
        CheckConstraint(one_of("status", tuple(each.value for each in PartStatus)), name="status"),
        CheckConstraint(_NOT_NEGATIVE, name="amounts"),
        CheckConstraint(_SUM, name="total"),
        CheckConstraint(
            "commission >= 0 AND merchant_budget >= 0 AND platform_budget BETWEEN 0 AND platform_funding",
            name="settlement",
        ),
        CheckConstraint("refunded <= total", name="refunded"),
        UniqueConstraint("order_id", "merchant_id"),
        UniqueConstraint("id", "order_id", "merchant_id"),
        Index("ix_order_parts_merchant_id_id", "merchant_id", text("id DESC")),
        Index("ix_order_parts_merchant_id_status_id", "merchant_id", "status", text("id DESC")),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    status: Mapped[String]
    delivery_method: Mapped[String]
    delivery_label: Mapped[String]
    tax_included: Mapped[bool] = mapped_column(Boolean)
    subtotal: Mapped[BigInt]
    discount: Mapped[BigInt]
    shipping: Mapped[BigInt]
    shipping_discount: Mapped[BigInt]
    tax: Mapped[BigInt]
    shipping_tax: Mapped[BigInt]
    points_worth: Mapped[BigInt]
    total: Mapped[BigInt]
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    shipping_refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """What of `refunded` was for the delivery."""
    points_used: Mapped[BigInt]
    points_earned: Mapped[BigInt]
    platform_funding: Mapped[BigInt]
    platform_budget: Mapped[BigInt]
    merchant_budget: Mapped[BigInt]
    commission: Mapped[BigInt]
    version: Mapped[BigInt] = mapped_column(server_default="1")


class OrderLine(Base):
    """So many pieces of a variant as they were bought: what they were called and cost then.

    `base` is quantity x unit price, `net` that without `discount`, `total` what is paid in money: net, with the tax
    where it comes on top, without the points' worth. `discounts` is a list of {kind, promotion_id, amount, platform,
    merchant}; of them and of the points the platform pays `platform_funding`. `fulfilled`, `cancelled` and `returned`
    count pieces; `refunded` is money, `points_returned` points.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        Index("ix_order_lines_category_id", "category_id"),
        Index("ix_order_lines_product_id", "product_id"),
        ForeignKeyConstraint(
            ["part_id", "order_id", "merchant_id"],
            ["order_parts.id", "order_parts.order_id", "order_parts.merchant_id"],
            ondelete="RESTRICT",
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("base = quantity * unit_price AND net = base - discount AND net >= 0", name="net"),
        CheckConstraint(
            "total = net + CASE WHEN tax_included THEN 0 ELSE tax END - points_worth AND total >= 0", name="total"
        ),
        CheckConstraint(
            "unit_price >= 0 AND discount >= 0 AND tax >= 0 AND points_worth >= 0 AND commission >= 0"
            " AND platform_funding >= 0",
            name="amounts",
        ),
        CheckConstraint("fulfilled >= 0 AND cancelled >= 0 AND fulfilled + cancelled <= quantity", name="fulfilled"),
        CheckConstraint("returned BETWEEN 0 AND fulfilled", name="returned"),
        CheckConstraint("refunded BETWEEN 0 AND total", name="refunded"),
        CheckConstraint("points_returned BETWEEN 0 AND points_used", name="points_returned"),
        Index("ix_order_lines_order_id_id", "order_id", "id"),
        Index("ix_order_lines_part_id", "part_id"),
        Index("ix_order_lines_variant_id", "variant_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt]
    part_id: Mapped[BigInt]
    merchant_id: Mapped[BigInt]
    variant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="SET NULL"))
    product_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("products.id", ondelete="SET NULL"))
    category_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("categories.id", ondelete="SET NULL"))
    sku: Mapped[String]
    name: Mapped[String]
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[BigInt]
    is_gift: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    tax_included: Mapped[bool] = mapped_column(Boolean)
    base: Mapped[BigInt]
    discount: Mapped[BigInt]
    discounts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    net: Mapped[BigInt]
    tax: Mapped[BigInt]
    tax_rate_bp: Mapped[int] = mapped_column(Integer)
    points_used: Mapped[BigInt]
    points_worth: Mapped[BigInt]
    points_earned: Mapped[BigInt]
    total: Mapped[BigInt]
    platform_funding: Mapped[BigInt]
    commission: Mapped[BigInt]
    fulfilled: Mapped[int] = mapped_column(Integer, server_default="0")
    cancelled: Mapped[int] = mapped_column(Integer, server_default="0")
    returned: Mapped[int] = mapped_column(Integer, server_default="0")
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    points_returned: Mapped[int] = mapped_column(BigInteger, server_default="0")


class OrderEntry(Base):
    """One thing that happened to an order, for its timeline; written once, never changed.

    `merchant_id` where it is about one merchant's part. `account_id` did it; null for the customer without an account,
    a provider or the clock. `data` holds what there is to say, such as amounts and tracking numbers.
    """

    __tablename__ = "order_entries"
    __table_args__ = (
        Index("ix_order_entries_order_id_id", "order_id", "id"),
        Index("ix_order_entries_account_id", "account_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="RESTRICT"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"))
    action: Mapped[String]
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[CreatedAt]
