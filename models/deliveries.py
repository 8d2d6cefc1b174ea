"""How goods are sent, and what that costs."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, String
from models.carts import CODE
from models.customers import CURRENCY


class DeliveryMethod(Base):
    """A way of sending one merchant's goods, or every merchant's who has none of that code (no merchant).

    `price` in minor units of `currency`; nothing from `free_from` on, for goods at list price; null: never free.
    `countries` are ISO 3166-1 alpha-2, null for everywhere.
    """

    __tablename__ = "delivery_methods"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code", "currency", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"code {CODE}", name="code"),
        CheckConstraint(f"currency {CURRENCY}", name="currency"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("free_from >= 0", name="free_from"),
        CheckConstraint("cardinality(countries) > 0", name="countries"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"))
    code: Mapped[String]
    label: Mapped[String]
    currency: Mapped[String]
    price: Mapped[int] = mapped_column(BigInteger)
    free_from: Mapped[int | None] = mapped_column(BigInteger)
    countries: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    tax_class: Mapped[String] = mapped_column(server_default="standard")
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
