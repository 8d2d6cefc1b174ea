"""The ledger's rules: what accounts there are, who may own them, and that every transaction adds up to zero.

Amounts are minor units of a currency, or whole points of a programme. A balance is what the account's owner holds or
is owed: a purchase takes from the payments' account and gives to the merchant's. The accounts that stand for the world
outside (payments, issued points) therefore go below zero, and all balances of one currency add up to zero.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Refusal

PLATFORM_ID = 1
"""The one platform's id as an owner."""
MAX_POSTING = 10**15
"""No posting is larger: sums of nine thousand of them still fit into 64 bits."""


class OwnerType(StrEnum):
    """Whose an account is."""

    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    COUPON = "COUPON"
    GIFT_CARD = "GIFT_CARD"


class AccountKind(StrEnum):
    """What an account is for. Those of `BOUNDED` cannot go below zero."""

    POINTS_PENDING = "POINTS_PENDING"
    POINTS_AVAILABLE = "POINTS_AVAILABLE"
    POINTS_RESERVED = "POINTS_RESERVED"
    POINTS_ISSUED = "POINTS_ISSUED"
    POINTS_REDEEMED = "POINTS_REDEEMED"
    POINTS_EXPIRED = "POINTS_EXPIRED"
    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"
    COUPON_FUND = "COUPON_FUND"
    MERCHANT_PAYABLE = "MERCHANT_PAYABLE"
    PLATFORM_REVENUE = "PLATFORM_REVENUE"
    PLATFORM_EXPENSE = "PLATFORM_EXPENSE"
    TAX_PAYABLE = "TAX_PAYABLE"
    PAYMENTS = "PAYMENTS"
    PAYOUTS = "PAYOUTS"


POINTS_HELD = (AccountKind.POINTS_PENDING, AccountKind.POINTS_AVAILABLE, AccountKind.POINTS_RESERVED)
"""The accounts of the points that a customer holds; lots say which points they are."""
BOUNDED = frozenset({*POINTS_HELD, AccountKind.GIFT_CARD, AccountKind.STORE_CREDIT, AccountKind.COUPON_FUND})
"""Accounts that keep a balance, which cannot go below zero. Writers of one such account take turns.

All others are shared by many writers (each order posts to the payments' account): they keep no balance, so nobody
waits for anybody, and are summed when someone asks.
"""
OWNERS = {
    **dict.fromkeys((*POINTS_HELD, AccountKind.STORE_CREDIT), (OwnerType.CUSTOMER,)),
    **dict.fromkeys(
        (
            AccountKind.POINTS_ISSUED,
            AccountKind.POINTS_REDEEMED,
            AccountKind.POINTS_EXPIRED,
            AccountKind.TAX_PAYABLE,
        ),
        (OwnerType.PLATFORM, OwnerType.MERCHANT),
    ),
    **dict.fromkeys(
        (
            AccountKind.PLATFORM_REVENUE,
            AccountKind.PLATFORM_EXPENSE,
            AccountKind.PAYMENTS,
            AccountKind.PAYOUTS,
        ),
        (OwnerType.PLATFORM,),
    ),
    AccountKind.GIFT_CARD: (OwnerType.GIFT_CARD,),
    AccountKind.COUPON_FUND: (OwnerType.COUPON,),
    AccountKind.MERCHANT_PAYABLE: (OwnerType.MERCHANT,),
}
"""Who may own which kind of account."""

PROGRAMME = r"[A-Z][A-Z0-9]{3,15}"
"""A points programme's code; at least four characters, so that none is an ISO 4217 code."""
CURRENCY = r"[A-Z]{3}"
_NAME = re.compile(r"[A-Z][A-Z_]{1,39}", re.ASCII)


class LedgerError(Exception):
    """The code asked for postings that can never be right: unbalanced, empty, or between accounts that cannot be."""


class InsufficientBalanceError(Refusal):
    """An account holds less than is to be taken from it; `available` says how much it holds."""

    code = "INSUFFICIENT_BALANCE"

    def __init__(self, account: "Account", *, available: int, wanted: int) -> None:
        name = account.kind.value.lower().replace("_", " ")
        super().__init__(
            f"The balance of {name} is {available} {account.currency}, {wanted} are wanted; take at most {available}",
            available=available,
        )
        self.account = account
        self.available = available
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Account:
    """An account by what identifies it; raises LedgerError where no such account can be."""

    kind: AccountKind
    currency: str
    owner_type: OwnerType
    owner_id: int

    def __post_init__(self) -> None:
        if self.owner_type not in OWNERS[self.kind]:
            raise LedgerError(f"a {self.owner_type} has no account of kind {self.kind}")
        pattern = PROGRAMME if self.kind.startswith("POINTS_") else CURRENCY
        if re.fullmatch(pattern, self.currency, re.ASCII) is None:
            raise LedgerError(f"{self.currency!r} is no currency of {self.kind}")

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Give what sorts accounts, the same way for everybody."""
        return (self.kind.value, self.currency, self.owner_type.value, self.owner_id)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount that an account gets (above zero) or gives (below)."""

    account: Account
    amount: int


@dataclass(frozen=True, slots=True)
class Reference:
    """What a transaction is about: its type and id, `part` where it is about one part of several, `number` for people.

    `number` is what people call it, such as the order's number; it identifies nothing.
    """

    type: str
    id: int
    part: str = ""
    number: str | None = None

    def __post_init__(self) -> None:
        check_name(self.type)


def check_name(name: str) -> str:
    """Return a reason or a reference's type as it is; raises LedgerError unless it is in UPPER_CASE."""
    if _NAME.fullmatch(name) is None:
        raise LedgerError(f"{name!r} must be UPPER_CASE, at most 40 characters")
    return name


def balanced(postings: Iterable[Posting]) -> list[Posting]:
    """Merge the postings of one account and sort them by account; raises LedgerError unless they add up to zero.

    Each currency must add up to zero by itself. What merges to nothing is left out; nothing at all is an error.
    """
    amounts: dict[Account, int] = defaultdict(int)
    totals: dict[str, int] = defaultdict(int)
    for posting in postings:
        amounts[posting.account] += posting.amount
        totals[posting.account.currency] += posting.amount
    if wrong := {currency: total for currency, total in totals.items() if total}:
        raise LedgerError(f"the postings add up to {wrong}, not to zero")
    merged = [Posting(account, amount) for account, amount in amounts.items() if amount]
    if not merged:
        raise LedgerError("a transaction needs postings that move something")
    if any(abs(posting.amount) > MAX_POSTING for posting in merged):
        raise LedgerError(f"a posting moves more than {MAX_POSTING}")
    return sorted(merged, key=lambda posting: posting.account.key)


def move(amount: int, *, source: Account, target: Account) -> Sequence[Posting]:
    """Give the two postings that move an amount from one account to another."""
    return (Posting(source, -amount), Posting(target, amount))


def platform(kind: AccountKind, currency: str) -> Account:
    """Name an account of the platform's."""
    return Account(kind, currency, OwnerType.PLATFORM, PLATFORM_ID)


def merchant(kind: AccountKind, currency: str, merchant_id: int) -> Account:
    """Name an account of a merchant's."""
    return Account(kind, currency, OwnerType.MERCHANT, merchant_id)


def customer(kind: AccountKind, currency: str, customer_id: int) -> Account:
    """Name an account of a customer's."""
    return Account(kind, currency, OwnerType.CUSTOMER, customer_id)
