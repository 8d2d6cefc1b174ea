"""What can be asked for, one declaration a field."""

import strawberry

from graph.arguments import CURRENCY_OF_ORDER, PRODUCT_FILTER, PRODUCT_SORT
from graph.fields import Argument, batch
from graph.pages import Connection, connection
from graph.types.categories import Category
from graph.types.collections import Collection
from graph.types.merchants import Merchant
from graph.types.node import ID, IDS, Node
from graph.types.products import Product
from resolvers import categories, collections, merchants, nodes, products, roots
from resolvers.loaders import categories as category_loaders
from resolvers.loaders import collections as collection_loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import products as product_loaders

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
    product: Product | None = batch(
        roots.found(product_loaders.BY_SLUG, by="slug"),
        description="The listed product with this slug; null if there is none.",
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
    merchant: Merchant | None = batch(
        roots.found(merchant_loaders.BY_SLUG, by="slug"),
        description="The active merchant with this slug; null if there is none.",
        arguments={"slug": SLUG},
    )
    merchants: Connection[Merchant] = connection(merchants.listing, description="The active merchants, by name.")
    collection: Collection | None = batch(
        roots.found(collection_loaders.BY_SLUG, by="slug"),
        description="The collection with this slug; null if there is none.",
        arguments={"slug": SLUG},
    )
    collections: Connection[Collection] = connection(collections.listing, description="Collections, by name.")
