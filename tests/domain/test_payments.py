"""What a provider says of a payment ..."""

from datetime import timedelta
from itertools import product

import pytest

from domain import payments
from domain.money import Money
from domain.orders import OrderStatus
from domain.payments import Mismatch, PaymentStatus, Verdict

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


def test_of_another_amount_names_what_was_asked_taken_and_goes_back() -> None:
    first = Mismatch(asked=Money(6570, "USD"), known=Money(0, "JPY"), said=Money(700, "JPY"))
    assert first.more == Money(700, "JPY")
    assert first.failure == "700 JPY was taken instead of 65.70 USD, and goes back"
    assert first.note == "The provider took 700 JPY instead of 65.70 USD; 700 JPY goes back."
    assert first.amounts() == {
        "asked": {"amount": "65.70", "currency": "USD"},
        "captured": {"amount": "700", "currency": "JPY"},
        "returned": {"amount": "700", "currency": "JPY"},
    }


def test_of_more_than_was_known_gives_back_the_difference() -> None:
    later = Mismatch(asked=Money(6570, "USD"), known=Money(3000, "USD"), said=Money(6570, "USD"))
    assert later.more == Money(3570, "USD")
    assert later.note == (
        "The provider took 35.70 USD more, 65.70 USD in all, where 65.70 USD was asked; 35.70 USD goes back."
    )
