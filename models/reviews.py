"""Reviews of products."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

REVIEW_STATES = ("PUBLISHED", "HIDDEN")


class Review(Base):
    """A customer's word on a product, 1 to 5 stars. Only PUBLISHED ones are shown and counted."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint(one_of("state", REVIEW_STATES), name="state"),
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
    created_at: Mapped[CreatedAt]
