"""Payments: by what an order is paid, and the states of each payment."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.money import Money, format_amount
from domain.orders import OrderStatus


class PaymentMethod(StrEnum):
    """By what something is paid. Points are no payment: they are a part of the price."""

    PROVIDER = "PROVIDER"
    GIFT_CARD = "GIFT_CARD"
    STORE_CREDIT = "STORE_CREDIT"


class PaymentStatus(StrEnum):
    """Where a payment stands. `PENDING` is without the provider's word."""

    PENDING = "PENDING"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    DECLINED = "DECLINED"
    VOIDED = "VOIDED"


class PaymentRefundStatus(StrEnum):
    """Where the giving back of money stands. `PENDING` is without the provider's word."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


TRANSITIONS: Final[Mapping[PaymentStatus, frozenset[PaymentStatus]]] = MappingProxyType(
    {
        PaymentStatus.PENDING: frozenset(
            {PaymentStatus.AUTHORISED, PaymentStatus.CAPTURED, PaymentStatus.DECLINED, PaymentStatus.VOIDED}
        ),
        PaymentStatus.AUTHORISED: frozenset({PaymentStatus.CAPTURED, PaymentStatus.DECLINED, PaymentStatus.VOIDED}),
        PaymentStatus.CAPTURED: frozenset(),
        # The provider has the last word: what was given up may turn out to have been paid, and is then given back.
        PaymentStatus.DECLINED: frozenset({PaymentStatus.CAPTURED}),
        PaymentStatus.VOIDED: frozenset({PaymentStatus.CAPTURED}),
    }
)
"""Into which states a payment may go from where it stands."""

WITHOUT_WORD: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORISED})
"""Where a payment stands until the provider has said yes or no."""


class Verdict(Enum):
    """What a provider's word about a payment means for the payment and its order."""

    NOTHING = "it tells nothing new"
    NOTED = "the payment moves, the order does not"
    PAID = "the payment is captured: the order is paid once all its payments are"
    FAILED = "the payment will not come: the order lets go what it holds"
    LATE = "it is captured although the order has let go: it is to be given back"


def verdict(*, payment: PaymentStatus, word: PaymentStatus, order: OrderStatus) -> Verdict:
    """Say what a provider's word means, whoever brings it, in whatever order and however often."""
    if word not in TRANSITIONS[payment]:
        return Verdict.NOTHING
    waits = order is OrderStatus.PENDING_PAYMENT
    if word is PaymentStatus.CAPTURED:
        return Verdict.PAID if waits else Verdict.LATE
    if word is PaymentStatus.AUTHORISED or not waits:
        return Verdict.NOTED
    return Verdict.FAILED


class Mismatch(NamedTuple):
    """What a provider has captured instead of what was asked.

    `said` is all that it has captured, by its word; `known`, in the same currency unless it is nothing, is what was
    known of that before.
    """

    asked: Money
    known: Money
    said: Money

    @property
    def more(self) -> Money:
        """Give what is news: what nobody has asked for, so that it goes back."""
        return Money(self.said.amount - self.known.amount, self.said.currency)

    @property
    def failure(self) -> str:
        """Say to the customer why it does not pay the order."""
        return f"{_written(self.said)} was taken instead of {_written(self.asked)}, and goes back"

    @property
    def note(self) -> str:
        """Say what has happened, for the order's timeline."""
        said, asked, more = _written(self.said), _written(self.asked), _written(self.more)
        if self.known.amount:
            return f"The provider took {more} more, {said} in all, where {asked} was asked; {more} goes back."
        return f"The provider took {said} instead of {asked}; {said} goes back."

    def amounts(self) -> dict[str, dict[str, str]]:
        """Write what was asked, captured and goes back, as events tell it."""
        told = {"asked": self.asked, "captured": self.said, "returned": self.more}
        return {
            name: {"amount": format_amount(each.amount, each.currency), "currency": each.currency}
            for name, each in told.items()
        }


def _written(amount: Money) -> str:
    return f"{format_amount(amount.amount, amount.currency)} {amount.currency}"


ASKED_FOR: Final = timedelta(days=1)
"""So long a provider is asked about a payment of which it knows nothing: it may still be on its way."""
_FIRST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


def pause(attempts: int) -> timedelta:
    """Say how long to wait until a provider is asked again: 2 s, 4 s, 8 s... at most 5 minutes."""
    return min(_FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 16)), _LONGEST_PAUSE)
