"""Definitions of the typed attributes; their values stand on the product (`Product.attributes`)."""

from sqlalchemy import ARRAY, CheckConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

ATTRIBUTE_KINDS = ("TEXT", "NUMBER", "BOOLEAN", "DATE", "ENUMERATION")


class Attribute(Base):
    """What a key of `Product.attributes` means: its kind, unit (NUMBER only), values (ENUMERATION only) and uses.

    `filterable` makes it a facet, `searchable` lets full-text search look into it, `sortable` lets searches sort by it.
    """

    __tablename__ = "attributes"
    __table_args__ = (
        CheckConstraint(one_of("kind", ATTRIBUTE_KINDS), name="kind"),
        CheckConstraint("key ~ '^[a-z0-9_]+$'", name="key"),
        CheckConstraint("(unit IS NULL) OR (kind = 'NUMBER')", name="unit"),
        CheckConstraint("(kind = 'ENUMERATION') = (cardinality(allowed_values) > 0)", name="allowed_values"),
    )

    id: Mapped[Id]
    key: Mapped[String] = mapped_column(unique=True)
    label: Mapped[String]
    kind: Mapped[String]
    unit: Mapped[str | None] = mapped_column(Text)
    allowed_values: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    filterable: Mapped[bool] = mapped_column(server_default=text("false"))
    searchable: Mapped[bool] = mapped_column(server_default=text("false"))
    sortable: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
