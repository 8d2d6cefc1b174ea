"""Promotions: their terms, how often they were used, coupons, and what is reserved for carts and orders."""

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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.coupons import CODE, Method, ReservationState, State
from domain.promotion_terms import BENEFITS
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of

_NONE = text("'{}'")
_SHAPES = """
CASE benefit
    WHEN 'PERCENTAGE' THEN percent_bp IS NOT NULL
        AND num_nonnulls(amount, step_spends, buy_quantity, gift_variant_id) = 0
    WHEN 'FIXED_SUM' THEN amount IS NOT NULL
        AND num_nonnulls(percent_bp, maximum, step_spends, buy_quantity, gift_variant_id) = 0
    WHEN 'SPEND_STEPS' THEN step_spends IS NOT NULL
        AND num_nonnulls(percent_bp, maximum, amount, buy_quantity, gift_variant_id) = 0
    WHEN 'FREE_SHIPPING' THEN num_nonnulls(percent_bp, amount, step_spends, buy_quantity, gift_variant_id) = 0
    WHEN 'BUY_GET' THEN num_nonnulls(percent_bp, buy_quantity) = 2
        AND num_nonnulls(maximum, amount, step_spends, gift_variant_id) = 0
    WHEN 'GIFT' THEN gift_variant_id IS NOT NULL
        AND num_nonnulls(percent_bp, maximum, amount, step_spends, buy_quantity) = 0
    ELSE false
END"""
"""What each kind of benefit is made of."""
_HOLDS_SUMS = "num_nonnulls(amount, step_spends, maximum, gift_variant_id, budget) > 0 OR minimum_spend > 0"


