"""Payments: by what an order is paid, and the states of each payment."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


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
