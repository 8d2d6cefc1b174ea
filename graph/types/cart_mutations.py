"""Inputs and payloads of what is done about carts and wish lists."""

from typing import Any

import strawberry

from domain.carts import MergeOutcome
from graph import ids
from graph.fields import column, computed, related
from graph.inputs import IdempotentInput, id_of
from graph.mutation_fields import IdempotentPayload, Payload
from graph.scalars import CurrencyCode
from graph.types.carts import Cart, WishlistItem
from graph.types.customer_mutations import AddressInput
from graph.types.variants import Variant
from graph.types.vocabulary import enumeration
from resolvers.loaders import carts as loaders
from resolvers.loaders import variants as variant_loaders

CartMergeOutcome: Any = enumeration(
    "CartMergeOutcome",
    "What became of a guest's line.",
    {
        MergeOutcome.ADDED: "It is a new line of the customer's cart.",
        MergeOutcome.SUMMED: "Its pieces were added to the customer's line.",
        MergeOutcome.CAPPED: "As many of its pieces were taken as a line may have.",
        MergeOutcome.LEFT_OUT: "The customer's cart has as many lines as it may have.",
    },
)


@strawberry.input(description="Pieces of a variant.")
class CartLineInput:
    """Pieces of a variant."""

    variant_id: strawberry.ID = id_of("Variant", "Which variant.")
    quantity: int = strawberry.field(default=1, description="How many, 1 to 999.")


@strawberry.input(description="A line, and how many pieces it shall have.")
class CartLineUpdateInput:
    """A line, and how many pieces it shall have."""

    line_id: strawberry.ID = id_of("CartLine", "Which line.")
    quantity: int = strawberry.field(description="How many, 0 to 999; 0 removes the line.")


@strawberry.input(description="A new cart.")
class CartCreateInput:
    """A new cart."""

    lines: list[CartLineInput] = strawberry.field(description="What is in it; may be empty.", default_factory=list)
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Its currency. Without it: the one that the customer prefers, or else the shop's."
    )


@strawberry.input(description="A cart that one holds.")
class CartInput:
    """A cart that one holds; the base of what changes it."""

    cart_id: strawberry.ID = id_of("Cart", "Which cart.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the change was made for; CONFLICT if the cart has changed since. Without "
        "it the change "
        "is made to whatever the cart is.",
    )


@strawberry.input(description="What to put into a cart.")
class CartLinesAddInput(CartInput):
    """What to put into a cart."""

    lines: list[CartLineInput] = strawberry.field(description="Added to what is there of the same variants.")


@strawberry.input(description="How many pieces lines shall have.")
class CartLinesUpdateInput(CartInput):
    """How many pieces lines shall have."""

    lines: list[CartLineUpdateInput] = strawberry.field(
        description="The lines to change. What they cost now counts as seen."
    )


@strawberry.input(description="Lines of a cart.")
class CartLinesInput(CartInput):
    """Lines of a cart."""

    line_ids: list[strawberry.ID] = id_of("CartLine", "Which lines.")


@strawberry.input(description="The coupons of a cart.")
class CartCouponsSetInput(CartInput):
    """The coupons of a cart."""

    codes: list[str] = strawberry.field(description="All its codes, at most 20; empty for none.")


@strawberry.input(description="How many points to use.")
class CartPointsSetInput(CartInput):
    """How many points to use."""

    points: int = strawberry.field(description="How many, 0 for none. As many as there are and as fit are used.")


@strawberry.input(description="How one merchant's goods are sent.")
class CartMerchantDeliveryInput:
    """How one merchant's goods are sent."""

    merchant_id: strawberry.ID = id_of("Merchant", "Whose goods.")
    method: str = strawberry.field(description="A code of that part's `deliveryOptions`.")


@strawberry.input(description="Where a cart is sent, and how.")
class CartDeliverySetInput(CartInput):
    """Where a cart is sent, and how."""

    email: str = strawberry.field(description="Where word of the order is sent.")
    address: AddressInput = strawberry.field(description="Where the goods are sent.")
    method: str = strawberry.field(description="A code of the cart's `deliveryOptions`: standard is always there.")
    merchants: list[CartMerchantDeliveryInput] = strawberry.field(
        default_factory=list, description="Merchants whose goods are sent otherwise."
    )


@strawberry.input(description="A guest's cart to merge into the customer's.")
class CartMergeInput(IdempotentInput):
    """A guest's cart."""

    cart_id: strawberry.ID = id_of("Cart", "The guest's cart, whose token is in the header `Cart-Token`.")


@strawberry.type(description="The cart after the change.")
class CartPayload(Payload):
    """The cart after the change."""

    cart: Cart | None = related(loaders.BY_ID, by="cart_id", description="The cart; null if it was refused.")


@strawberry.type(description="The new cart, and its token.")
class CartCreatePayload(CartPayload):
    """The new cart, and its token."""

    token: str | None = column(
        "The cart's secret, for the header `Cart-Token`: whoever sends it may act on the cart. It is told only "
        "here; null if "
        "the cart was refused."
    )


@strawberry.type(description="What became of a guest's line.")
class CartMergeLine:
    """What became of a guest's line."""

    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="What it is; null if it is not sold any more."
    )
    asked: int = column("How many pieces the guest had.")
    quantity: int = column("How many pieces the customer's line has now; 0 if there is none.")
    outcome: CartMergeOutcome = column("What became of it.")


@strawberry.type(description="The customer's cart after a guest's was merged into it.")
class CartMergePayload(IdempotentPayload):
    """The customer's cart after the merge."""

    cart: Cart | None = related(loaders.BY_ID, by="cart_id", description="The customer's cart; null if refused.")
    lines: list[CartMergeLine] = computed(
        lambda result: result["lines"] or [], description="What became of each of the guest's lines."
    )
    codes_left_out: list[str] = computed(
        lambda result: result["codes_left_out"] or [],
        description="The guest's coupon codes that found no room; what becomes of the others, `coupons` of the "
        "cart says.",
    )


@strawberry.input(description="Something to wish for.")
class WishlistItemAddInput:
    """Something to wish for."""

    variant_id: strawberry.ID = id_of("Variant", "Which variant.")


@strawberry.input(description="A wish.")
class WishlistItemRemoveInput:
    """A wish."""

    item_id: strawberry.ID = id_of("WishlistItem", "Which one.")


@strawberry.input(description="A wish, and the cart that it goes into.")
class WishlistItemMoveInput:
    """A wish, and the cart that it goes into."""

    item_id: strawberry.ID = id_of("WishlistItem", "Which wish.")
    cart_id: strawberry.ID = id_of("Cart", "Which cart.")
    quantity: int = strawberry.field(default=1, description="How many pieces, 1 to 999.")


@strawberry.type(description="A wish after it was added.")
class WishlistItemAddPayload(Payload):
    """A wish after it was added."""

    item: WishlistItem | None = related(loaders.WISH_BY_ID, by="item_id", description="The wish; null if refused.")


@strawberry.type(description="What was taken off the wish list.")
class WishlistItemRemovePayload(Payload):
    """What was taken off the wish list."""

    removed_id: strawberry.ID | None = computed(
        lambda result: result["removed_id"] and ids.encode("WishlistItem", result["removed_id"]),
        description="The id that the wish had; null if it was refused.",
    )
