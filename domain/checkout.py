"""Checkout: what keeps a cart from being ordered, and by what an order is paid."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from domain import money
from domain.cart_prices import CartLine, Known, PricedCart
from domain.carts import Problem, ProblemCode
from domain.errors import InvalidInput, Refusal
from domain.money import Money

ALLOWED: Final = frozenset({ProblemCode.PRICE_CHANGED, ProblemCode.POINTS_REDUCED})
"""Problems that do not keep a cart from being ordered: what it costs now is what the client was shown last."""


class CartProblemError(Refusal):
    """Something is wrong with a cart, so that it cannot be ordered as it is; `line_id` names the line, if it is one."""

    def __init__(self, problem: Problem) -> None:
        way_out = "; take it out by cartCouponsSet" if problem.code is ProblemCode.COUPON_REJECTED else ""
        super().__init__(
            f"cartId: {problem.message}{way_out}", code=problem.code.value, field="cart_id", line_id=problem.line_id
        )


class InsufficientStockError(Refusal):
    """Fewer pieces can be sold than are wanted; `available` says how many can, `line_id` of which line's variant."""

    code = "INSUFFICIENT_STOCK"

    def __init__(self, name: str, *, wanted: int, available: int, line_id: int | None) -> None:
        left = f"{available} of {wanted} are left" if available > 0 else "it is sold out"
        super().__init__(f"cartId: {name}: {left}", field="cart_id", available=max(available, 0), line_id=line_id)


class PriceChangedError(Refusal):
    """The cart does not cost what the client has seen; `total` is what it costs."""

    code = "PRICE_CHANGED"

    def __init__(self, *, expected: int, total: int, currency: str) -> None:
        said, now = money.format_amount(expected, currency), money.format_amount(total, currency)
        super().__init__(
            f"expectedTotal: the cart comes to {now} {currency} now, not {said}; show that, and send it",
            field="expected_total",
            total=Money(total, currency),
        )


class CartOrderedError(Refusal):
    """An order has been made of the cart: it cannot be changed or ordered again; `order_id` and `number` say which."""

    code = "CART_ORDERED"

    def __init__(self, *, order_id: int, number: str, pending: bool) -> None:
        way_out = "wait for its payment, or cancel it" if pending else "make a new cart"
        super().__init__(
            f"cartId: the cart was ordered as {number}; {way_out}", field="cart_id", order_id=order_id, number=number
        )


class SpentMeanwhileError(Refusal):
    """A gift card, or the customer's credit, has paid for something else since it was looked at."""

    code = "CONFLICT"

    def __init__(self) -> None:
        super().__init__(
            "payment: a gift card or the credit was spent meanwhile; send it again, and it pays what it can",
            field="payment",
        )


class PaymentDeclinedError(Refusal):
    """The provider refuses the payment; the cart can be ordered again, with another one."""

    code = "PAYMENT_DECLINED"

    def __init__(self, reason: str) -> None:
        super().__init__(f"payment: {reason}; nothing was paid, and the cart can be ordered again", field="payment")


class Tender(NamedTuple):
    """By what an order is paid, in minor units: each gift card by its id, store credit, and the rest by a provider."""

    gift_cards: dict[int, int]
    store_credit: int
    rest: int


def tender(total: int, *, gift_cards: Mapping[int, int], store_credit: int) -> Tender:
    """Split what is to be paid: gift cards first, in their order, as far as they reach; then store credit."""
    left, used = total, {}
    for card_id, balance in gift_cards.items():
        if taken := min(left, balance):
            used[card_id] = taken
            left -= taken
    credit = min(left, store_credit)
    return Tender(used, credit, left - credit)


def check(known: Known, priced: PricedCart, *, email: str | None, method: str | None) -> list[Refusal]:
    """List what keeps a cart from being ordered, in words; empty if nothing does."""
    if not known.lines:
        return [InvalidInput("cartId: the cart is empty; put something into it first", field="cart_id")]
    return [*_missing(email, method), *_problems(known.lines, priced.problems)]


def _missing(email: str | None, method: str | None) -> Iterator[Refusal]:
    if email is None or method is None:
        wanted = "an e-mail address and a way to send it" if email is None else "a way to send it"
        yield Refusal(f"cartId: the cart needs {wanted}, by cartDeliverySet", code="DELIVERY_MISSING", field="cart_id")


def _problems(lines: Sequence[CartLine], problems: Sequence[Problem]) -> Iterator[Refusal]:
    by_id = {line.id: line for line in lines}
    for problem in problems:
        if problem.code is ProblemCode.INSUFFICIENT_STOCK and problem.line_id is not None:
            line = by_id[problem.line_id]
            yield InsufficientStockError(
                line.name, wanted=line.quantity, available=line.sellable, line_id=problem.line_id
            )
        elif problem.code not in ALLOWED:
            yield CartProblemError(problem)


def check_total(total: int, *, currency: str, expected: Money | None) -> None:
    """Raise PriceChangedError when the cart does not cost what the client has seen."""
    if expected is not None and expected != Money(total, currency):
        if expected.currency != currency:
            raise InvalidInput(f"expectedTotal: the cart is in {currency}", field="expected_total")
        raise PriceChangedError(expected=expected.amount, total=total, currency=currency)
