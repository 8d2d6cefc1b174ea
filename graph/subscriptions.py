"""What can be followed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry

from graph import ids
from graph.types.products import Product
from resolvers import products
from resolvers.context import Context


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    """What can be followed."""

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
        updates: AsyncGenerator[Any, None] = products.updates(info.context, ids.decode(product_id))
        async with aclosing(updates):
            async for product in updates:
                yield product
