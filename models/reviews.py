"""Reviews of products."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

REVIEW_STATES = ("PUBLISHED", "HIDDEN")


class Review(Base):
    """A customer's word on a product, 1 to 5 stars. Only PUBLISHED ones are shown and counted.

    With a customer it is by somebody who was sent the product; each has one word on each product. `reply` is the
    merchant's.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint(one_of("state", REVIEW_STATES), name="state"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply"),
        Index(
            "uq_reviews_customer_id_product_id",
            "customer_id",
            "product_id",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "ix_reviews_product_id_created_at_id",
            "product_id",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("state = 'PUBLISHED'"),
        ),
    )

    id: Mapped[Id]
    product_id: Mapped[BigInt] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    rating: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[String] = mapped_column(server_default="")
    body: Mapped[String] = mapped_column(server_default="")
    author_name: Mapped[String]
    state: Mapped[String] = mapped_column(server_default="PUBLISHED")
    customer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("customers.id", ondelete="SET NULL"))
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
