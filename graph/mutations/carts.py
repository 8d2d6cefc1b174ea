"""Carts and wish lists: what can be done about them."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.cart_mutations import (
    CartCouponsSetInput,
    CartCreateInput,
    CartCreatePayload,
    CartDeliverySetInput,
    CartLinesAddInput,
    CartLinesInput,
    CartLinesUpdateInput,
    CartMergeInput,
    CartMergePayload,
    CartPayload,
    CartPointsSetInput,
    WishlistItemAddInput,
    WishlistItemAddPayload,
    WishlistItemMoveInput,
    WishlistItemRemoveInput,
    WishlistItemRemovePayload,
)
from resolvers import carts


@strawberry.type(description="Carts and wish lists.")
class CartMutations:
    """Carts and wish lists."""

    cart_create: CartCreatePayload = mutation(
        carts.create,
        after=carts.created,
        permission=Permission.SHOP,
        input=CartCreateInput,
        description="Make a cart, of the customer who is signed in or of a guest. Errors: NOT_FOUND for a "
        "variant that is not "
        "sold, BAD_USER_INPUT.",
    )
    cart_lines_add: CartPayload = mutation(
        carts.add_lines,
        permission=Permission.SHOP,
        input=CartLinesAddInput,
        description="Put something into a cart. What cannot be had just now goes in all the same, with a problem. "
        "Errors: NOT_FOUND, BAD_USER_INPUT beyond 100 lines or 999 pieces, CONFLICT.",
    )
    cart_lines_update: CartPayload = mutation(
        carts.update_lines,
        permission=Permission.SHOP,
        input=CartLinesUpdateInput,
        description="Set how many pieces lines have; 0 removes. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    cart_lines_save: CartPayload = mutation(
        carts.save_lines,
        permission=Permission.SHOP,
        input=CartLinesInput,
        description="Save lines for later: they stay with the cart and are not in its price. Errors: NOT_FOUND, "
        "CONFLICT.",
    )
    cart_lines_restore: CartPayload = mutation(
        carts.restore_lines,
        permission=Permission.SHOP,
        input=CartLinesInput,
        description="Put lines that were saved for later back into the cart. Errors: NOT_FOUND, CONFLICT.",
    )
    cart_coupons_set: CartPayload = mutation(
        carts.set_coupons,
        permission=Permission.SHOP,
        input=CartCouponsSetInput,
        description="Set a cart's coupons. One that is unknown or does not fit stays, with a problem that says why. "
        "Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT, TOO_MANY_ATTEMPTS after 30 unknown ones in a short time.",
    )
    cart_points_set: CartPayload = mutation(
        carts.set_points,
        permission=Permission.SHOP,
        input=CartPointsSetInput,
        description="Set how many points to use. They are taken when the cart is ordered. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, "
        "CONFLICT.",
    )
    cart_delivery_set: CartPayload = mutation(
        carts.set_delivery,
        permission=Permission.SHOP,
        input=CartDeliverySetInput,
        description="Say where a cart is sent and how. Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    cart_merge: CartMergePayload = mutation(
        carts.merge,
        permission=Permission.OWN_CUSTOMER,
        input=CartMergeInput,
        description="Put a guest's cart into the customer's, after signing in; in the same document as "
        "`sessionCreate`, say. "
        "Errors: NOT_FOUND, BAD_USER_INPUT for a customer's cart, IDEMPOTENCY_CONFLICT.",
    )
    wishlist_item_add: WishlistItemAddPayload = mutation(
        carts.wish,
        permission=Permission.OWN_CUSTOMER,
        input=WishlistItemAddInput,
        description="Put something on one's wish list, once. Errors: NOT_FOUND, BAD_USER_INPUT beyond 200.",
    )
    wishlist_item_remove: WishlistItemRemovePayload = mutation(
        carts.unwish,
        permission=Permission.OWN_CUSTOMER,
        input=WishlistItemRemoveInput,
        description="Take something off one's wish list. Errors: NOT_FOUND.",
    )
    wishlist_item_move: CartPayload = mutation(
        carts.move_wish,
        permission=Permission.OWN_CUSTOMER,
        input=WishlistItemMoveInput,
        description="Put a wish into a cart, and take it off the list. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
