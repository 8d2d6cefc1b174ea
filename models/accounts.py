"""Accounts: who can sign in, with their sessions, their tokens and what platform staff may do."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of

ACCOUNT_STATES = ("ACTIVE", "SUSPENDED", "ERASED")
PLATFORM_ROLES = ("ADMIN", "AGENT")
EMAIL_TOKEN_PURPOSES = ("VERIFY", "RESET")


class Account(Base):
    """Somebody who can sign in. An erased account keeps its row, for those that point at it, and nothing else."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(one_of("state", ACCOUNT_STATES), name="state"),
        CheckConstraint("email = lower(email) AND email LIKE '%_@_%'", name="email"),
        CheckConstraint("(state = 'ERASED') = (email IS NULL)", name="erased_email"),
        CheckConstraint("state <> 'ERASED' OR password_hash IS NULL", name="erased_password"),
    )

    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(Text, unique=True)
    """In lower case, as it is looked for."""
    password_hash: Mapped[str | None] = mapped_column(Text)
    """Argon2id in the PHC text form; null for an account that cannot sign in by password."""
    state: Mapped[String] = mapped_column(server_default="ACTIVE")
    email_verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[BigInt] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]


class AccountSession(Base):
    """One sign-in, with the family of refresh tokens that follow from it."""

    __tablename__ = "account_sessions"
    __table_args__ = (Index("ix_account_sessions_account_id", "account_id"),)

    id: Mapped[Id]
    account_id: Mapped[BigInt] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RefreshToken(Base):
    """A refresh token of a session, good for one use; only its SHA-256 is kept."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        # One successor at a time: a family that forks has been copied.
        Index("ix_refresh_tokens_session_id", "session_id"),
        Index("uq_refresh_tokens_session_id", "session_id", unique=True, postgresql_where=text("used_at IS NULL")),
    )

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[BigInt] = mapped_column(ForeignKey("account_sessions.id", ondelete="CASCADE"))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class EmailToken(Base):
    """The right to do one thing once, proved by a token that was mailed; the token follows from the id and our key."""

    __tablename__ = "email_tokens"
    __table_args__ = (CheckConstraint(one_of("purpose", EMAIL_TOKEN_PURPOSES), name="purpose"),)

    id: Mapped[Id]
    account_id: Mapped[BigInt] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[String]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class SignInFailure(Base):
    """How often a sign-in has failed lately for an e-mail from an address; whether there is such an account or not."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (CheckConstraint("failures > 0", name="failures"),)

    email_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client: Mapped[String] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[Instant] = mapped_column(index=True)


class PlatformMember(Base):
    """An account that works for the platform."""

    __tablename__ = "platform_members"
    __table_args__ = (CheckConstraint(one_of("role", PLATFORM_ROLES), name="role"),)

    account_id: Mapped[BigInt] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[String]
    created_at: Mapped[CreatedAt]
