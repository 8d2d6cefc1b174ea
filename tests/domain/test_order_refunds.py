"""A refund ..."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import order_refunds as refunds
from domain.errors import InvalidInput
from domain.order_refunds import Refundable, RefundExceedsError, RefundStatus, Shares, Wanted

# Three pieces at 10.00, 1.01 off, 19 % of 28.99 in it, 5.00 of it paid with 500 points; the platform pays the discount.
LINE = Refundable(
    1,
    quantity=3,
    fulfilled=1,
    cancelled=0,
    refunded=0,
    left=Shares(2_399, 463, 500, 500, 23, 601, 244),
)


def taken(line: Refundable, refunded: refunds.Refunded) -> Refundable:
    return replace(
        line,
        cancelled=line.cancelled + refunded.unsent,
        refunded=line.refunded + refunded.quantity,
        left=line.left.less(refunded.shares),
    )


def test_of_pieces_gives_their_share_of_what_is_left_until_nothing_is() -> None:
    line, steps = LINE, []
    for _ in range(3):
        step = refunds.of_line(line, Wanted(1, quantity=1))
        line = taken(line, step)
        steps.append(step)
    assert [step.shares for step in steps] == [
        Shares(800, 154, 167, 167, 8, 200, 81),
        Shares(800, 155, 167, 167, 8, 201, 82),
        Shares(799, 154, 166, 166, 7, 200, 81),
    ]
    # Two were not sent yet: they go first.
    assert [step.unsent for step in steps] == [1, 1, 0]
    assert line.left == Shares()
    # The merchant gives back what it got: 23.99 + 6.01 - 4.63 - 2.44.
    assert sum(step.shares.merchant for step in steps) == LINE.left.merchant == 2_293


def test_of_an_amount_takes_all_else_in_its_proportion() -> None:
    half = refunds.of_line(LINE, Wanted(1, amount=1_199))
    assert half == refunds.Refunded(1, 0, 0, Shares(1_199, 231, 250, 250, 11, 300, 122))
    rest = refunds.of_line(taken(LINE, half), Wanted(1, quantity=3))
    assert rest.shares == Shares(1_200, 232, 250, 250, 12, 301, 122)
    assert (rest.quantity, rest.unsent) == (3, 2)


def test_of_what_was_sent_leaves_what_was_not() -> None:
    step = refunds.of_line(LINE, Wanted(1, quantity=1, sent=True))
    assert (step.quantity, step.unsent, step.shares.amount) == (1, 0, 800)
    with pytest.raises(RefundExceedsError) as refused:
        refunds.of_line(taken(LINE, step), Wanted(1, quantity=1, sent=True, field="lines.0."))
    assert refused.value.extensions == {"code": "REFUND_EXCEEDS", "available": 0, "field": "lines.0.quantity"}


def test_of_a_line_that_points_have_paid_is_asked_for_in_pieces() -> None:
    gift = replace(LINE, left=Shares(points=300, points_worth=300))
    assert refunds.of_line(gift, Wanted(1, quantity=1)).shares == Shares(points=100, points_worth=100)
    with pytest.raises(RefundExceedsError) as refused:
        refunds.of_line(gift, Wanted(1, amount=1))
    assert refused.value.extensions["available"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(1), "quantity"),
        (Wanted(1, quantity=1, amount=1), "quantity"),
        (Wanted(1, quantity=0), "quantity"),
        (Wanted(1, quantity=-1), "quantity"),
        (Wanted(1, amount=0), "amount"),
        (Wanted(1, amount=-5), "amount"),
    ],
)
def test_of_nothing_is_refused(wanted: Wanted, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refunds.of_line(LINE, wanted)
    assert refused.value.extensions["field"] == field


@pytest.mark.parametrize(
    ("wanted", "available"),
    [(Wanted(1, quantity=4), 3), (Wanted(1, amount=2_400), 2_399), (Wanted(1, amount=9**20), 2_399)],
)
def test_of_more_than_is_left_is_refused(wanted: Wanted, available: int) -> None:
    with pytest.raises(RefundExceedsError) as refused:
        refunds.of_line(LINE, wanted)
    assert refused.value.extensions["available"] == available


def test_names_each_line_once() -> None:
    with pytest.raises(InvalidInput, match=r"lines\.1\.lineId: this line stands twice"):
        refunds.of_lines([LINE], [Wanted(1, quantity=1), Wanted(1, quantity=1, field="lines.1.")])


def test_of_a_delivery_is_an_amount_or_all_of_it() -> None:
    left = Shares(590, 94, platform_funding=300)
    assert refunds.of_delivery(left, 295) == Shares(295, 47, platform_funding=150)
    assert refunds.of_delivery(left, None) == left
    # Free for the customer: what the platform paid the merchant for it goes back as well.
    assert refunds.of_delivery(Shares(platform_funding=500), None) == Shares(platform_funding=500)
    with pytest.raises(RefundExceedsError) as refused:
        refunds.of_delivery(left, 591)
    assert refused.value.extensions == {"code": "REFUND_EXCEEDS", "available": 590, "field": "amount"}
    with pytest.raises(InvalidInput):
        refunds.of_delivery(left, 0)


sums = st.builds(
    Shares,
    amount=st.integers(0, 10**6),
    tax=st.integers(0, 10**6),
    points=st.integers(0, 10**5),
    points_worth=st.integers(0, 10**5),
    points_earned=st.integers(0, 10**4),
    platform_funding=st.integers(0, 10**5),
    commission=st.integers(0, 10**5),
)
lines = st.integers(1, 12).flatmap(
    lambda quantity: st.builds(
        Refundable,
        line_id=st.just(1),
        quantity=st.just(quantity),
        fulfilled=st.integers(0, quantity),
        cancelled=st.just(0),
        refunded=st.just(0),
        left=sums,
    )
)


@settings(max_examples=200, deadline=None)
@given(lines, st.data())
def test_after_refund_in_any_steps_adds_up_to_the_whole(line: Refundable, data: st.DataObject) -> None:
    whole, steps = line.left, []
    while line.pieces_left:
        if line.left.amount and data.draw(st.booleans()):
            wanted = Wanted(1, amount=data.draw(st.integers(1, line.left.amount)))
        else:
            sent = bool(line.sent_left) and data.draw(st.booleans())
            most = line.sent_left if sent else line.pieces_left
            wanted = Wanted(1, quantity=data.draw(st.integers(1, most)), sent=sent)
        step = refunds.of_line(line, wanted)
        assert min(step.shares) >= 0
        assert wanted.amount in {None, step.shares.amount}
        line = taken(line, step)
        assert min(line.left) >= 0
        assert line.unsent >= 0
        assert 0 <= line.sent_left <= line.pieces_left
        steps.append(step.shares)
    assert refunds.total(steps) == whole
    assert line.left == Shares()
    # Each posting takes back what the payment gave: the customer's money is the merchant's, the tax, the commission,
    # less what the platform added.
    for step_shares in (*steps, whole):
        owed = step_shares.merchant + step_shares.tax + step_shares.commission - step_shares.platform_funding
        assert owed == step_shares.amount


@pytest.mark.parametrize(
    ("payments", "status"),
    [
        ([], RefundStatus.SUCCEEDED),
        (["SUCCEEDED", "SUCCEEDED"], RefundStatus.SUCCEEDED),
        (["SUCCEEDED", "PENDING"], RefundStatus.PENDING),
        (["FAILED", "PENDING", "SUCCEEDED"], RefundStatus.FAILED),
    ],
)
def test_is_where_its_payments_are(payments: list[str], status: RefundStatus) -> None:
    assert refunds.status(payments) is status
