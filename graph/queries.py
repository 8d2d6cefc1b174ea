"""What can be asked for, one declaration a field."""

from collections.abc import Callable

import strawberry

from graph import ids
from graph.arguments import CURRENCY_OF_ORDER, LOCALE, PRODUCT_FILTER, PRODUCT_SORT
from graph.fields import Argument, batch
from graph.pages import AFTER, Connection, connection, page_size
from graph.scalars import Instant
from graph.types.articles import Article
from graph.types.attributes import Attribute
from graph.types.carts import Cart
from graph.types.categories import Category
from graph.types.collections import Collection
from graph.types.commissions import CommissionRule
from graph.types.coupons import CouponOffer
from graph.types.customers import Customer
from graph.types.events import TYPES, Event
from graph.types.inventory import StockMovement, StockMovementKind
from graph.types.merchant_accounts import MerchantAccount, MerchantState
from graph.types.merchants import Merchant
from graph.types.node import ID, IDS, Node
from graph.types.order_lists import ORDER_FILTER, ORDER_SORT
from graph.types.orders import Order
from graph.types.products import Product
from graph.types.promotions import Promotion, PromotionState
from graph.types.search import (
    FILTER,
    QUERY,
    SORT,
    SORT_ATTRIBUTE,
    ProductSearchConnection,
    SearchFacetValue,
    SearchResult,
)
from graph.types.search_tuning import SearchTuning
from graph.types.segments import Segment
from graph.types.shop_terms import DeliveryMethod, MembershipLadder, PointsProgramme, TaxRegion
from graph.types.ticket_desk import TicketDesk, TicketReport
from graph.types.ticket_queue import TICKET_FILTER, TICKET_SORT
from graph.types.tickets import Ticket, TicketKind, TicketStatus
from graph.types.viewers import Viewer
from graph.types.webhooks import Webhook
from resolvers import (
    articles,
    attributes,
    campaigns,
    carts,
    categories,
    collections,
    commissions,
    coupons,
    customers,
    events,
    inventory,
    merchant_accounts,
    merchants,
    nodes,
    order_lists,
    orders,
    products,
    roots,
    search,
    search_facets,
    search_tuning,
    segments,
    sessions,
    shop_terms,
    ticket_desk,
    tickets,
    webhooks,
)
from resolvers.loaders import categories as category_loaders
from resolvers.loaders import collections as collection_loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import products as product_loaders
from resolvers.loaders.orders import OrderRow


def _key_of(type_name: str) -> Callable[[str | None], int | None]:
    """Give what turns a global id into the key of an object of the type: 0, which is none, for any other object's."""

    def key(global_id: str | None) -> int | None:
        if global_id is None:
            return None
        found, key = ids.decode(global_id)
        return key if found == type_name else 0

    return key


SLUG = Argument(str, "The name in addresses.", ...)


