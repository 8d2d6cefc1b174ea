"""Warehouses and what lies in them."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, UniqueConstraint
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
