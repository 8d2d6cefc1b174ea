"""Gift cards, what was paid with them, and how often someone has guessed at their codes."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.gift_cards import CardState
from models.base import Base, BigInt, CreatedAt, Id, Instant, String, one_of


class GiftCard(Base):
    """A gift card. Its balance is its account in the ledger; its code is known to its holder alone.

    `code_hash` is an HMAC-SHA256 of the code, under a key that the database does not hold.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (
        CheckConstraint(one_of("state", tuple(each.value for each in CardState)), name="state"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("octet_length(code_hash) = 32", name="code_hash"),
        CheckConstraint("last_four ~ '^[0-9A-Z]{4}$'", name="last_four"),
        CheckConstraint("issued > 0", name="issued"),
    )

    id: Mapped[Id]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    last_four: Mapped[String]
    state: Mapped[String]
    currency: Mapped[String]
    issued: Mapped[BigInt]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[CreatedAt]


class GiftCardRedemption(Base):
    """What was paid with a card for one thing, such as an order; `returned` of it went back to the card."""

    __tablename__ = "gift_card_redemptions"
    __table_args__ = (
        UniqueConstraint("reference_type", "reference_id", "gift_card_id"),
        CheckConstraint("amount > 0 AND returned BETWEEN 0 AND amount", name="amount"),
        CheckConstraint("reference_type ~ '^[A-Z][A-Z_]{1,39}$'", name="reference_type"),
        Index("ix_gift_card_redemptions_gift_card_id", "gift_card_id"),
    )

    id: Mapped[Id]
    gift_card_id: Mapped[BigInt] = mapped_column(ForeignKey("gift_cards.id"))
    amount: Mapped[BigInt]
    returned: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reference_type: Mapped[String]
    reference_id: Mapped[BigInt]
    redeemed_at: Mapped[Instant]


class GiftCardGuesses(Base):
    """How many codes someone (a customer, an address) has tried without success, and when the next may be tried.

    Of coupons' codes too: there `next_at` is until when those that were wrong have been waited for.
    """

    __tablename__ = "gift_card_guesses"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures"),)

    guesser: Mapped[String] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[Instant]
