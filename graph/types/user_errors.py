"""What a client can act on when a mutation is refused, with typed details where there are any.

A new code is a line in `UserErrorCode`; details are a type of their own that names its codes.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar, Final

import strawberry

from domain.errors import Refusal
from graph import ids
from graph.fields import column, computed
from graph.scalars import Instant
from graph.types.money import Money


@strawberry.enum(description="Why a mutation was refused.")
class UserErrorCode(Enum):
    """Why a mutation was refused."""

    BAD_USER_INPUT = strawberry.enum_value(
        "BAD_USER_INPUT", description="A value of the input is not what it should be."
    )
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such thing, or it is not for the viewer.")
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT", description="The idempotency key was sent before with another request."
    )
    INVALID_CREDENTIALS = strawberry.enum_value(
        "INVALID_CREDENTIALS", description="The e-mail and the password do not belong together."
    )
    INVALID_TOKEN = strawberry.enum_value(
        "INVALID_TOKEN", description="The token is unknown, used already, or its time is over."
    )
    TOO_MANY_ATTEMPTS = strawberry.enum_value(
        "TOO_MANY_ATTEMPTS",
        description="Too many failed attempts; `retryAt` of TooManyAttemptsError says when to try again.",
    )
    INSUFFICIENT_POINTS = strawberry.enum_value(
        "INSUFFICIENT_POINTS",
        description="Fewer points are available than are wanted; `available` of InsufficientPointsError says how many.",
    )
    GIFT_CARD_REFUSED = strawberry.enum_value(
        "GIFT_CARD_REFUSED", description="No gift card that can be used here has this code; why is not told."
    )
    COUPON_USED_UP = strawberry.enum_value(
        "COUPON_USED_UP", description="All coupons of a promotion, its uses or its budget are gone."
    )
    COUPON_CUSTOMER_LIMIT = strawberry.enum_value(
        "COUPON_CUSTOMER_LIMIT", description="The customer has had as many as one may have."
    )
    CART_ORDERED = strawberry.enum_value(
        "CART_ORDERED",
        description="An order has been made of the cart; `number` and `orderId` of CartOrderedError say which.",
    )
    INSUFFICIENT_STOCK = strawberry.enum_value(
        "INSUFFICIENT_STOCK",
        description="Fewer pieces can be sold than are wanted; `available` of InsufficientStockError says how many.",
    )
    PRICE_CHANGED = strawberry.enum_value(
        "PRICE_CHANGED",
        description="The cart does not cost what the client has seen; `total` of PriceChangedError says what it costs.",
    )
    PRODUCT_UNAVAILABLE = strawberry.enum_value(
        "PRODUCT_UNAVAILABLE", description="Something in the cart is not sold any more."
    )
    CURRENCY_MISSING = strawberry.enum_value(
        "CURRENCY_MISSING", description="Something in the cart has no price in the cart's currency."
    )
    COUPON_REJECTED = strawberry.enum_value("COUPON_REJECTED", description="A coupon of the cart is not applied.")
    DELIVERY_MISSING = strawberry.enum_value(
        "DELIVERY_MISSING", description="Nobody has said how the cart is sent, or where word of it goes."
    )
    ADDRESS_MISSING = strawberry.enum_value("ADDRESS_MISSING", description="Nobody has said where the cart is sent.")
    ADDRESS_INVALID = strawberry.enum_value(
        "ADDRESS_INVALID", description="The cart's address does not say enough for the tax."
    )
    DELIVERY_UNAVAILABLE = strawberry.enum_value(
        "DELIVERY_UNAVAILABLE", description="A merchant does not send there in the chosen way."
    )
    PAYMENT_DECLINED = strawberry.enum_value(
        "PAYMENT_DECLINED", description="The provider has refused the payment; the order has let go what it held."
    )
    INVALID_STATE = strawberry.enum_value(
        "INVALID_STATE",
        description="It does not apply where the thing stands; `status` of InvalidStateError says where.",
    )
    NOTHING_TO_SEND = strawberry.enum_value(
        "NOTHING_TO_SEND",
        description="More pieces are to be sent than are left; `available` of NotAvailableError says how many are.",
    )
    CANCEL_REFUSED = strawberry.enum_value(
        "CANCEL_REFUSED",
        description="A parcel cannot be taken back: pieces in it were refunded or sent back, or a return of them is "
        "open; `available` of NotAvailableError says how many of a line can.",
    )
    REFUND_EXCEEDS = strawberry.enum_value(
        "REFUND_EXCEEDS",
        description="More is to be refunded than is left; `available` of NotAvailableError says how much is.",
    )
    RETURN_REFUSED = strawberry.enum_value(
        "RETURN_REFUSED",
        description="Pieces cannot be sent back: they were not sent, are underway already, or it is too late; "
        "`available` of NotAvailableError says how many can.",
    )
    COUPON_REFUSED = strawberry.enum_value(
        "COUPON_REFUSED", description="A coupon or promotion cannot be used any more; read the cart again."
    )
    COUPON_RESERVATION_GONE = strawberry.enum_value(
        "COUPON_RESERVATION_GONE", description="What was reserved of a coupon has been given to others meanwhile."
    )
    POINTS_RESERVATION_GONE = strawberry.enum_value(
        "POINTS_RESERVATION_GONE", description="The points that were reserved are free again."
    )
    STOCK_CHANGED = strawberry.enum_value(
        "STOCK_CHANGED",
        description="Another quantity is on hand than was expected; `onHand` of StockChangedError says how many are.",
    )
    STOCK_RESERVED = strawberry.enum_value(
        "STOCK_RESERVED",
        description="Fewer units would be on hand than are promised to orders; see `reserved` of StockReservedError.",
    )
    CONFLICT = strawberry.enum_value(
        "CONFLICT", description="It has changed meanwhile, or its state does not allow this; read it again."
    )


class UserErrorValue:
    """A refusal as the schema's types read it: code, message, field, and the refusal's details as attributes."""

    __slots__ = ("_details", "code", "field", "message")

    def __init__(self, refusal: Refusal) -> None:
        details = dict(refusal.extensions)
        field = details.pop("field", None)
        self.code = details.pop("code")
        self.message = refusal.message
        self.field = _path(field)
        self._details: Mapping[str, Any] = details

    def __getattr__(self, name: str) -> Any:
        """Answer a detail."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._details.get(name)