class Promotion(Base):
    """What a coupon or an automatic promotion gives, to what, when, and who pays: `domain.promotions` as a row.

    No merchant: it is the platform's. Terms change while it is a DRAFT, and never after. Sums are minor units of its
    one currency.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint(one_of("state", tuple(each.value for each in State)), name="state"),
        CheckConstraint(one_of("method", tuple(each.value for each in Method)), name="method"),
        CheckConstraint(one_of("benefit", tuple(BENEFITS)), name="benefit"),
        CheckConstraint(_SHAPES, name="shape"),
        CheckConstraint("percent_bp BETWEEN 1 AND 10000", name="percent"),
        CheckConstraint("amount > 0 AND maximum > 0", name="sums"),
        CheckConstraint("souk_steps_rise(step_spends, step_saves)", name="steps"),
        CheckConstraint("buy_quantity > 0 AND get_quantity > 0 AND times > 0", name="buy_get"),
        CheckConstraint(
            "(buy_quantity IS NULL) = (get_quantity IS NULL)"
            " AND (buy_quantity IS NOT NULL OR num_nonnulls(times, gets) = 0)",
            name="buy_get_whole",
        ),
        CheckConstraint("jsonb_typeof(gets) = 'object'", name="gets"),
        CheckConstraint("(gift_variant_id IS NULL) = (gift_quantity IS NULL) AND gift_quantity > 0", name="gift"),
        CheckConstraint(f"NOT ({_HOLDS_SUMS}) OR cardinality(currencies) = 1", name="currency_of_sums"),
        CheckConstraint("array_to_string(currencies, ',') ~ '^([A-Z]{3}(,[A-Z]{3})*)?$'", name="currencies"),
        CheckConstraint("minimum_spend >= 0 AND minimum_quantity >= 0", name="minimums"),
        CheckConstraint("starts_at < ends_at", name="dates"),
        CheckConstraint("claim_from < claim_until", name="claim_dates"),
        CheckConstraint(
            "method = 'CLAIM' OR num_nonnulls(claim_from, claim_until, valid_days) = 0", name="claimed_ones"
        ),
        CheckConstraint("total_limit > 0 AND customer_limit > 0 AND valid_days > 0 AND budget > 0", name="limits"),
        CheckConstraint("method <> 'CLAIM' OR customer_limit IS NOT NULL", name="claims_limited"),
        CheckConstraint("platform_share_bp BETWEEN 0 AND 10000", name="platform_share"),
        CheckConstraint("merchant_id IS NULL OR merchant_ids = ARRAY[merchant_id]", name="own_goods"),
        CheckConstraint("char_length(title) BETWEEN 1 AND 100", name="title"),
        Index("ix_promotions_merchant_id_id", "merchant_id", "id"),
        Index("ix_promotions_running", "method", "id", postgresql_where=text("state = 'ACTIVE'")),
        Index("ix_promotions_gift_variant_id", "gift_variant_id", postgresql_where=text("gift_variant_id IS NOT NULL")),
        Index("ix_promotions_level_id", "level_id", postgresql_where=text("level_id IS NOT NULL")),
    )

    id: Mapped[Id]
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"))
    title: Mapped[String]
    method: Mapped[String]
    state: Mapped[String] = mapped_column(server_default="DRAFT")

    benefit: Mapped[String]
    percent_bp: Mapped[int | None] = mapped_column(Integer)
    maximum: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    step_spends: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    step_saves: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    buy_quantity: Mapped[int | None] = mapped_column(Integer)
    get_quantity: Mapped[int | None] = mapped_column(Integer)
    times: Mapped[int | None] = mapped_column(Integer)
    gets: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    """A scope of its own for the reduced pieces: merchant_ids, category_ids, collection_ids, product_ids, label."""
    gift_variant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="RESTRICT"))
    gift_quantity: Mapped[int | None] = mapped_column(Integer)

    merchant_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    category_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    collection_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    product_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    scope_label: Mapped[String] = mapped_column(server_default="")

    starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    currencies: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    minimum_spend: Mapped[int] = mapped_column(BigInteger, server_default="0")
    minimum_quantity: Mapped[int] = mapped_column(Integer, server_default="0")
    level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("membership_levels.id"))
    segments: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_NONE)
    first_order: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    rule: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))

    exclusive: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    group_name: Mapped[str | None] = mapped_column(Text)
    combines_with: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    priority: Mapped[int] = mapped_column(Integer, server_default="0")

    platform_share_bp: Mapped[int] = mapped_column(Integer)
    budget: Mapped[int | None] = mapped_column(BigInteger)
    """What its owner sets aside for its own part of what is taken off."""
    total_limit: Mapped[int | None] = mapped_column(Integer)
    customer_limit: Mapped[int | None] = mapped_column(Integer)
    claim_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    claim_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    valid_days: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
    created_at: Mapped[CreatedAt]


class PromotionCounter(Base):
    """How often a promotion was claimed and used and what of its budget is spent, where there is a limit to that.

    Made when it becomes active, with its limits. One without limits has none, so that carts need not wait for each
    other. `spent` holds what is reserved, too.
    """

    __tablename__ = "promotion_counters"
    __table_args__ = (
        CheckConstraint("claimed BETWEEN 0 AND coalesce(total_limit, claimed)", name="claimed"),
        CheckConstraint(
            "reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= coalesce(total_limit, reserved + redeemed)",
            name="used",
        ),
        CheckConstraint("spent BETWEEN 0 AND coalesce(budget, 0)", name="spent"),
        CheckConstraint("total_limit > 0", name="total_limit"),
    )

    promotion_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    total_limit: Mapped[int | None] = mapped_column(Integer)
    claimed: Mapped[int] = mapped_column(Integer, server_default="0")
    reserved: Mapped[int] = mapped_column(Integer, server_default="0")
    redeemed: Mapped[int] = mapped_column(Integer, server_default="0")
    budget: Mapped[int | None] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger, server_default="0")


class PromotionCustomer(Base):
    """How often one customer has claimed and used a promotion that has a limit for each customer."""

    __tablename__ = "promotion_customers"
    __table_args__ = (
        CheckConstraint("claimed BETWEEN 0 AND customer_limit", name="claimed"),
        CheckConstraint("reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= customer_limit", name="used"),
        Index("ix_promotion_customers_customer_id", "customer_id"),
    )

    promotion_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    customer_limit: Mapped[int] = mapped_column(Integer)
    claimed: Mapped[int] = mapped_column(Integer, server_default="0")
    reserved: Mapped[int] = mapped_column(Integer, server_default="0")
    redeemed: Mapped[int] = mapped_column(Integer, server_default="0")


class Coupon(Base):
    """A code of a promotion; with a customer, one that was claimed: good for that customer alone, once.

    Without a `use_limit` it is used as often as its promotion allows, and nothing is counted here.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("promotion_id", "code"),
        UniqueConstraint("id", "promotion_id"),  # for the reservations' foreign key
        CheckConstraint(f"code ~ '{CODE}'", name="code"),
        CheckConstraint(
            "reserved >= 0 AND redeemed >= 0 AND reserved + redeemed <= coalesce(use_limit, 0)", name="used"
        ),
        CheckConstraint("use_limit > 0", name="use_limit"),
        CheckConstraint("(customer_id IS NULL) = (claimed_at IS NULL)", name="claimed"),
        CheckConstraint("customer_id IS NULL OR coalesce(use_limit, 0) = 1", name="claimed_once"),
        CheckConstraint("valid_until IS NULL OR customer_id IS NOT NULL", name="valid_until"),
        Index("ix_coupons_code", "code"),
        Index("ix_coupons_customer_id_id", "customer_id", "id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    id: Mapped[Id]
    promotion_id: Mapped[BigInt] = mapped_column(ForeignKey("promotions.id", ondelete="CASCADE"))
    code: Mapped[String]
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id", ondelete="RESTRICT"))
    use_limit: Mapped[int | None] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, server_default="0")
    redeemed: Mapped[int] = mapped_column(Integer, server_default="0")
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class CouponReservation(Base):
    """One promotion that is promised to something, such as an order, until that takes it, lets it go, or time is up.

    `amount` is what it takes off; `funded` of that is paid from the promotion's budget.
    """

    __tablename__ = "coupon_reservations"
    __table_args__ = (
        ForeignKeyConstraint(["coupon_id", "promotion_id"], ["coupons.id", "coupons.promotion_id"]),
        CheckConstraint(one_of("state", tuple(each.value for each in ReservationState)), name="state"),
        CheckConstraint("(state = 'RESERVED') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint(
            "platform_amount BETWEEN 0 AND amount AND funded IN (0, platform_amount, amount - platform_amount)",
            name="amounts",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index(
            "uq_coupon_reservations_reference",
            "reference_type",
            "reference_id",
            "promotion_id",
            unique=True,
            postgresql_where=text("state IN ('RESERVED', 'REDEEMED')"),
        ),
        Index("ix_coupon_reservations_reference", "reference_type", "reference_id"),  # whatever became of them
        Index("ix_coupon_reservations_expires_at", "expires_at", postgresql_where=text("state = 'RESERVED'")),
        Index("ix_coupon_reservations_promotion_id", "promotion_id", "id"),
        Index("ix_coupon_reservations_coupon_id", "coupon_id", postgresql_where=text("coupon_id IS NOT NULL")),
        Index("ix_coupon_reservations_customer_id", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    )

    id: Mapped[Id]
    promotion_id: Mapped[BigInt] = mapped_column(ForeignKey("promotions.id", ondelete="RESTRICT"))
    coupon_id: Mapped[int | None] = mapped_column(BigInteger)
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id", ondelete="RESTRICT"))
    state: Mapped[String]
    currency: Mapped[String]
    amount: Mapped[BigInt]
    platform_amount: Mapped[BigInt]
    funded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    expires_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
