"""Every type of event that the system writes: what it is about, who may follow it, and what it tells.

`docs/events.md` is made of this. A service that tells of something new adds a line here first: the outbox takes nothing
that is not known here.
"""

from datetime import timedelta
from enum import Enum
from typing import Final

from domain.access import Permission, Scope, Viewer

RETENTION: Final = timedelta(days=30)
"""How long an event can be read again."""


class Audience(Enum):
    """Who may follow an event; the value says so in a sentence. A merchant's partner follows its merchant's alone."""

    PUBLIC = "Partners with the scope EVENTS_READ."
    ORDERS = "Partners with the scopes EVENTS_READ and ORDERS_READ."
    TICKETS = "Partners with the scopes EVENTS_READ and TICKETS_READ."
    INTERNAL = "Administrators."


_SCOPE: Final = {Audience.ORDERS: Scope.ORDERS_READ, Audience.TICKETS: Scope.TICKETS_READ}


class EventType(Enum):
    """The types; the value is the noun that it is about, the audience and the sentence that explains it."""

    ACCOUNT_EMAIL_VERIFIED = ("account", Audience.INTERNAL, "An account's e-mail address was confirmed.")
    ACCOUNT_PASSWORD_CHANGED = ("account", Audience.INTERNAL, "An account has a new password.")
    ACCOUNT_REACTIVATED = ("account", Audience.INTERNAL, "A suspended account may sign in again.")
    ACCOUNT_SESSIONS_ENDED = ("account", Audience.INTERNAL, "Sessions of an account were ended.")
    ACCOUNT_SUSPENDED = ("account", Audience.INTERNAL, "An account was suspended.")
    ARTICLE_CHANGED = ("article", Audience.PUBLIC, "An article of the knowledge base is new or has changed.")
    ARTICLE_REMOVED = ("article", Audience.PUBLIC, "An article of the knowledge base is gone.")
    ATTRIBUTE_CHANGED = ("attribute", Audience.PUBLIC, "An attribute is new or has changed.")
    BACK_IN_STOCK = ("product", Audience.PUBLIC, "A variant of the product that was sold out can be bought again.")
    CART_ABANDONED = ("cart", Audience.INTERNAL, "A guest's cart was swept: nobody came back for it.")
    CART_CHANGED = ("cart", Audience.INTERNAL, "Something of a cart has changed.")
    CART_CREATED = ("cart", Audience.INTERNAL, "A cart was made.")
    CART_MERGED = ("cart", Audience.INTERNAL, "A cart went into another one and is gone.")
    CATEGORY_CHANGED = ("category", Audience.PUBLIC, "A category is new or has changed.")
    CATEGORY_REMOVED = ("category", Audience.PUBLIC, "A category is gone.")
    COLLECTION_CHANGED = ("collection", Audience.PUBLIC, "A collection is new or has changed.")
    COLLECTION_REMOVED = ("collection", Audience.PUBLIC, "A collection is gone.")
    COMMISSION_CHANGED = ("commission_rule", Audience.INTERNAL, "What the platform keeps of sales has changed.")
    COUPON_CLAIMED = ("coupon", Audience.INTERNAL, "A customer has claimed a coupon.")
    COUPON_REDEEMED = ("coupon_reservation", Audience.INTERNAL, "A reserved coupon was used.")
    COUPON_RELEASED = ("coupon_reservation", Audience.INTERNAL, "A reserved coupon was given back unused.")
    COUPON_RESERVED = ("coupon_reservation", Audience.INTERNAL, "A coupon was set aside for an order.")
    COUPON_RETURNED = ("coupon_reservation", Audience.INTERNAL, "A used coupon was given back.")
    CUSTOMER_CHANGED = ("customer", Audience.INTERNAL, "Something of a customer's has changed.")
    CUSTOMER_ERASED = ("customer", Audience.INTERNAL, "A customer's personal data was erased.")
    CUSTOMER_REGISTERED = ("customer", Audience.INTERNAL, "A customer has registered.")
    FULFILMENT_CANCELLED = ("order", Audience.ORDERS, "A parcel of an order was taken back: it is to be sent again.")
    FULFILMENT_CREATED = ("order", Audience.ORDERS, "A merchant has sent a parcel of an order.")
    FULFILMENT_DELIVERED = ("order", Audience.ORDERS, "A parcel of an order has arrived.")
    FULFILMENT_UPDATED = ("order", Audience.ORDERS, "A parcel of an order is followed by another number.")
    DELIVERY_METHOD_CHANGED = ("delivery_method", Audience.INTERNAL, "A way of sending is new or has changed.")
    DELIVERY_METHOD_REMOVED = ("delivery_method", Audience.INTERNAL, "A way of sending is offered no more.")
    GIFT_CARD_DISABLED = ("gift_card", Audience.INTERNAL, "A gift card is good for nothing more.")
    GIFT_CARD_ISSUED = ("gift_card", Audience.INTERNAL, "A gift card was issued.")
    GIFT_CARD_REDEEMED = ("gift_card", Audience.INTERNAL, "A gift card was paid with.")
    GIFT_CARD_REFUNDED = ("gift_card", Audience.INTERNAL, "Money went back onto a gift card.")
    INVOICE_ISSUED = ("order", Audience.ORDERS, "A merchant has written an invoice or a credit note for an order.")
    LOW_STOCK = (
        "product",
        Audience.PUBLIC,
        "Of a variant of the product few units are left, or none, by its threshold.",
    )
    MEMBERSHIP_LEVEL_CHANGED = ("membership", Audience.INTERNAL, "A member has another level.")
    MEMBERSHIP_LEVELS_CHANGED = ("membership_ladder", Audience.INTERNAL, "The shop has other levels.")
    MERCHANT_APPLIED = ("merchant", Audience.INTERNAL, "Somebody has applied to become a merchant.")
    MERCHANT_APPROVED = ("merchant", Audience.PUBLIC, "A merchant was approved: its products are listed.")
    MERCHANT_CHANGED = ("merchant", Audience.PUBLIC, "A merchant is new or its profile has changed.")
    MERCHANT_CLOSED = ("merchant", Audience.PUBLIC, "A merchant has closed for good.")
    MERCHANT_DOCUMENT_ACCEPTED = ("merchant", Audience.INTERNAL, "A document of a merchant's was accepted.")
    MERCHANT_DOCUMENT_REJECTED = ("merchant", Audience.INTERNAL, "A document of a merchant's was rejected.")
    MERCHANT_DOCUMENT_SUBMITTED = ("merchant", Audience.INTERNAL, "A document of a merchant's has come.")
    MERCHANT_REACTIVATED = ("merchant", Audience.PUBLIC, "A suspended merchant goes on.")
    MERCHANT_STAFF_CHANGED = ("merchant", Audience.INTERNAL, "Who works for a merchant has changed.")
    MERCHANT_SUSPENDED = ("merchant", Audience.PUBLIC, "A merchant was suspended: its products are not listed.")
    ORDER_CANCELLED = ("order", Audience.ORDERS, "An order was cancelled.")
    ORDER_DELIVERED = ("order", Audience.ORDERS, "All of an order has arrived.")
    ORDER_EXPIRED = ("order", Audience.ORDERS, "An order was not paid in time and has let go what it held.")
    ORDER_FULFILLED = ("order", Audience.ORDERS, "All of an order was sent.")
    ORDER_PAID = ("order", Audience.ORDERS, "An order is paid: its merchants send it.")
    ORDER_PARTIALLY_FULFILLED = ("order", Audience.ORDERS, "Some of an order was sent.")
    ORDER_PAYMENT_FAILED = (
        "order",
        Audience.ORDERS,
        "The payment of an order was refused; it has let go what it held.",
    )
    ORDER_PAYMENT_MISMATCHED = (
        "order",
        Audience.ORDERS,
        "A provider has taken another amount than an order asked for; what it did not ask for goes back.",
    )
    ORDER_PLACED = ("order", Audience.ORDERS, "An order was placed and waits for its payment.")
    ORDER_REFUNDED = ("order", Audience.ORDERS, "Something of an order was given back.")
    ORDER_REFUND_RETRIED = ("order", Audience.ORDERS, "Money that a provider refused to give back is asked for again.")
    ORDER_UNFULFILLED = ("order", Audience.ORDERS, "All parcels of an order were taken back: nothing of it is sent.")
    PARTNER_ADDED = ("partner", Audience.INTERNAL, "A partner was added.")
    PARTNER_KEYS_CHANGED = ("partner", Audience.INTERNAL, "A partner has a new API key, or one was revoked.")
    PLATFORM_STAFF_CHANGED = ("account", Audience.INTERNAL, "What an account is on the platform has changed.")
    POINTS_ADJUSTED = ("points", Audience.INTERNAL, "Points were given or taken by hand.")
    POINTS_CONFIRMED = ("points", Audience.INTERNAL, "Points that were pending can be used.")
    POINTS_EARNED = ("points", Audience.INTERNAL, "Points were earned.")
    POINTS_EXPIRED = ("points", Audience.INTERNAL, "The time of points was over.")
    POINTS_PROGRAMME_CHANGED = ("points_programme", Audience.INTERNAL, "Points live for another time.")
    POINTS_RATES_CHANGED = ("points_rate", Audience.INTERNAL, "Points are earned for, or are worth, something else.")
    POINTS_REDEEMED = ("points", Audience.INTERNAL, "Points that were set aside were used.")
    POINTS_RELEASED = ("points", Audience.INTERNAL, "Points that were set aside were given back unused.")
    POINTS_RESERVED = ("points", Audience.INTERNAL, "Points were set aside for an order.")
    POINTS_RETURNED = ("points", Audience.INTERNAL, "Used points were given back.")
    POINTS_REVOKED = ("points", Audience.INTERNAL, "Earned points were taken back.")
    PRODUCT_CHANGED = ("product", Audience.PUBLIC, "A product is new, or something of it or its variants has changed.")
    PROMOTION_ACTIVATED = ("promotion", Audience.INTERNAL, "A promotion runs.")
    PROMOTION_CHANGED = ("promotion", Audience.INTERNAL, "A draft of a promotion has changed.")
    PROMOTION_CODES_ADDED = ("promotion", Audience.INTERNAL, "A promotion has more codes.")
    PROMOTION_CREATED = ("promotion", Audience.INTERNAL, "A promotion was drafted.")
    PROMOTION_ENDED = ("promotion", Audience.INTERNAL, "A promotion has ended.")
    PROMOTION_PAUSED = ("promotion", Audience.INTERNAL, "A promotion pauses.")
    RETURN_APPROVED = ("order", Audience.ORDERS, "A merchant awaits something of an order back.")
    RETURN_CANCELLED = ("order", Audience.ORDERS, "What was to be sent back of an order is kept: it was withdrawn.")
    RETURN_RECEIVED = ("order", Audience.ORDERS, "Something of an order has come back.")
    RETURN_REJECTED = ("order", Audience.ORDERS, "A merchant does not take something of an order back.")
    RETURN_REQUESTED = ("order", Audience.ORDERS, "A customer wants to send something of an order back.")
    REVIEW_HIDDEN = ("review", Audience.INTERNAL, "A review was hidden, or is shown again.")
    REVIEW_REPLIED = ("review", Audience.PUBLIC, "A merchant has replied to a review.")
    REVIEW_WRITTEN = ("review", Audience.PUBLIC, "A customer has reviewed a product, or changed the review.")
    SEARCH_TUNING_CHANGED = ("search_tuning", Audience.INTERNAL, "What searches are tuned by has changed.")
    SEGMENT_CHANGED = ("segment", Audience.INTERNAL, "A segment of customers is new or has another rule.")
    SEGMENT_REMOVED = ("segment", Audience.INTERNAL, "A segment of customers is gone.")
    SEGMENT_SNAPSHOT_TAKEN = ("segment", Audience.INTERNAL, "It was found out who is in a segment.")
    STOCK_CHANGED = ("product", Audience.PUBLIC, "Of a variant of the product another quantity is on hand or promised.")
    STORE_CREDIT_GIVEN = ("store_credit", Audience.INTERNAL, "A customer was given store credit.")
    STORE_CREDIT_SPENT = ("store_credit", Audience.INTERNAL, "A customer has paid with store credit.")
    TAX_REGION_CHANGED = ("tax_region", Audience.PUBLIC, "Where which taxes are raised is new or has changed.")
    TAX_REGION_REMOVED = ("tax_region", Audience.PUBLIC, "Of a place no taxes are known any more.")
    WAREHOUSE_CHANGED = ("warehouse", Audience.INTERNAL, "A warehouse is new, or something of it has changed.")
    WAREHOUSE_CLOSED = ("warehouse", Audience.INTERNAL, "A warehouse was closed.")
    TICKET_ACCEPTED = ("ticket", Audience.TICKETS, "An agent has taken a ticket on.")
    TICKET_ASSIGNED = ("ticket", Audience.TICKETS, "A ticket is another agent's, or nobody's.")
    TICKET_ATTACHED = ("ticket", Audience.TICKETS, "A file was added to a ticket.")
    TICKET_CLOSED = ("ticket", Audience.TICKETS, "A ticket was closed.")
    TICKET_CUSTOMER_AWAITED = ("ticket", Audience.TICKETS, "The customer was asked something.")
    TICKET_INVESTIGATED = ("ticket", Audience.TICKETS, "A ticket is being looked into.")
    TICKET_MERGED = ("ticket", Audience.TICKETS, "A ticket was merged into another one, or another one into it.")
    TICKET_NOTED = ("ticket", Audience.INTERNAL, "Platform staff has written a note.")
    TICKET_OPENED = ("ticket", Audience.TICKETS, "A ticket was opened.")
    TICKET_PRIORITISED = ("ticket", Audience.TICKETS, "A ticket has another priority.")
    TICKET_RATED = ("ticket", Audience.TICKETS, "The customer has rated a ticket.")
    TICKET_REOPENED = ("ticket", Audience.TICKETS, "A ticket was opened again.")
    TICKET_REPLIED = ("ticket", Audience.TICKETS, "Somebody has written in a ticket.")
    TICKET_RESOLVED = ("ticket", Audience.TICKETS, "A ticket was resolved.")
    TICKET_SLA_BREACHED = ("ticket", Audience.INTERNAL, "A deadline of a ticket has passed.")
    TICKET_TAGGED = ("ticket", Audience.INTERNAL, "A ticket has other tags.")
    WEBHOOK_CREATED = ("webhook", Audience.INTERNAL, "A partner has events posted to a new address.")
    WEBHOOK_DISABLED = ("webhook", Audience.INTERNAL, "Events are not posted to an address any more.")
    WEBHOOK_ENABLED = ("webhook", Audience.INTERNAL, "Events are posted to an address again.")
    WEBHOOK_REMOVED = ("webhook", Audience.INTERNAL, "A partner's address for events is gone.")
    WEBHOOK_SECRET_ROTATED = ("webhook", Audience.INTERNAL, "A webhook has a new secret.")
    WISHLIST_ITEM_ADDED = ("wishlist_item", Audience.INTERNAL, "A customer wishes for something.")
    WISHLIST_ITEM_REMOVED = ("wishlist_item", Audience.INTERNAL, "A customer wishes for something no more.")

    @property
    def subject(self) -> str:
        """The noun that it is about."""
        subject: str = self.value[0]
        return subject

    @property
    def audience(self) -> Audience:
        """Who may follow it."""
        audience: Audience = self.value[1]
        return audience

    @property
    def sentence(self) -> str:
        """What it tells."""
        return str(self.value[2])


NAMES: Final = frozenset(EventType.__members__)
"""What the types are called in the log."""


def followed_by(viewer: Viewer) -> frozenset[EventType]:
    """Say which types a viewer may follow: partners by their key's scopes, administrators all; others none."""
    if not viewer.may(Permission.EVENTS_READ):
        return frozenset()
    return frozenset(each for each in EventType if _may_follow(viewer, each.audience))


def _may_follow(viewer: Viewer, audience: Audience) -> bool:
    if viewer.platform is not None or audience is Audience.PUBLIC:
        return True
    return _SCOPE.get(audience) in viewer.scopes