@strawberry.interface(
    description="Something the client can act on: the mutation was refused and has changed nothing, "
    "unless its description says otherwise."
)
class UserError:
    """Something the client can act on."""

    codes: ClassVar[frozenset[str]] = frozenset()

    code: UserErrorCode = column("Why, for programs.")
    message: str = column("Why, for people: names the input and the way out.")
    field: list[str] | None = column("The way to the value in the input that is at fault; null if there is none.")

    @classmethod
    def is_type_of(cls, value: Any, _: Any) -> bool:
        """Tell the errors with this type's codes."""
        return isinstance(value, UserErrorValue) and (
            value.code in cls.codes or (cls is GeneralError and value.code not in DETAILED)
        )


@strawberry.type(description="A refusal that has no details.")
class GeneralError(UserError):
    """A refusal that has no details."""


@strawberry.type(description="Too many attempts have failed.")
class TooManyAttemptsError(UserError):
    """Too many attempts have failed."""

    codes: ClassVar[frozenset[str]] = frozenset({"TOO_MANY_ATTEMPTS"})

    retry_at: Instant = column("When the next attempt will be looked at.")


@strawberry.type(description="Fewer points are available than are wanted.")
class InsufficientPointsError(UserError):
    """Fewer points are available than are wanted."""

    codes: ClassVar[frozenset[str]] = frozenset({"INSUFFICIENT_POINTS"})

    available: int = column("How many are.")


@strawberry.type(description="Another quantity is on hand than was expected; nothing has changed.")
class StockChangedError(UserError):
    """Another quantity is on hand than was expected."""

    codes: ClassVar[frozenset[str]] = frozenset({"STOCK_CHANGED"})

    on_hand: int = column("How many units are on hand.")


@strawberry.type(description="Fewer units would be on hand than are promised to orders.")
class StockReservedError(UserError):
    """Fewer units would be on hand than are promised to orders."""

    codes: ClassVar[frozenset[str]] = frozenset({"STOCK_RESERVED"})

    on_hand: int = column("How many units are on hand.")
    reserved: int = column("How many of them are promised.")


@strawberry.type(description="Fewer pieces can be sold than are wanted.")
class InsufficientStockError(UserError):
    """Fewer pieces can be sold than are wanted."""

    codes: ClassVar[frozenset[str]] = frozenset({"INSUFFICIENT_STOCK"})

    available: int = column("How many can.")
    line_id: strawberry.ID | None = computed(
        lambda value: value.line_id and ids.encode("CartLine", value.line_id),
        description="The line of the cart that it is about; null for a gift.",
    )


@strawberry.type(description="The cart does not cost what the client has seen.")
class PriceChangedError(UserError):
    """The cart does not cost what the client has seen."""

    codes: ClassVar[frozenset[str]] = frozenset({"PRICE_CHANGED"})

    total: Money = column("What it costs.")


@strawberry.type(description="An order has been made of the cart.")
class CartOrderedError(UserError):
    """An order has been made of the cart."""

    codes: ClassVar[frozenset[str]] = frozenset({"CART_ORDERED"})

    order_id: strawberry.ID = column("The order's global id.", name="order_id", convert=ids.encoder("Order"))
    number: str = column("What people call the order by.")


@strawberry.type(description="What was asked does not apply where the thing stands.")
class InvalidStateError(UserError):
    """What was asked does not apply where the thing stands."""

    codes: ClassVar[frozenset[str]] = frozenset({"INVALID_STATE"})

    status: str = column("Where it stands: of the order, the merchant's part, the parcel or the return.")


@strawberry.type(description="More is asked for than there is left.")
class NotAvailableError(UserError):
    """More is asked for than there is left."""

    codes: ClassVar[frozenset[str]] = frozenset(
        {"NOTHING_TO_SEND", "CANCEL_REFUSED", "REFUND_EXCEEDS", "RETURN_REFUSED"}
    )

    available: int = column(
        "How much is: pieces, or minor units of the order's currency where an amount was asked for."
    )


USER_ERRORS: Final = (
    GeneralError,
    TooManyAttemptsError,
    InsufficientPointsError,
    InsufficientStockError,
    PriceChangedError,
    CartOrderedError,
    InvalidStateError,
    NotAvailableError,
    StockChangedError,
    StockReservedError,
)
"""The types of user errors; the schema is told of them, since only the interface is mentioned elsewhere."""
DETAILED: Final = frozenset().union(*(each.codes for each in USER_ERRORS))
CODES: Final[frozenset[str]] = frozenset(str(code.value) for code in UserErrorCode)


def _path(field: Any) -> list[str] | None:
    """Write the way to an input's value as the schema names it: "lines.0.variant_id" is lines, 0, variantId."""
    if field is None:
        return None
    return [_camel(part) for part in str(field).split(".")]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)