@strawberry.type(description="What can be asked for.")
class Query:
    """What can be asked for."""

    node: Node | None = batch(
        nodes.one,
        description="Anything by its global id; null if there is no such thing, or not for you.",
        arguments={"id": ID},
    )
    nodes: list[Node | None] = batch(
        nodes.many,
        description="Many things by their global ids, in that order; null for each that there is not.",
        arguments={"ids": IDS},
    )
    viewer: Viewer = batch(
        sessions.viewers, description="Who asks, by the headers Authorization and Cart-Token; a visitor without them."
    )
    cart: Cart | None = batch(
        carts.one,
        description="A cart, for whoever sends its token in the header `Cart-Token` or is the customer whose it "
        "is; null for "
        "anyone else.",
        arguments={"id": Argument(strawberry.ID, "Its global id.", ..., convert=_key_of("Cart"))},
    )
    order: Order | None = batch(
        orders.one,
        description="An order, for its customer, whoever sends the token of its cart in the header `Cart-Token`, "
        "merchants that have a part in it (as far as that goes), and the platform; null for anyone else.",
        arguments={"id": Argument(strawberry.ID, "Its global id.", ..., convert=_key_of("Order"))},
    )
    orders: Connection[Order] = connection(
        order_lists.listing,
        description="Orders for staff: those with a part of one's merchant's, all of them for the platform. Customers "
        "have their own in `viewer.customer.orders`.",
        rows=OrderRow,
        filter=ORDER_FILTER,
        sort=ORDER_SORT,
    )
    product: Product | None = batch(
        roots.found(product_loaders.BY_SLUG, by="slug"),
        description="The product with this slug; null if there is none, or none that the viewer sees: listed ones, and "
        "those of one's own merchant.",
        arguments={"slug": SLUG},
    )
    products: Connection[Product] = connection(
        products.listing,
        description="Listed products, narrowed and sorted. Errors: BAD_USER_INPUT for a bad bound or cursor.",
        filter=PRODUCT_FILTER,
        sort=PRODUCT_SORT,
        currency=CURRENCY_OF_ORDER,
    )
    category: Category | None = batch(
        roots.found(category_loaders.BY_SLUG, by="slug"),
        description="The category with this slug; null if there is none.",
        arguments={"slug": SLUG},
    )
    categories: Connection[Category] = connection(
        categories.listing,
        description="Categories in the menu's order.",
        roots=Argument(bool, "Only those that stand below no other.", default=False),
    )
    attributes: Connection[Attribute] = connection(
        attributes.listing, description="The attributes that products can have, by label."
    )
    merchant: Merchant | None = batch(
        roots.found(merchant_loaders.BY_SLUG, by="slug"),
        description="The active merchant with this slug; null if there is none.",
        arguments={"slug": SLUG},
    )
    merchants: Connection[Merchant] = connection(merchants.listing, description="The active merchants, by name.")
    merchant_accounts: Connection[MerchantAccount] = connection(
        merchant_accounts.listing,
        description="The merchants that one works for; all of them for administrators, such as those that have "
        "applied. The oldest first.",
        state=Argument(
            MerchantState | None, "Only those that are at this.", convert=lambda state: state and state.value
        ),
    )
    collection: Collection | None = batch(
        roots.found(collection_loaders.BY_SLUG, by="slug"),
        description="The collection with this slug; null if there is none.",
        arguments={"slug": SLUG},
    )
    collections: Connection[Collection] = connection(collections.listing, description="Collections, by name.")
    commission_rules: Connection[CommissionRule] = connection(
        commissions.listing, description="What the platform keeps of what merchants sell; empty but for administrators."
    )
    coupon_offers: Connection[CouponOffer] = connection(
        coupons.offers, description="Coupons that the viewer can claim by `couponClaim`, the latest first."
    )
    promotions: Connection[Promotion] = connection(
        campaigns.listing,
        description="The promotions of the merchants whose campaigns one runs; all of them, the platform's too, for "
        "administrators. The latest first.",
        state=Argument(
            PromotionState | None, "Only those that are at this.", convert=lambda state: state and state.value
        ),
    )
    ticket_search: list[Ticket] = batch(
        tickets.found,
        description="Tickets that one sees, found by words of subject and messages or by number; agents find also by "
        "the customer's name, tags and notes, and not their own. Errors: SEARCH_UNAVAILABLE, BAD_USER_INPUT.",
        arguments={
            "query": QUERY,
            "status": Argument(list[TicketStatus] | None, "Only those that are at one of these."),
            "first": page_size(),
        },
    )
    tickets: Connection[Ticket] = connection(
        tickets.listing,
        description="The tickets that one sees: all of them for agents, those about their merchant's orders for a "
        "merchant's staff, one's own. Errors: BAD_USER_INPUT for a bad cursor.",
        filter=TICKET_FILTER,
        sort=TICKET_SORT,
    )
    article_search: list[Article] = batch(
        articles.found,
        description="Published articles of the knowledge base found by a text. Errors: SEARCH_UNAVAILABLE, "
        "BAD_USER_INPUT.",
        arguments={
            "query": QUERY,
            "kind": Argument(
                TicketKind | None,
                "Only those that may help with such tickets.",
                convert=lambda kind: kind and kind.value,
            ),
            "first": page_size(),
        },
    )
    articles: Connection[Article] = connection(articles.listing, description="The knowledge base, by title.")
    ticket_report: TicketReport | None = batch(
        ticket_desk.reports,
        description="How the desk has done; null for who does not work there. Errors: BAD_USER_INPUT.",
        arguments={
            "since": Argument(Instant, "Of tickets opened then or later.", ...),
            "until": Argument(Instant, "Of tickets opened before then.", ...),
        },
    )
    ticket_desk: TicketDesk | None = batch(
        ticket_desk.desks, description="How the desk works; null for who does not work there."
    )
    events: Connection[Event] = connection(
        events.page,
        description="What has happened, for partners: up to `first` events after the cursor, from the oldest that is "
        "still there without one, in the order of the commits. Who sees which: as of the subscription `events`. "
        "There may be fewer than `first` though more follow, when few of many are for the viewer. "
        "Errors: CURSOR_EXPIRED, NOT_FOUND, BAD_USER_INPUT.",
        default=100,
        types=TYPES,
    )
    delivery_methods: Connection[DeliveryMethod] = connection(
        shop_terms.methods,
        description="The ways in which a merchant sends that are its own, or those of the platform, the oldest first.",
        merchant_id=Argument(strawberry.ID | None, "Whose; the platform's without it.", convert=_key_of("Merchant")),
    )
    tax_regions: Connection[TaxRegion] = connection(
        shop_terms.regions, description="Where which taxes are raised, the oldest first."
    )
    membership_ladder: MembershipLadder = batch(shop_terms.ladder, description="The levels of the member club.")
    points_programme: PointsProgramme | None = batch(
        shop_terms.programme, description="The platform's programme of points; null if there is none."
    )
    stock_movements: Connection[StockMovement] = connection(
        inventory.movements,
        description="How the stock of a merchant that one works for has moved, any merchant's for administrators; the "
        "latest first. Empty for who may not see that.",
        merchant_id=Argument(strawberry.ID, "Whose.", ..., convert=_key_of("Merchant")),
        variant_id=Argument(strawberry.ID | None, "Only of this variant.", convert=_key_of("Variant")),
        warehouse_id=Argument(strawberry.ID | None, "Only in this warehouse.", convert=_key_of("Warehouse")),
        kind=Argument(StockMovementKind | None, "Only of this kind.", convert=lambda kind: kind and kind.value),
    )
    webhooks: Connection[Webhook] = connection(
        webhooks.listing, description="The webhooks that one may manage, one's own as a partner; the oldest first."
    )
    customers: Connection[Customer] = connection(
        customers.listing,
        description="Customers, the latest first; none for others than platform staff.",
        email=Argument(str | None, "Only the one with this e-mail address."),
        segment=Argument(str | None, "Only those in this segment, by its code, as the latest snapshot found them."),
    )
    segments: Connection[Segment] = connection(
        segments.listing, description="Segments by a rule, by code; none for others than platform staff."
    )
    product_search: ProductSearchConnection = batch(
        search.products,
        description="Listed products found by a text, with facets. Errors: SEARCH_UNAVAILABLE, at once, while the "
        "search engine does not answer; BAD_USER_INPUT for a filter, an order or a cursor that cannot be.",
        arguments={
            "query": QUERY,
            "filter": FILTER,
            "sort": SORT,
            "sort_attribute": SORT_ATTRIBUTE,
            "first": page_size(),
            "after": AFTER,
            "locale": LOCALE,
            "currency": CURRENCY_OF_ORDER,
        },
        looks_ahead=True,
    )
    product_search_facet_values: list[SearchFacetValue] = batch(
        search_facets.values,
        description="The values of one facet that a text finds, up to 50, the most frequent first: for facets with "
        "more values than a page shows. Errors: SEARCH_UNAVAILABLE, BAD_USER_INPUT.",
        arguments={
            "facet": Argument(str, "The facet's name: category, merchant, or an attribute's.", ...),
            "facet_query": Argument(str, "The beginning of a value, or of a word in it; empty finds all.", ...),
            "query": QUERY,
            "filter": FILTER,
            "locale": LOCALE,
        },
    )
    search_tuning: SearchTuning | None = batch(
        search_tuning.of_root, description="What searches are tuned by; null for who may not see it."
    )
    search: list[SearchResult] = batch(
        search.everything,
        description="Products, categories and merchants found by a text, in one ranking. Errors: SEARCH_UNAVAILABLE.",
        arguments={"query": QUERY, "first": page_size(10)},
    )
