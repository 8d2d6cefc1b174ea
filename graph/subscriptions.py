"""What can be followed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, cast

import strawberry

from graph import ids
from graph.types.events import Event, EventType, type_names
from graph.types.orders import Order
from graph.types.products import Product
from graph.types.tickets import Ticket
from resolvers import events, updates
from resolvers.context import Context
from resolvers.loaders import orders as order_loaders
from resolvers.loaders import products as product_loaders
from resolvers.loaders import tickets as ticket_loaders


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    """What can be followed."""

    @strawberry.subscription(
        description="What happens: every event after the cursor, once, in the order of the commits, then each as it "
        "happens. For partners, by their keys' scopes (docs/events.md), and administrators. Errors: CURSOR_EXPIRED "
        "after 30 days, NOT_FOUND for others, BAD_USER_INPUT for a type the key does not cover, UNAUTHENTICATED when "
        "it is revoked."
    )
    async def events(
        self,
        info: strawberry.Info[Context, None],
        after: Annotated[
            str | None,
            strawberry.argument(description="Begin behind this cursor of an event; without it, from now on."),
        ] = None,
        types: Annotated[
            list[EventType] | None, strawberry.argument(description="Only events of these types; all without it.")
        ] = None,
    ) -> AsyncGenerator[Event, None]:
        """Follow the log."""
        async with aclosing(events.follow(info.context, after=after, types=type_names(types))) as log:
            async for event in log:
                yield cast("Any", event)

    @strawberry.subscription(
        description="A listed product as it is now, and again after every change of it: price, stock, texts, rating. "
        "Ends when the product is no longer listed."
    )
    async def product_updated(
        self,
        info: strawberry.Info[Context, None],
        product_id: Annotated[strawberry.ID, strawberry.argument(description="The product's global id.")],
    ) -> AsyncGenerator[Product, None]:
        """Follow a product."""
        following = updates.of(
            info.context, product_loaders.LISTED_BY_ID, ids.decode(product_id), type_name="Product", noun="product"
        )
        async with aclosing(following) as rows:
            async for row in rows:
                yield cast("Any", row)

    @strawberry.subscription(
        description="An order as it is now, and again after every change of it, for whoever sees it: its customer, the "
        "holder of its cart's token, merchants and partners concerned, agents. Ends when it is not to be seen."
    )
    async def order_updated(
        self,
        info: strawberry.Info[Context, None],
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order's global id.")],
    ) -> AsyncGenerator[Order, None]:
        """Follow an order."""
        following = updates.of(info.context, order_loaders.BY_ID, ids.decode(order_id), type_name="Order", noun="order")
        async with aclosing(following) as rows:
            async for row in rows:
                yield cast("Any", row)

    @strawberry.subscription(
        description="A ticket as it is now, and again after every change of it, for whoever sees it: its customer, "
        "merchants and partners concerned, agents. Ends when it is not to be seen."
    )
    async def ticket_updated(
        self,
        info: strawberry.Info[Context, None],
        ticket_id: Annotated[strawberry.ID, strawberry.argument(description="The ticket's global id.")],
    ) -> AsyncGenerator[Ticket, None]:
        """Follow a ticket."""
        following = updates.of(
            info.context, ticket_loaders.BY_ID, ids.decode(ticket_id), type_name="Ticket", noun="ticket"
        )
        async with aclosing(following) as rows:
            async for row in rows:
                yield cast("Any", row)
