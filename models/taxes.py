"""Where which taxes are raised."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.money import Rounding
from domain.tax import TaxRounding
from models.base import Base, Id, String, one_of
from models.customers import COUNTRY


class TaxRegion(Base):
    """A country, or a region of one, whose prices contain the tax (`inclusive`) or get it on top.

    `per` and `rounding` are `domain.tax.TaxRounding` and `domain.money.Rounding`. The one that `is_default` holds for
    carts without an address.
    """

    __tablename__ = "tax_regions"
    __table_args__ = (
        UniqueConstraint("country", "region", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"country {COUNTRY}", name="country"),
        CheckConstraint("region = upper(region) AND char_length(region) BETWEEN 1 AND 40", name="region"),
        CheckConstraint(one_of("per", tuple(each.value for each in TaxRounding)), name="per"),
        CheckConstraint(one_of("rounding", tuple(each.value for each in Rounding)), name="rounding"),
        Index("uq_tax_regions_is_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[Id]
    country: Mapped[String]
    region: Mapped[str | None] = mapped_column(Text)
    name: Mapped[String]
    """What the tax is called there: VAT."""
    inclusive: Mapped[bool]
    per: Mapped[String] = mapped_column(server_default=TaxRounding.PER_LINE.value)
    rounding: Mapped[String] = mapped_column(server_default=Rounding.HALF_UP.value)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")


class TaxRate(Base):
    """The rate of a tax class in a region, in basis points; a class without one has that of `standard`."""

    __tablename__ = "tax_rates"
    __table_args__ = (CheckConstraint("rate_bp BETWEEN 0 AND 100000", name="rate_bp"),)

    region_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("tax_regions.id", ondelete="CASCADE"), primary_key=True
    )
    tax_class: Mapped[String] = mapped_column(primary_key=True)
    rate_bp: Mapped[int] = mapped_column(Integer)
