"""The category tree, its translations, and which listed products stand below which category."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String


class Category(Base):
    """A node of the tree. A trigger keeps `path` (ids from the root to the node itself) and refuses cycles."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("parent_id", "name", postgresql_nulls_not_distinct=True),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        Index("ix_categories_path", "path", postgresql_using="gin"),
        Index("ix_categories_parent_id_position_id", "parent_id", "position", "id"),
    )

    id: Mapped[Id]
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("categories.id", ondelete="RESTRICT"))
    slug: Mapped[String] = mapped_column(unique=True)
    name: Mapped[String]
    description: Mapped[String] = mapped_column(server_default="")
    position: Mapped[int] = mapped_column(server_default="0")
    path: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class CategoryTranslation(Base):
    """A category's name in another locale (BCP 47 tag, such as "de" or "pt-BR")."""

    __tablename__ = "category_translations"

    category_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True
    )
    locale: Mapped[String] = mapped_column(primary_key=True)
    name: Mapped[String]


class ProductCategory(Base):
    """One row for each listed product and each of its category's ancestors (itself included), kept by triggers.

    It answers "the newest products of this category and all below it" with one range scan of an index.
    """

    __tablename__ = "product_categories"
    __table_args__ = (
        Index(
            "ix_product_categories_category_id_published_at_product_id",
            "category_id",
            text("published_at DESC"),
            text("product_id DESC"),
        ),
    )

    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    category_id: Mapped[BigInt] = mapped_column(ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
