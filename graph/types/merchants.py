"""Merchants."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids
from graph.arguments import PRODUCT_SORT
from graph.execution.declarations import OfClass
from graph.fields import column, computed
from graph.pages import Connection, connection
from graph.types.node import Node
from graph.types.ratings import Rating
from resolvers import products, ratings
from resolvers.loaders.merchants import MerchantRow

if TYPE_CHECKING:
    from graph.types.products import Product


@strawberry.type(description="A seller of the marketplace.")
class Merchant(Node):
    """A seller of the marketplace."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Merchant"))
    name: str = column("The name.")
    slug: str = column("The name in addresses, unique among merchants.")
    description: str = column("What the merchant says of itself, plain text.")
    rating: Rating = computed(ratings.rating, description="The average over the reviews of all its products.")
    products: Connection[Annotated["Product", strawberry.lazy("graph.types.products")]] = connection(
        products.of_merchants,
        description="Its listed products.",
        sort=PRODUCT_SORT,
    )

    is_type_of = OfClass(MerchantRow)
