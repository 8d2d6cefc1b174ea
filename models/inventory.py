"""Warehouses and what lies in them."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String


class Warehouse(Base):
    """A place where a merchant keeps stock."""

    __tablename__ = "warehouses"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),)

    id: Mapped[Id]
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"))
    code: Mapped[String]
    name: Mapped[String]
    created_at: Mapped[CreatedAt]


class StockLevel(Base):
    """Units of one variant in one warehouse: `on_hand` lie there, `reserved` of them are promised to orders."""

    __tablename__ = "stock_levels"
    __table_args__ = (CheckConstraint("on_hand >= reserved AND reserved >= 0", name="units"),)

    variant_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    warehouse_id: Mapped[BigInt] = mapped_column(ForeignKey("warehouses.id", ondelete="CASCADE"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(Integer)
    reserved: Mapped[int] = mapped_column(Integer, server_default="0")


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
