"""Checkout ..."""

from datetime import UTC, datetime

import pytest

from domain import cart_prices, checkout
from domain.cart_prices import CartLine, Known
from domain.carts import Problem, ProblemCode
from domain.checkout import InsufficientStockError, PriceChangedError, Tender
from domain.errors import InvalidInput
from domain.money import Money

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("total", "cards", "credit", "tender"),
    [
        (1000, {}, 0, Tender({}, 0, 1000)),
        (1000, {1: 300, 2: 200}, 0, Tender({1: 300, 2: 200}, 0, 500)),
        (1000, {1: 300, 2: 900, 3: 50}, 400, Tender({1: 300, 2: 700}, 0, 0)),
        (1000, {1: 0, 2: 100}, 400, Tender({2: 100}, 400, 500)),
        (1000, {}, 5000, Tender({}, 1000, 0)),
        (0, {1: 300}, 400, Tender({}, 0, 0)),
    ],
)
def test_takes_gift_cards_first_then_credit(total: int, cards: dict[int, int], credit: int, tender: Tender) -> None:
    assert checkout.tender(total, gift_cards=cards, store_credit=credit) == tender


def known(*lines: CartLine) -> Known:
    return Known(currency="USD", now=NOW, lines=lines)


def lamp(sellable: int = 5) -> CartLine:
    return CartLine(1, 1, 1, 1, "Lamp", 2, 100, 100, listed=True, sellable=sellable)


@pytest.mark.parametrize("code", ProblemCode)
def test_is_stopped_by_every_problem_but_two(code: ProblemCode) -> None:
    of = known(lamp())
    priced = cart_prices.price(of)._replace(problems=(Problem(code, "so it is", 1),))
    refusals = checkout.check(of, priced, email="a@example.com", method="standard")
    allowed = code in {ProblemCode.PRICE_CHANGED, ProblemCode.POINTS_REDUCED}
    assert [refusal.code for refusal in refusals] == ([] if allowed else [code.value])


def test_tells_how_to_go_on_without_a_coupon() -> None:
    error = checkout.CartProblemError(Problem(ProblemCode.COUPON_REJECTED, "TEN: 12.00 more"))
    assert error.message == "cartId: TEN: 12.00 more; take it out by cartCouponsSet"


def test_tells_how_many_there_are() -> None:
    of = known(lamp(sellable=1))
    refusals = checkout.check(of, cart_prices.price(of), email="a@example.com", method="standard")
    short = next(each for each in refusals if isinstance(each, InsufficientStockError))
    assert (short.message, short.extensions["available"]) == ("cartId: Lamp: 1 of 2 are left", 1)


@pytest.mark.parametrize(
    ("email", "method", "message"),
    [
        (None, None, "cartId: the cart needs an e-mail address and a way to send it, by cartDeliverySet"),
        ("a@example.com", None, "cartId: the cart needs a way to send it, by cartDeliverySet"),
    ],
)
def test_needs_to_know_where_to_send_what(email: str | None, method: str | None, message: str) -> None:
    of = known(lamp())
    refusal = checkout.check(of, cart_prices.price(of), email=email, method=method)[0]
    assert (refusal.code, refusal.message) == ("DELIVERY_MISSING", message)


def test_needs_something_to_sell() -> None:
    of = known()
    [refusal] = checkout.check(of, cart_prices.price(of), email=None, method=None)
    assert isinstance(refusal, InvalidInput)


def test_is_at_the_price_that_was_shown() -> None:
    checkout.check_total(100, currency="USD", expected=None)
    checkout.check_total(100, currency="USD", expected=Money(100, "USD"))
    with pytest.raises(PriceChangedError) as caught:
        checkout.check_total(100, currency="USD", expected=Money(99, "USD"))
    assert caught.value.extensions["total"] == Money(100, "USD")
    with pytest.raises(InvalidInput):
        checkout.check_total(100, currency="USD", expected=Money(100, "EUR"))
