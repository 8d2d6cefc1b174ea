"""Partners: delivery, payment, invoicing, insurance and knowledge bases, with the keys by which they call."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, String, one_of

PARTNER_KINDS = ("DELIVERY", "PAYMENT", "INVOICE", "INSURANCE", "KNOWLEDGE")


class Partner(Base):
    """A third party that follows what happens: of one merchant, or of the whole platform."""

    __tablename__ = "partners"
    __table_args__ = (
        CheckConstraint(one_of("kind", PARTNER_KINDS), name="kind"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name"),
    )

    id: Mapped[Id]
    kind: Mapped[String]
    name: Mapped[String]
    merchant_id: Mapped[BigInt | None] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"), index=True)
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class ApiKey(Base):
    """A key of a partner. It is found by its prefix; only the SHA-256 of the whole is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        Index("ix_api_keys_partner_id_id", "partner_id", "id"),
    )

    id: Mapped[Id]
    partner_id: Mapped[BigInt] = mapped_column(ForeignKey("partners.id", ondelete="CASCADE"))
    prefix: Mapped[String] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    label: Mapped[String] = mapped_column(server_default="")
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
