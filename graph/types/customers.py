"""Customers and their addresses."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column
from graph.pages import Connection, connection
from graph.scalars import CurrencyCode, Instant
from graph.types.carts import Cart, WishlistItem
from graph.types.inventory import StockAlert
from graph.types.membership import Membership
from graph.types.money import Money
from graph.types.node import Node
from graph.types.orders import Order
from graph.types.segments import CustomerSegment
from resolvers import carts, customers, inventory, membership, orders, segments, shop_terms, tickets
from resolvers.loaders.customers import AddressRow, CustomerRow, KnownCustomer
from resolvers.loaders.orders import OrderRow

if TYPE_CHECKING:
    from graph.types.tickets import Ticket


@strawberry.type(description="An address in a customer's book. Seen by the customer and by platform staff.")
class CustomerAddress(Node):
    """An address in a customer's book."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("CustomerAddress"))
    name: str = column("Who is delivered to.")
    line1: str = column("Street and number.")
    line2: str | None = column("What else the carrier needs; null if nothing.")
    city: str = column("The city.")
    region: str | None = column("The state or province; null if there is none.")
    postal_code: str = column("The postal code.")
    country: str = column("ISO 3166-1 alpha-2: DE, US.")
    phone: str | None = column("For the carrier; null if not given.")
    preferred: bool = column("Whether a new cart is delivered there unless said otherwise.")

    is_type_of = OfClass(AddressRow)


@strawberry.type(description="A shopper. Seen by the customer and by platform staff.")
class Customer(Node):
    """A shopper."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Customer"))
    display_name: str = column("The name that is shown with reviews and to agents.")
    email: str | None = column("The e-mail address; null for a guest and after erasure.")
    locale: str | None = column("The preferred language tag; null if the shop's will do.")
    currency: CurrencyCode | None = column("The preferred currency; null if the shop's will do.")
    interests: list[str] = column("What the customer is interested in, in lower case.")
    marketing_consent_at: Instant | None = column("Since when advertising is agreed to; null if it is not.")
    addresses: Connection[CustomerAddress] = connection(
        customers.addresses, description="The book of addresses, the oldest first.", reads=["id"]
    )
    membership: Membership = batch(
        membership.of_customers, description="The place in the member club: level, points.", reads=["id"]
    )
    cart: Cart | None = batch(
        carts.of_customers,
        description="The cart that was changed last and is not ordered; null if there is none, and for everyone but "
        "the customer.",
        reads=["id"],
    )
    wishlist: Connection[WishlistItem] = connection(
        carts.wishes, description="What the customer wishes for, the latest first.", reads=["id"]
    )
    tickets: Connection[Annotated["Ticket", strawberry.lazy("graph.types.tickets")]] = connection(
        tickets.of_customers,
        description="What the customer has asked for or complained about, the latest first.",
        reads=["id"],
    )
    orders: Connection[Order] = connection(
        orders.of_customers, description="What was ordered, the latest first.", reads=["id"], rows=OrderRow
    )
    segments: list[CustomerSegment] = batch(
        segments.of_customers,
        description="The segments that the customer is in; empty for others than platform staff.",
        reads=["customer_id"],
    )
    stock_alerts: Connection[StockAlert] = connection(
        inventory.alerts,
        description="What the customer waits for until it can be bought again, the latest first.",
        reads=["id"],
    )
    store_credit: list[Money] = batch(
        shop_terms.credit,
        description="What may be spent here without paying, by currency; empty if there is nothing.",
        reads=["id"],
    )
    created_at: Instant = column("Since when the shop knows the customer.")

    is_type_of = OfClass((CustomerRow, KnownCustomer))
