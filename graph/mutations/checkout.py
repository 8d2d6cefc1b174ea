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
        take_back=checkout.uncount_guess,
        after=checkout.completed,
        permission=Permission.SHOP,
        input=CheckoutCompleteInput,
        description="Order a cart and pay it. What it needs is reserved, and let go if the payment fails; the order is "
        "PENDING_PAYMENT until the provider's word. Errors: what `problems` name, INSUFFICIENT_STOCK, PRICE_CHANGED, "
        "DELIVERY_MISSING, CART_ORDERED, GIFT_CARD_REFUSED, TOO_MANY_ATTEMPTS, CONFLICT, IDEMPOTENCY_CONFLICT; "
        "PAYMENT_DECLINED beside the order.",
    )
