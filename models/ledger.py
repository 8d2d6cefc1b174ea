"""The ledger: accounts, transactions and their postings. Triggers (migration 0005) keep balances and refuse changes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.ledger import BOUNDED, CURRENCY, OWNERS, PROGRAMME, AccountKind
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of
from models.events import TransactionId

_KINDS_OF_OWNERS = ", ".join(
    f"('{kind}', '{owner}')" for kind, owners in sorted(OWNERS.items()) for owner in sorted(owners)
)
_POINTS = tuple(sorted(kind.value for kind in AccountKind if kind.startswith("POINTS_")))
BOUNDED_KINDS = tuple(sorted(kind.value for kind in BOUNDED))
"""The kinds that keep a balance."""


class LedgerAccount(Base):
    """What an owner holds or is owed in one currency.

    Accounts of `BOUNDED_KINDS` keep their balance, which cannot go below zero; the others' is null: they are summed.
    Only postings change a balance, by a trigger; nothing else of an account ever changes.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("kind", "currency", "owner_type", "owner_id"),
        UniqueConstraint("id", "currency"),  # for the postings' foreign key
        CheckConstraint(f"(kind, owner_type) IN ({_KINDS_OF_OWNERS})", name="owner"),
        CheckConstraint(
            f"currency ~ (CASE WHEN {one_of('kind', _POINTS)} THEN '^{PROGRAMME}$' ELSE '^{CURRENCY}$' END)",
            name="currency",
        ),
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint(f"({one_of('kind', BOUNDED_KINDS)}) = (balance IS NOT NULL)", name="kept"),
    )

    id: Mapped[Id]
    kind: Mapped[String]
    currency: Mapped[String]
    owner_type: Mapped[String]
    owner_id: Mapped[BigInt]
    balance: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]


class LedgerTransaction(Base):
    """Something that moved value: why, and what it is about. Never changed, never deleted.

    `once`: no other of the same reason is about the same. `xact_id` closes it: postings come in the transaction of the
    database that made it, or never.
    """

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        CheckConstraint("reason ~ '^[A-Z][A-Z_]{1,39}$'", name="reason"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index(
            "uq_ledger_transactions_once",
            "reference_type",
            "reference_id",
            "reason",
            "reference_part",
            unique=True,
            postgresql_where=text("once"),
        ),
    )

    id: Mapped[Id]
    reason: Mapped[String]
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    reference_part: Mapped[String] = mapped_column(server_default="")
    reference_number: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    once: Mapped[bool] = mapped_column(Boolean)
    xact_id: Mapped[int] = mapped_column(TransactionId(), server_default=text("pg_current_xact_id()"))
    occurred_at: Mapped[Instant]


class LedgerPosting(Base):
    """What one account got (above zero) or gave (below). A transaction's add up to zero in each currency."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount <> 0 AND abs(amount) <= 1000000000000000", name="amount"),
        Index("ix_ledger_postings_transaction_id", "transaction_id"),
        Index("ix_ledger_postings_account_id_id", "account_id", "id", postgresql_include=["amount"]),
    )

    id: Mapped[Id]
    transaction_id: Mapped[BigInt] = mapped_column(ForeignKey("ledger_transactions.id"))
    account_id: Mapped[BigInt]
    currency: Mapped[String]
    amount: Mapped[BigInt]
