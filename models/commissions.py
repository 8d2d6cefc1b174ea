"""What the platform keeps of what merchants sell."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, Id


class CommissionRule(Base):
    """A rate in basis points of the goods' net price, for a merchant, a category with those below it, both, or all.

    The closest rule holds: the merchant's before everybody's, then the nearest category's.
    """

    __tablename__ = "commission_rules"
    __table_args__ = (
        UniqueConstraint("merchant_id", "category_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_bp"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("categories.id", ondelete="CASCADE"))
    rate_bp: Mapped[int] = mapped_column(Integer)
    version: Mapped[BigInt] = mapped_column(server_default="1")
