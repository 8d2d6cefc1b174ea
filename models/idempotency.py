"""Requests that must take effect once, with what was answered to them."""

from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant, String


class IdempotencyKey(Base):
    """A key that a viewer has sent with a mutation, written in the transaction of that mutation."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint"),)

    scope: Mapped[String] = mapped_column(primary_key=True)
    """Whose key it is: an account, a partner, or a cart's token by its hash."""
    key: Mapped[String] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """The SHA-256 of the mutation's name and input."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the mutation told its payload; null only while its transaction runs."""
    created_at: Mapped[Instant] = mapped_column(index=True)
