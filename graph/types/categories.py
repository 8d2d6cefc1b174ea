"""The category tree."""

from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from graph import ids
from graph.arguments import LOCALE, PRODUCT_SORT
from graph.execution.declarations import OfClass
from graph.fields import batch, column, related
from graph.pages import Connection, connection
from graph.types.node import Node
from graph.versions import version
from resolvers import categories, products
from resolvers.loaders import categories as loaders
from resolvers.loaders.categories import CategoryRow

if TYPE_CHECKING:
    from graph.types.products import Product


@strawberry.type(description="A node of the category tree.")
class Category(Node):
    """A node of the category tree."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Category"))
    name: str = batch(categories.names, description="The name.", arguments={"locale": LOCALE}, column="name")
    slug: str = column("The name in addresses, unique among categories.")
    description: str = column("What stands here, plain text; may be empty.")
    parent: Optional["Category"] = related(
        loaders.BY_ID, by="parent_id", description="What it stands below; null for a root."
    )
    ancestors: list["Category"] = batch(
        categories.ancestors, description="What it stands below: the root first, the parent last, itself left out."
    )
    children: Connection["Category"] = connection(
        categories.children, description="What stands directly below it, in the menu's order."
    )
    descendants: Connection["Category"] = connection(
        categories.descendants, description="What stands below it, at any depth, in the menu's order."
    )
    product_count: int = batch(
        categories.product_counts, description="How many listed products it and all below it hold."
    )
    products: Connection[Annotated["Product", strawberry.lazy("graph.types.products")]] = connection(
        products.of_categories, description="The listed products in it and all below it.", sort=PRODUCT_SORT
    )
    version: int = version()

    is_type_of = OfClass(CategoryRow)
