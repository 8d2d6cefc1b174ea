"""The member club: levels, what members have spent, at which level they are and why."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.membership import Reason
from models.base import Base, BigInt, Id, Instant, String, one_of


class MembershipLevel(Base):
    """A level and its benefits, reached by spending `threshold` minor units within the window.

    `discount_bp` off the merchandise, no shipping costs from `free_shipping_from` minor units (null: never), points
    times `points_multiplier_bp` / 10,000.
    """

    __tablename__ = "membership_levels"
    __table_args__ = (
        UniqueConstraint("currency", "threshold", deferrable=True, initially="DEFERRED"),  # levels may swap places
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("threshold >= 0", name="threshold"),
        CheckConstraint("discount_bp BETWEEN 0 AND 10000", name="discount"),
        CheckConstraint("free_shipping_from >= 0", name="free_shipping_from"),
        CheckConstraint("points_multiplier_bp BETWEEN 0 AND 1000000", name="points_multiplier"),
    )

    id: Mapped[Id]
    name: Mapped[String] = mapped_column(unique=True)
    currency: Mapped[String]
    threshold: Mapped[BigInt]
    discount_bp: Mapped[int] = mapped_column(Integer, server_default="0")
    free_shipping_from: Mapped[int | None] = mapped_column(BigInteger)
    points_multiplier_bp: Mapped[int] = mapped_column(Integer, server_default="10000")


class MembershipLadder(Base):
    """All levels together, the one row of its kind: `version` counts how often they were changed."""

    __tablename__ = "membership_ladder"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, server_default="1")
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")


class MembershipSpend(Base):
    """What a customer has spent at one time; `refunded` of it was given back and does not count."""

    __tablename__ = "membership_spend"
    __table_args__ = (
        UniqueConstraint("reference_type", "reference_id"),
        CheckConstraint("amount > 0 AND refunded BETWEEN 0 AND amount", name="amount"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index(
            "ix_membership_spend_customer_id_spent_at",
            "customer_id",
            "spent_at",
            postgresql_include=["currency", "amount", "refunded"],
        ),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt]
    currency: Mapped[String]
    amount: Mapped[BigInt]
    refunded: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    spent_at: Mapped[Instant]


class MembershipRefund(Base):
    """What was taken back of a customer's spend at one time."""

    __tablename__ = "membership_refunds"
    __table_args__ = (
        UniqueConstraint("reference_type", "reference_id", "spend_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index("ix_membership_refunds_spend_id", "spend_id"),
    )

    id: Mapped[Id]
    spend_id: Mapped[BigInt] = mapped_column(ForeignKey("membership_spend.id"))
    amount: Mapped[BigInt]
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    refunded_at: Mapped[Instant]


class Membership(Base):
    """At which level a customer is, since when and why.

    At `review_at` so much of the spend leaves the window that the level is lost, or the shop has changed its levels:
    `review_reason` says which. Both are null when there is nothing to review.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(one_of("reason", tuple(each.value for each in Reason)), name="reason"),
        CheckConstraint("review_reason IN ('LAPSED', 'LEVELS_CHANGED')", name="review_reason"),
        CheckConstraint("(review_at IS NULL) = (review_reason IS NULL)", name="review"),
        Index("ix_memberships_review_at", "review_at", postgresql_where=text("review_at IS NOT NULL")),
        Index("ix_memberships_level_id", "level_id"),
    )

    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("membership_levels.id"))
    reason: Mapped[String]
    since: Mapped[Instant]
    review_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")


class MembershipChange(Base):
    """A change of a customer's level: from which to which, why, and what had been spent in the window."""

    __tablename__ = "membership_changes"
    __table_args__ = (
        CheckConstraint(one_of("reason", tuple(each.value for each in Reason)), name="reason"),
        CheckConstraint("from_level_id IS DISTINCT FROM to_level_id", name="levels"),
        Index("ix_membership_changes_customer_id_id", "customer_id", text("id DESC")),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt]
    from_level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("membership_levels.id"))
    to_level_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("membership_levels.id"))
    reason: Mapped[String]
    spend: Mapped[BigInt]
    occurred_at: Mapped[Instant]
