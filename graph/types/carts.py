"""Carts, their lines, and wish lists."""

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.pages import AFTER, Connection, page_size
from graph.scalars import CurrencyCode, Instant
from graph.types.addresses import Sent
from graph.types.cart_prices import (
    CartCost,
    CartCoupon,
    CartCouponAdvice,
    CartGift,
    CartMerchant,
    CartProblem,
    DeliveryOption,
    PriceStep,
)
from graph.types.money import Money
from graph.types.node import Node
from graph.types.orders import Order
from graph.types.variants import Variant
from graph.versions import version
from resolvers import cart_prices
from resolvers.loaders import orders as order_loaders
from resolvers.loaders import variants as variant_loaders
from resolvers.loaders.carts import CartLineRow, CartRow, WishlistItemRow


@strawberry.type(description="So many pieces of a variant in a cart. Seen by whoever holds the cart.")
class CartLine(Node):
    """So many pieces of a variant in a cart."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("CartLine"))
    quantity: int = column("How many pieces, 1 to 999.")
    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="What it is; null if it is not sold any more."
    )
    name: str = column("What it was called when it was put in.")
    unit_price: Money | None = computed(
        cart_prices.unit_price, description="What a piece costs now, at list price; null if it cannot be bought."
    )
    seen_unit_price: Money | None = computed(
        cart_prices.seen_price, description="What a piece cost when it was put in; null if there was no price."
    )
    total: Money | None = computed(
        cart_prices.total,
        description="`unitPrice` times `quantity`, before discounts: the lines add up to the cart's `subtotal`.",
    )
    discount: Money | None = batch(
        cart_prices.line_discount,
        description="The line's share of discounts, without points; null if not in the price.",
    )
    discounted_total: Money | None = batch(
        cart_prices.line_amount("net"), description="`total` less `discount`; null if the line is not in the price."
    )
    tax: Money | None = batch(
        cart_prices.line_amount("tax"), description="The line's tax; null if the line is not in the price."
    )
    points_earned: int | None = batch(
        cart_prices.line_points_earned, description="How many points it will earn; null if it is not in the price."
    )
    saved_for_later: bool = column("Whether it is saved for later, and not in the price.", name="saved", convert=bool)
    added_at: Instant = column("Since when it is in the cart.")

    is_type_of = OfClass(CartLineRow)


@strawberry.type(description="Where a cart is sent.")
class CartAddress(Sent):
    """Where a cart is sent."""


@strawberry.type(
    description="A cart over many merchants. Seen by whoever sends its token in the header `Cart-Token`, and by the "
    "customer whose it is."
)
class Cart(Node):
    """A cart over many merchants."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Cart"))
    currency: CurrencyCode = column("The currency of all its prices.")
    version: int = version()
    email: str | None = column("Where word of the order is sent; null until it is said.")
    address: CartAddress | None = computed(cart_prices.address, description="Where it is sent; null until it is said.")
    delivery_method: str | None = column("The code of the chosen delivery; null until it is chosen.")
    lines: Connection[CartLine] = batch(
        cart_prices.lines,
        description="What is in it, the oldest first.",
        arguments={"first": page_size(), "after": AFTER},
    )
    saved_lines: Connection[CartLine] = batch(
        cart_prices.saved_lines,
        description="What is saved for later, the oldest first.",
        arguments={"first": page_size(), "after": AFTER},
    )
    cost: CartCost = batch(cart_prices.of_carts(cart_prices.cost), description="What it costs.")
    price_trace: list[PriceStep] = batch(
        cart_prices.of_carts(cart_prices.trace), description="How the total came about; the amounts add up to it."
    )
    problems: list[CartProblem] = batch(
        cart_prices.of_carts(cart_prices.problems), description="What keeps it from being ordered as it is."
    )
    merchants: list[CartMerchant] = batch(
        cart_prices.of_carts(cart_prices.merchants), description="Each merchant's part."
    )
    delivery_options: list[DeliveryOption] = batch(
        cart_prices.of_carts(cart_prices.delivery_options),
        description="In which ways all its merchants send, to the address if there is one.",
    )
    coupons: list[CartCoupon] = batch(
        cart_prices.of_carts(cart_prices.coupons), description="The codes that were given, and what became of them."
    )
    coupon_advice: CartCouponAdvice = batch(
        cart_prices.advice,
        description="Which coupons fit and which save most together: those here and the customer's own.",
    )
    gifts: list[CartGift] = batch(cart_prices.of_carts(cart_prices.gifts), description="What is added for nothing.")
    points_asked: int = column("How many points shall be used.")
    points_used: int = batch(
        cart_prices.of_carts(lambda one: one.priced.price.points_used), description="How many points are used."
    )
    points_earned: int = batch(
        cart_prices.of_carts(lambda one: one.priced.price.points_earned),
        description="How many points the order will earn; none for guests.",
    )
    order: Order | None = related(
        order_loaders.BY_ID,
        by="order_id",
        description="The order that was made of it: it cannot be changed any more. Null if there is none, or none that "
        "came to something.",
    )
    created_at: Instant = column("Since when there is the cart.")
    changed_at: Instant = column("When it was changed last. A guest's cart is gone 30 days after that.")

    is_type_of = OfClass(CartRow)


@strawberry.type(description="A variant that a customer wishes for. Seen by the customer and by platform staff.")
class WishlistItem(Node):
    """A variant that a customer wishes for."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("WishlistItem"))
    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="What it is; null if it is not sold just now."
    )
    added_at: Instant = column("Since when it is on the list.")

    is_type_of = OfClass(WishlistItemRow)
