"""What a provider says of a payment ..."""

from datetime import timedelta
from itertools import product

import pytest

from domain import payments
from domain.orders import OrderStatus
from domain.payments import PaymentStatus, Verdict

PENDING, AUTHORISED, CAPTURED, DECLINED, VOIDED = PaymentStatus
WAITS = OrderStatus.PENDING_PAYMENT
TOLD = {
    # payment, word: while the order waits, and when it does not any more
    (PENDING, AUTHORISED): (Verdict.NOTED, Verdict.NOTED),
    (PENDING, CAPTURED): (Verdict.PAID, Verdict.LATE),
    (PENDING, DECLINED): (Verdict.FAILED, Verdict.NOTED),
    (PENDING, VOIDED): (Verdict.FAILED, Verdict.NOTED),
    (AUTHORISED, CAPTURED): (Verdict.PAID, Verdict.LATE),
    (AUTHORISED, DECLINED): (Verdict.FAILED, Verdict.NOTED),
    (AUTHORISED, VOIDED): (Verdict.FAILED, Verdict.NOTED),
    (DECLINED, CAPTURED): (Verdict.PAID, Verdict.LATE),
    (VOIDED, CAPTURED): (Verdict.PAID, Verdict.LATE),
}


@pytest.mark.parametrize(("payment", "word"), list(product(PaymentStatus, PaymentStatus)))
def test_means_this_or_nothing(payment: PaymentStatus, word: PaymentStatus) -> None:
    waiting, over = TOLD.get((payment, word), (Verdict.NOTHING, Verdict.NOTHING))
    for order in OrderStatus:
        expected = waiting if order is WAITS else over
        assert payments.verdict(payment=payment, word=word, order=order) is expected


def test_is_asked_for_ever_more_seldom() -> None:
    pauses = [payments.pause(attempts).total_seconds() for attempts in range(12)]
    assert pauses == [2, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert payments.pause(10**6) == timedelta(minutes=5)
