"""Who works for a merchant, who has been invited to, and the documents by which a merchant is verified."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of

MERCHANT_ROLES = ("OWNER", "MANAGER", "PACKER")
DOCUMENT_STATES = ("AWAITED", "SUBMITTED", "ACCEPTED", "REJECTED")
DOCUMENT_KINDS = ("REGISTRATION", "TAX", "IDENTITY", "OTHER")
DOCUMENT_BYTES_MAX = 5_000_000


class MerchantMember(Base):
    """An account that works for a merchant."""

    __tablename__ = "merchant_members"
    __table_args__ = (CheckConstraint(one_of("role", MERCHANT_ROLES), name="role"),)

    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[BigInt] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[String]
    created_at: Mapped[CreatedAt]


class MerchantInvitation(Base):
    """An invitation to work for a merchant; the token that was mailed follows from the id and our key."""

    __tablename__ = "merchant_invitations"
    __table_args__ = (
        CheckConstraint(one_of("role", MERCHANT_ROLES), name="role"),
        Index(
            "uq_merchant_invitations_merchant_id_email",
            "merchant_id",
            "email",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"))
    email: Mapped[String]
    role: Mapped[String]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was accepted or withdrawn."""
    created_at: Mapped[CreatedAt]


class MerchantDocument(Base):
    """A document by which a merchant proves who it is; its content is kept by the documents' gateway under `key`."""

    __tablename__ = "merchant_documents"
    __table_args__ = (
        CheckConstraint(one_of("kind", DOCUMENT_KINDS), name="kind"),
        CheckConstraint(one_of("state", DOCUMENT_STATES), name="state"),
        CheckConstraint(f"size_bytes BETWEEN 1 AND {DOCUMENT_BYTES_MAX}", name="size_bytes"),
        CheckConstraint("(state = 'AWAITED') = (size_bytes IS NULL)", name="awaited"),
        Index("ix_merchant_documents_merchant_id_id", "merchant_id", "id"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[BigInt] = mapped_column(ForeignKey("merchants.id", ondelete="CASCADE"))
    kind: Mapped[String]
    file_name: Mapped[String]
    media_type: Mapped[String]
    size_bytes: Mapped[BigInt | None]
    """Null until the content has come."""
    key: Mapped[String] = mapped_column(unique=True)
    state: Mapped[String] = mapped_column(server_default="AWAITED")
    note: Mapped[String] = mapped_column(server_default="")
    """What the reviewer says of it."""
    created_at: Mapped[CreatedAt]
