"""Points: programmes and their rates, lots with their expiry, reservations, and what moved in which lot."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.ledger import PROGRAMME
from domain.points import LotState, ReservationState
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of


class PointsProgramme(Base):
    """A kind of points; its code is the ledger's currency for them.

    Points expire `expires_after_days` after they became available, never if that is null. Points that are given back
    after their lot has expired live for another `return_grace_days`.
    """

    __tablename__ = "points_programmes"
    __table_args__ = (
        CheckConstraint(f"code ~ '^{PROGRAMME}$'", name="code"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("expires_after_days > 0 AND return_grace_days >= 0", name="days"),
    )

    code: Mapped[String] = mapped_column(primary_key=True)
    name: Mapped[String]
    currency: Mapped[String]
    expires_after_days: Mapped[int | None] = mapped_column(Integer)
    return_grace_days: Mapped[int] = mapped_column(Integer, server_default="30")
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")


class PointsRate(Base):
    """What is earned and what a point is worth, of the platform (no merchant) or at one merchant's.

    `earn_bp` points for 10,000 minor units spent; a point pays `burn_bp` / 10,000 minor units.
    """

    __tablename__ = "points_rates"
    __table_args__ = (
        UniqueConstraint("programme", "merchant_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("earn_bp >= 0 AND burn_bp >= 0", name="rates"),
    )

    id: Mapped[Id]
    programme: Mapped[String] = mapped_column(ForeignKey("points_programmes.code"))
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"))
    earn_bp: Mapped[int] = mapped_column(Integer)
    burn_bp: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")


class PointsLot(Base):
    """Points that were earned at once and expire at once.

    `remaining` is kept by a trigger from `points_lot_movements`; a lot is PENDING until what it was earned by is
    delivered. `issuer_*` is who gave the points, whose account in the ledger they come from.
    """

    __tablename__ = "points_lots"
    __table_args__ = (
        CheckConstraint(one_of("state", tuple(each.value for each in LotState)), name="state"),
        CheckConstraint("granted > 0 AND remaining BETWEEN 0 AND granted", name="remaining"),
        CheckConstraint("issuer_type IN ('PLATFORM', 'MERCHANT')", name="issuer"),
        CheckConstraint("expires_at IS NULL OR state = 'AVAILABLE'", name="expires_at"),
        Index("uq_points_lots_transaction_id", "transaction_id", unique=True),
        Index(
            "ix_points_lots_held",
            "customer_id",
            "programme",
            "state",
            "expires_at",
            "id",
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "ix_points_lots_expires_at",
            "expires_at",
            "customer_id",
            postgresql_where=text("remaining > 0 AND state = 'AVAILABLE'"),
        ),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt]
    programme: Mapped[String] = mapped_column(ForeignKey("points_programmes.code"))
    issuer_type: Mapped[String]
    issuer_id: Mapped[BigInt]
    state: Mapped[String]
    granted: Mapped[BigInt]
    remaining: Mapped[int] = mapped_column(BigInteger, server_default="0")
    transaction_id: Mapped[BigInt] = mapped_column(ForeignKey("ledger_transactions.id"))
    earned_at: Mapped[Instant]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PointsReservation(Base):
    """Points that are promised to something, such as an order, until it takes them, lets them go, or time is up.

    `returned` of a REDEEMED one's points have been given back.
    """

    __tablename__ = "points_reservations"
    __table_args__ = (
        CheckConstraint(one_of("state", tuple(each.value for each in ReservationState)), name="state"),
        CheckConstraint("(state = 'RESERVED') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint("points > 0 AND returned BETWEEN 0 AND points", name="points"),
        CheckConstraint("returned = 0 OR state = 'REDEEMED'", name="returned"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index(
            "uq_points_reservations_reference",
            "reference_type",
            "reference_id",
            "programme",
            unique=True,
            postgresql_where=text("state <> 'RELEASED'"),
        ),
        Index("ix_points_reservations_expires_at", "expires_at", postgresql_where=text("state = 'RESERVED'")),
        Index("ix_points_reservations_customer_id", "customer_id", postgresql_where=text("state = 'RESERVED'")),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt]
    programme: Mapped[String] = mapped_column(ForeignKey("points_programmes.code"))
    points: Mapped[BigInt]
    returned: Mapped[int] = mapped_column(BigInteger, server_default="0")
    state: Mapped[String]
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    expires_at: Mapped[Instant]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class PointsLotMovement(Base):
    """Points that came into a lot (above zero) or left it, and by which transaction. Never changed, never deleted."""

    __tablename__ = "points_lot_movements"
    __table_args__ = (
        CheckConstraint("points <> 0", name="points"),
        Index("ix_points_lot_movements_lot_id", "lot_id"),
        Index(
            "ix_points_lot_movements_reservation_id",
            "reservation_id",
            postgresql_where=text("reservation_id IS NOT NULL"),
        ),
        Index("ix_points_lot_movements_transaction_id", "transaction_id"),
    )

    id: Mapped[Id]
    lot_id: Mapped[BigInt] = mapped_column(ForeignKey("points_lots.id"))
    transaction_id: Mapped[BigInt] = mapped_column(ForeignKey("ledger_transactions.id"))
    reservation_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("points_reservations.id"))
    points: Mapped[BigInt]
