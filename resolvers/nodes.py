"""Objects by global id, whatever their type."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from models.database import Row
from resolvers.context import Context
from resolvers.loaders import (
    articles,
    attributes,
    carts,
    categories,
    collections,
    commissions,
    coupons,
    customers,
    events,
    inventory,
    membership,
    merchant_accounts,
    merchants,
    order_care,
    orders,
    partners,
    products,
    promotions,
    reviews,
    segments,
    shop_terms,
    ticket_desk,
    tickets,
    variants,
    webhooks,
)
from resolvers.loaders.lookups import One

LOOKUPS: Final[Mapping[str, One[Any]]] = {
    "Article": articles.BY_ID,
    "Cart": carts.BY_ID,
    "CartLine": carts.LINE_BY_ID,
    "Attribute": attributes.BY_ID,
    "Category": categories.BY_ID,
    "Collection": collections.BY_ID,
    "CommissionRule": commissions.BY_ID,
    "Coupon": coupons.BY_ID,
    "CouponOffer": coupons.OFFER_BY_ID,
    "Customer": customers.BY_ID,
    "CustomerAddress": customers.ADDRESS_BY_ID,
    "DeliveryMethod": shop_terms.METHOD_BY_ID,
    "Event": events.BY_ID,
    "Merchant": merchants.BY_ID,
    "MerchantAccount": merchant_accounts.BY_ID,
    "MerchantDocument": merchant_accounts.DOCUMENT_BY_ID,
    "Fulfilment": order_care.FULFILMENT_BY_ID,
    "Invoice": order_care.INVOICE_BY_ID,
    "Order": orders.BY_ID,
    "OrderLine": orders.LINE_BY_ID,
    "OrderPart": orders.PART_BY_ID,
    "Partner": partners.BY_ID,
    "Payment": orders.PAYMENT_BY_ID,
    "PointsEntry": membership.ENTRY_BY_ID,
    "Product": products.BY_ID,
    "Promotion": promotions.BY_ID,
    "Refund": order_care.REFUND_BY_ID,
    "Return": order_care.RETURN_BY_ID,
    "Review": reviews.BY_ID,
    "Segment": segments.BY_ID,
    "TaxRegion": shop_terms.REGION_BY_ID,
    "Ticket": tickets.BY_ID,
    "TicketAgent": tickets.AGENT_BY_ID,
    "TicketAttachment": tickets.ATTACHMENT_BY_ID,
    "TicketMacro": ticket_desk.MACRO_BY_ID,
    "TicketMessage": tickets.MESSAGE_BY_ID,
    "TicketStep": tickets.STEP_BY_ID,
    "Variant": variants.BY_ID,
    "Warehouse": inventory.WAREHOUSE_BY_ID,
    "Webhook": webhooks.BY_ID,
    "WebhookDelivery": webhooks.DELIVERY_BY_ID,
    "WishlistItem": carts.WISH_BY_ID,
}
"""How each type's objects are found by key."""


async def one(root: Sequence[None], context: Context, *, id: tuple[str, int]) -> list[Row | None]:  # noqa: A002 - the field's argument
    """Answer one object. What may not be seen is None, like what does not exist."""
    found = await _find(context, id)
    return [found for _ in root]


async def many(root: Sequence[None], context: Context, *, ids: Sequence[tuple[str, int]]) -> list[list[Row | None]]:
    """Answer many objects, with one statement a type."""
    found = list(await asyncio.gather(*(_find(context, each) for each in ids)))
    return [found for _ in root]


async def many_of(context: Context, identities: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Row | None]:
    """Find many objects by type and key, with one statement a type."""
    by_type: dict[str, dict[int, None]] = {}
    for type_name, key in identities:
        by_type.setdefault(type_name, {})[key] = None
    found = await asyncio.gather(*(context.load_many(LOOKUPS[name], list(keys)) for name, keys in by_type.items()))
    return {
        (name, key): row
        for (name, keys), rows in zip(by_type.items(), found, strict=True)
        for key, row in zip(keys, rows, strict=True)
    }


async def _find(context: Context, identity: tuple[str, int]) -> Row | None:
    type_name, key = identity
    lookup = LOOKUPS.get(type_name)
    return None if lookup is None else await context.load(lookup, key)
