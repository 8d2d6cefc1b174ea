"""Warehouses and what lies in them."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Sequence, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory import PRIORITY_MAX, MovementKind, Supply
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of
from models.customers import COUNTRY

STOCK_TRANSFERS = Sequence("stock_transfers", metadata=Base.metadata)
"""The numbers of transfers: what left and what came refer to the same one."""


class Warehouse(Base):
    """A place where a merchant keeps stock; nothing lies in one that is not `active`.

    `country` (ISO 3166-1 alpha-2, null when nobody has said) and `priority`, 1 before 2, say which of them sends:
    `domain.sourcing`.
    """

    __tablename__ = "warehouses"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        CheckConstraint(f"country {COUNTRY}", name="country"),
        CheckConstraint(f"priority BETWEEN 1 AND {PRIORITY_MAX}", name="priority"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"))
    code: Mapped[String]
    name: Mapped[String]
    country: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(Integer, server_default="100")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class StockLevel(Base):
    """Units of one variant in one warehouse: `on_hand` lie there, `reserved` of them are promised to orders."""

    __tablename__ = "stock_levels"
    __table_args__ = (CheckConstraint("on_hand >= reserved AND reserved >= 0", name="units"),)

    variant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[BigInt] = mapped_column(ForeignKey("warehouses.id", ondelete="CASCADE"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, server_default="0")


class StockMovement(Base):
    """Units that came to a level (`difference` above zero) or left it; `on_hand` is how many lay there then.

    A trigger of the levels writes these rows, whoever changes one, and nobody else can; they are never changed. What
    `services.stock_movements.because` has said in the transaction stands in kind, reason, reference and who did it.
    Variants and warehouses may be gone.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(one_of("kind", tuple(each.value for each in MovementKind)), name="kind"),
        CheckConstraint("difference <> 0 AND on_hand >= 0", name="units"),
        CheckConstraint("(reference_type IS NULL) = (reference_id IS NULL)", name="reference"),
        Index("ix_stock_movements_merchant_id_id", "merchant_id", "id"),
        Index("ix_stock_movements_variant_id_id", "variant_id", "id"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[BigInt]
    variant_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt]
    kind: Mapped[String]
    difference: Mapped[int] = mapped_column(Integer)
    on_hand: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
    reference_type: Mapped[str | None] = mapped_column(Text)
    reference_id: Mapped[int | None] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    partner_id: Mapped[int | None] = mapped_column(BigInteger)
    moved_at: Mapped[CreatedAt]


class StockReservation(Base):
    """Units of a level that are promised to a line of an order; `shipped` of them have left, `released` were let go.

    What is neither stands in the level's `reserved`. `reason` says why they come from this warehouse.
    """

    __tablename__ = "stock_reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("shipped >= 0 AND released >= 0 AND shipped + released <= quantity", name="units"),
        UniqueConstraint("line_id", "warehouse_id"),
        Index("ix_stock_reservations_order_id", "order_id"),
        Index("ix_stock_reservations_variant_id_warehouse_id", "variant_id", "warehouse_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[BigInt] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    line_id: Mapped[BigInt] = mapped_column(ForeignKey("order_lines.id", ondelete="RESTRICT"))
    variant_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt]
    quantity: Mapped[int] = mapped_column(Integer)
    shipped: Mapped[int] = mapped_column(Integer, server_default="0")
    released: Mapped[int] = mapped_column(Integer, server_default="0")
    reason: Mapped[String] = mapped_column(server_default="")


class StockThreshold(Base):
    """From how many sellable units on a variant is low, and how its supply was found to be last."""

    __tablename__ = "stock_thresholds"
    __table_args__ = (
        CheckConstraint("threshold > 0", name="threshold"),
        CheckConstraint(one_of("supply", tuple(each.value for each in Supply)), name="supply"),
    )

    variant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"))
    threshold: Mapped[int] = mapped_column(Integer)
    supply: Mapped[String] = mapped_column(server_default=Supply.ENOUGH.value)


class StockAlert(Base):
    """A customer who wants a mail when a variant can be bought again; gone when the mail is on its way."""

    __tablename__ = "stock_alerts"
    __table_args__ = (
        UniqueConstraint("customer_id", "variant_id"),
        Index("ix_stock_alerts_variant_id", "variant_id"),
    )

    id: Mapped[Id]
    customer_id: Mapped[BigInt] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    variant_id: Mapped[BigInt] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    set_at: Mapped[Instant]
