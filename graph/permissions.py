"""Who may see which field: the rules that `permission_table` and the tests go by.

Every field of the schema stands here; one that does not fails the build. What a rule says is done by the gate
(`services.access`) when rows are read; tests hold the two together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

import strawberry
from graphql import GraphQLObjectType


class Sees(Enum):
    """Who sees an object and its fields."""

    EVERYONE = "everyone"
    LISTED = "everyone while it is listed; the merchant's staff and administrators always"
    ASKER = "who asked: it is the answer to the very request"
    COMMISSIONS = "administrators, who set commissions"
    STRUCTURE = "administrators"
    ACCOUNT = "its account; administrators"
    CUSTOMER = "its customer; platform staff"
    CART = "whoever holds the cart's token; its customer"
    ORDER = "its customer; whoever holds the cart's token; platform staff; partners that read orders"
    ORDER_PART = "as the order; the merchant's staff"
    STAFF = "the merchant's staff; administrators"
    MANAGERS = "the merchant's owners and managers; administrators"
    OWNERS = "the merchant's owners; administrators"
    TICKET = "its customer; platform staff; staff, and partners with TICKETS_READ, of merchants whose order it is about"
    AGENTS = "platform staff"
    PUBLISHED = "everyone while it is published; platform staff always"
    WEBHOOKS = "the partner; the merchant's owners; administrators"
    FOLLOWERS = "partners, what their key's scopes cover, of their merchant; administrators"


@dataclass(frozen=True, slots=True)
class Fields:
    """The rule for the fields of a type, all of them by name."""

    sees: Sees
    names: frozenset[str]


def _fields(sees: Sees, names: str) -> Fields:
    return Fields(sees, frozenset(names.split()))


FIELDS: Final[Mapping[str, Fields]] = MappingProxyType(
    {
        "Account": _fields(Sees.ACCOUNT, "email emailVerifiedAt createdAt"),
        "Cart": _fields(
            Sees.CART,
            "id currency version email address deliveryMethod lines savedLines cost priceTrace problems merchants"
            " deliveryOptions coupons couponAdvice gifts pointsAsked pointsUsed pointsEarned order createdAt changedAt",
        ),
        "CartAddress": _fields(Sees.CART, "name line1 line2 city region postalCode country phone"),
        "CartCost": _fields(Sees.CART, "subtotal discount points shipping shippingDiscount tax taxIncluded total"),
        "CartCoupon": _fields(Sees.CART, "code label applied amount missing reason"),
        "CartCouponAdvice": _fields(Sees.CART, "coupons best runnerUp exhaustive"),
        "CartDelivery": _fields(Sees.CART, "code label price"),
        "CartGift": _fields(Sees.CART, "variant quantity label worth"),
        "CartLine": _fields(
            Sees.CART,
            "id quantity variant name unitPrice seenUnitPrice total discount discountedTotal tax pointsEarned"
            " savedForLater addedAt",
        ),
        "CartMerchant": _fields(Sees.CART, "merchant cost delivery deliveryOptions pointsUsed pointsEarned"),
        "CartMergeLine": _fields(Sees.ASKER, "variant asked quantity outcome"),
        "CartProblem": _fields(Sees.CART, "code message lineId"),
        "CouponAdvice": _fields(Sees.CART, "code fits saves missing besideBest"),
        "CouponCombination": _fields(Sees.CART, "codes total saves"),
        "CouponObstacle": _fields(Sees.CART, "code message amount quantity at"),
        "DeliveryOption": _fields(Sees.CART, "code label price"),
        "PriceStep": _fields(Sees.CART, "kind label amount applied reason"),
        "WishlistItem": _fields(Sees.CUSTOMER, "id variant addedAt"),
        "BuyGetDiscount": _fields(Sees.EVERYONE, "buy get percent times"),
        "CommissionRule": _fields(Sees.COMMISSIONS, "id merchant category ratePercent"),
        "Coupon": _fields(Sees.CUSTOMER, "id code title status discount merchant validFrom validUntil claimedAt"),
        "CouponOffer": _fields(
            Sees.EVERYONE,
            "id title discount merchant remaining customerLimit claimUntil validFrom validUntil validDays",
        ),
        "Article": _fields(Sees.PUBLISHED, "id title body kinds published changedAt version"),
        "Attribute": _fields(
            Sees.EVERYONE, "id name label kind unit allowedValues filterable searchable sortable version"
        ),
        "Category": _fields(
            Sees.EVERYONE,
            "id name slug description parent ancestors children descendants productCount products version",
        ),
        "Collection": _fields(Sees.EVERYONE, "id name slug description merchant rule products version"),
        "DeliveryMethod": _fields(Sees.EVERYONE, "id code label merchant price freeFrom countries taxClass version"),
        "Customer": _fields(
            Sees.CUSTOMER,
            "id displayName email locale currency interests marketingConsentAt addresses membership cart wishlist"
            " orders stockAlerts storeCredit tickets segments createdAt",
        ),
        "CustomerAddress": _fields(Sees.CUSTOMER, "id name line1 line2 city region postalCode country phone preferred"),
        "FixedDiscount": _fields(Sees.EVERYONE, "amount"),
        "FreeShippingDiscount": _fields(Sees.EVERYONE, "maximum"),
        "Fulfilment": _fields(
            Sees.ORDER_PART,
            "id merchant status carrier trackingNumber trackingUrl lines shippedAt deliveredAt cancelledAt",
        ),
        "FulfilmentLine": _fields(Sees.ORDER_PART, "line quantity"),
        "Event": _fields(Sees.FOLLOWERS, "id cursor type occurredAt subjectId subjectVersion subject"),
        "GiftDiscount": _fields(Sees.EVERYONE, "name quantity"),
        "GiftCard": _fields(Sees.ASKER, "lastFour balance expiresAt"),
        "Invoice": _fields(Sees.ORDER_PART, "id kind number merchant total issuedAt path"),
        "Media": _fields(Sees.EVERYONE, "url alt"),
        "Membership": _fields(Sees.CUSTOMER, "level nextLevel spend since reason fallsAt history coupons points"),
        "MembershipChange": _fields(Sees.CUSTOMER, "fromLevel toLevel reason spend occurredAt"),
        "MembershipLadder": _fields(Sees.EVERYONE, "levels version"),
        "MembershipLevel": _fields(Sees.EVERYONE, "name threshold discountPercent freeShippingFrom pointsMultiplier"),
        "Merchant": _fields(Sees.EVERYONE, "id name slug description legalDetails rating products"),
        "MerchantLegalDetails": _fields(
            Sees.EVERYONE,
            "name line1 line2 city region postalCode country taxNumber email version changedAt",
        ),
        "ApiKey": _fields(Sees.OWNERS, "prefix label scopes createdAt revokedAt"),
        "Partner": _fields(Sees.OWNERS, "id kind name keys createdAt"),
        "MerchantAccount": _fields(
            Sees.STAFF,
            "id merchantId merchant name slug description legalDetails state stateReason createdAt documents members"
            " invitations partners products warehouses version",
        ),
        "MerchantDocument": _fields(
            Sees.MANAGERS, "id kind fileName mediaType sizeBytes state note createdAt uploadPath path"
        ),
        "MerchantInvitation": _fields(Sees.OWNERS, "email role expiresAt"),
        "MerchantMember": _fields(Sees.OWNERS, "email displayName role createdAt"),
        "MerchantMembership": _fields(Sees.ASKER, "role merchant"),
        "Money": _fields(Sees.EVERYONE, "amount currency"),
        "NextMembershipLevel": _fields(Sees.CUSTOMER, "name remainingSpend"),
        "Order": _fields(
            Sees.ORDER_PART,
            "id number status statusReason currency customer email address total refundedTotal cost priceTrace"
            " pointsUsed pointsEarned lines parts payments timeline allowedActions fulfilments refunds returns invoices"
            " tickets placedAt paidAt closedAt reservedUntil",
        ),
        "OrderAddress": _fields(Sees.ORDER_PART, "name line1 line2 city region postalCode country phone"),
        "OrderCost": _fields(
            Sees.ORDER_PART, "subtotal discount points shipping shippingDiscount tax taxIncluded total"
        ),
        "OrderLine": _fields(
            Sees.ORDER_PART,
            "id quantity name sku isGift unitPrice discount tax pointsWorth total refundedTotal pointsUsed pointsEarned"
            " fulfilled cancelled returned merchant product variant",
        ),
        "OrderPart": _fields(
            Sees.ORDER_PART,
            "id merchant status deliveryMethod deliveryLabel cost refundedTotal pointsUsed pointsEarned lines",
        ),
        "OrderTimelineEntry": _fields(Sees.ORDER_PART, "action fromStatus toStatus merchant note occurredAt"),
        "Payment": _fields(
            Sees.ORDER, "id method provider status amount captured refunded failure createdAt answeredAt"
        ),
        "PageInfo": _fields(Sees.EVERYONE, "hasNextPage hasPreviousPage startCursor endCursor"),
        "PercentageDiscount": _fields(Sees.EVERYONE, "percent maximum"),
        "Points": _fields(Sees.CUSTOMER, "available pending expiresNextAt entries"),
        "PointsEntry": _fields(Sees.CUSTOMER, "id points reason note occurredAt expiresAt order"),
        "PointsProgramme": _fields(Sees.EVERYONE, "code name currency expiresAfterDays returnGraceDays rates version"),
        "PointsRate": _fields(Sees.EVERYONE, "merchant earned worth version"),
        "PriceRange": _fields(Sees.EVERYONE, "min max"),
        "Product": _fields(
            Sees.LISTED,
            "id name slug description category merchant priceRange media options attributes variants rating reviews"
            " status taxClass publishedAt version",
        ),
        "ProductAttribute": _fields(Sees.EVERYONE, "name label kind value unit"),
        "ProductOption": _fields(Sees.EVERYONE, "name values"),
        "ProductSearchEdge": _fields(Sees.EVERYONE, "node cursor highlights"),
        "Promotion": _fields(
            Sees.MANAGERS,
            "id title method state merchant discount scope currencies startsAt endsAt minimumSpend minimumQuantity"
            " level segments firstOrder exclusive group combinesWith priority platformSharePercent budget totalLimit"
            " customerLimit claimFrom claimUntil validDays uses codes createdAt version",
        ),
        "PromotionCode": _fields(Sees.MANAGERS, "code useLimit reserved redeemed"),
        "PromotionScope": _fields(Sees.MANAGERS, "merchantIds categoryIds collectionIds productIds label"),
        "PromotionUses": _fields(Sees.MANAGERS, "claimed reserved redeemed spent"),
        "Rating": _fields(Sees.EVERYONE, "average count"),
        "Refund": _fields(Sees.ORDER_PART, "id status reason note amount pointsReturned lines createdAt"),
        "RefundLine": _fields(Sees.ORDER_PART, "line merchant quantity cancelled restocked amount pointsReturned"),
        "Return": _fields(
            Sees.ORDER_PART,
            "id merchant status reason note decision lines requestedAt decidedAt receivedAt cancelledAt",
        ),
        "ReturnLine": _fields(Sees.ORDER_PART, "line quantity received"),
        "Review": _fields(Sees.EVERYONE, "id rating title body author verified reply createdAt"),
        "ReviewReply": _fields(Sees.EVERYONE, "body repliedAt"),
        "ReviewAuthor": _fields(Sees.EVERYONE, "displayName"),
        "SearchFacet": _fields(Sees.EVERYONE, "name label kind unit values range"),
        "SearchFacetRange": _fields(Sees.EVERYONE, "min max"),
        "SearchFacetValue": _fields(Sees.EVERYONE, "value label count selected"),
        "SearchHighlight": _fields(Sees.EVERYONE, "field text"),
        "SearchPin": _fields(Sees.STRUCTURE, "query position product"),
        "SearchSynonym": _fields(Sees.STRUCTURE, "term synonyms"),
        "SearchTuning": _fields(Sees.STRUCTURE, "synonyms stopWords pins"),
        "CustomerSegment": _fields(Sees.AGENTS, "code title since reasons"),
        "Segment": _fields(
            Sees.AGENTS, "id code title rule liveCount snapshotAt snapshotCount members snapshots version"
        ),
        "SegmentReason": _fields(Sees.AGENTS, "field comparison value fact holds negated"),
        "SegmentSnapshot": _fields(Sees.AGENTS, "takenAt count"),
        "SelectedOption": _fields(Sees.EVERYONE, "name value"),
        "Session": _fields(Sees.ASKER, "accessToken refreshToken expiresAt viewer"),
        "SpendStep": _fields(Sees.EVERYONE, "spend save"),
        "SpendStepsDiscount": _fields(Sees.EVERYONE, "steps"),
        "Stock": _fields(Sees.EVERYONE, "available quantity"),
        "StockAlert": _fields(Sees.CUSTOMER, "variant setAt"),
        "StockDiscrepancy": _fields(Sees.ASKER, "variant expected onHand difference"),
        "StockLevel": _fields(Sees.STAFF, "warehouse onHand reserved"),
        "StockMovement": _fields(Sees.STAFF, "kind difference onHand variant warehouse reason reference by movedAt"),
        "StockThreshold": _fields(Sees.STAFF, "threshold supply"),
        "TaxRate": _fields(Sees.EVERYONE, "taxClass percent"),
        "TaxRegion": _fields(Sees.EVERYONE, "id country region name inclusive per rounding isDefault rates version"),
        "Ticket": _fields(
            Sees.TICKET,
            "id number kind status priority subject customer order orderLine merchants assignee allowedActions sla"
            " satisfaction messages history attachments suggestedArticles handling mergedInto openedAt"
            " firstRespondedAt resolvedAt closedAt changedAt",
        ),
        "TicketActor": _fields(Sees.TICKET, "party displayName"),
        "TicketAgent": _fields(Sees.TICKET, "id displayName"),
        "TicketAgentLoad": _fields(Sees.AGENTS, "agent skills capacity open"),
        "TicketAttachment": _fields(
            Sees.TICKET, "id fileName mediaType sizeBytes state author createdAt uploadPath path"
        ),
        "TicketDesk": _fields(Sees.AGENTS, "hours targets agents macros"),
        "TicketFigures": _fields(
            Sees.AGENTS,
            "kind agent opened responded resolved firstResponseSeconds resolutionSeconds breached breachRate rated"
            " satisfaction",
        ),
        "TicketHandling": _fields(
            Sees.AGENTS, "tags dueAt firstResponseBreachedAt nextResponseBreachedAt resolutionBreachedAt"
        ),
        "TicketMacro": _fields(Sees.AGENTS, "id title body action tags version"),
        "TicketMessage": _fields(Sees.TICKET, "id author body internal createdAt"),
        "TicketReport": _fields(Sees.AGENTS, "total byKind byAgent"),
        "TicketSatisfaction": _fields(Sees.TICKET, "score comment ratedAt"),
        "TicketSla": _fields(Sees.TICKET, "firstResponseDueAt nextResponseDueAt resolutionDueAt breached"),
        "TicketTargets": _fields(
            Sees.AGENTS, "kind priority firstResponseMinutes nextResponseMinutes resolutionMinutes"
        ),
        "SupportHours": _fields(Sees.AGENTS, "zone week holidays"),
        "SupportInterval": _fields(Sees.AGENTS, "start end"),
        "TicketStep": _fields(Sees.TICKET, "id action actor fromStatus toStatus occurredAt"),
        "Variant": _fields(
            Sees.LISTED,
            "id sku name barcode weightGrams product price compareAtPrice stock stockLevels stockThreshold"
            " selectedOptions",
        ),
        "Warehouse": _fields(Sees.STAFF, "id code name country priority active version createdAt"),
        "Webhook": _fields(
            Sees.WEBHOOKS,
            "id partner url document operationName types scopes state stateReason failingSince createdAt deliveries",
        ),
        "WebhookAttempt": _fields(Sees.WEBHOOKS, "status error durationMs occurredAt"),
        "WebhookDelivery": _fields(Sees.WEBHOOKS, "id event eventType test state dueAt deliveredAt createdAt attempts"),
        "Viewer": _fields(Sees.ASKER, "account customer merchants permissions"),
    }
)
"""The rule of each type. Lists of an object's are seen as the object is; payloads by who sent the mutation."""


def unruled(schema: strawberry.Schema) -> set[str]:
    """Name the fields without a rule, and the rules without a field."""
    ruled = {f"{name}.{field}" for name, rule in FIELDS.items() for field in rule.names}
    return ruled ^ {f"{each.name}.{field}" for each in _ruled_types(schema) for field in each.fields}


def _ruled_types(schema: strawberry.Schema) -> Iterator[GraphQLObjectType]:
    """Give the object types that need a rule: neither roots nor payloads, errors, pages, nor parts of a search."""
    core = schema._schema  # noqa: SLF001 - Strawberry offers no public way to its graphql-core schema
    roots = {core.query_type, core.mutation_type, core.subscription_type}
    for each in core.type_map.values():
        if not isinstance(each, GraphQLObjectType) or each in roots or each.name.startswith("__"):
            continue
        if not each.name.endswith(("Connection", "Payload", "Error", "Edge")) or each.name in FIELDS:
            yield each
