"""Collections: products gathered by a rule."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String


class Collection(Base):
    """A named rule over products (`domain.rules`); of one merchant, or of the whole marketplace when it has none."""

    __tablename__ = "collections"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),)

    id: Mapped[Id]
    merchant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("merchants.id", ondelete="CASCADE"))
    slug: Mapped[String] = mapped_column(unique=True)
    name: Mapped[String]
    description: Mapped[String] = mapped_column(server_default="")
    rule: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
