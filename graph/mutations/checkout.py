"""Checkout: a cart becomes an order."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.checkout_mutations import CheckoutCompleteInput, CheckoutCompletePayload
from resolvers import checkout


@strawberry.type(description="Checkout.")
class CheckoutMutations:
    """Checkout."""

    checkout_complete: CheckoutCompletePayload = mutation(
        checkout.complete,
        before=checkout.count_guess,
        after=checkout.completed,
        permission=Permission.SHOP,
        input=CheckoutCompleteInput,
        description="Order a cart and pay it. Everything it needs is reserved first; if the payment fails, that is let "
        "go and the cart can be ordered again. An order that is PENDING_PAYMENT waits for the provider's word. Errors: "
        "what the cart's `problems` name, INSUFFICIENT_STOCK, DELIVERY_MISSING, PRICE_CHANGED, CART_ORDERED, "
        "COUPON_USED_UP, COUPON_CUSTOMER_LIMIT, COUPON_REFUSED, INSUFFICIENT_POINTS, GIFT_CARD_REFUSED, "
        "TOO_MANY_ATTEMPTS, BAD_USER_INPUT, NOT_FOUND, CONFLICT, IDEMPOTENCY_CONFLICT; PAYMENT_DECLINED beside the "
        "order.",
    )
