"""Products."""

from typing import Any

import strawberry

from domain.products import Status
from graph import ids
from graph.arguments import CURRENCY, LOCALE
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.pages import AFTER, Connection, connection, page_size
from graph.scalars import Instant
from graph.types.attributes import ProductAttribute
from graph.types.categories import Category
from graph.types.merchants import Merchant
from graph.types.money import PriceRange
from graph.types.node import Node
from graph.types.ratings import Rating
from graph.types.reviews import Review
from graph.types.variants import Variant
from graph.types.vocabulary import enumeration
from graph.versions import version
from resolvers import merchant_products, products, ratings, reviews, variants
from resolvers.loaders import categories as category_loaders
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.products import ProductRow

ProductStatus: Any = enumeration(
    "ProductStatus",
    "What a product is at.",
    {
        Status.DRAFT: "Is being written; only the merchant's staff sees it.",
        Status.PUBLISHED: "Is listed, while its merchant is active.",
        Status.ARCHIVED: "Is not sold any more; only the merchant's staff sees it.",
    },
)


@strawberry.type(description="A picture of a product.")
class Media:
    """A picture."""

    url: str = column("Its address.")
    alt: str = column("What it shows, for those who cannot see it; may be empty.")


@strawberry.type(description="One way in which a product's variants differ.")
class ProductOption:
    """One way in which variants differ."""

    name: str = column("The option's name: Size.")
    values: list[str] = column("Its values, in order: S, M, L.")


@strawberry.type(
    description="Something that a merchant sells, in one or more variants. What is not listed is seen by its "
    "merchant's staff and administrators alone."
)
class Product(Node):
    """Something that a merchant sells."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Product"))
    name: str = batch(products.names, description="The name.", arguments={"locale": LOCALE}, column="name")
    slug: str = column("The name in addresses, unique among products.")
    description: str = batch(
        products.descriptions, description="What it is, plain text; may be empty.", arguments={"locale": LOCALE}
    )
    category: Category | None = related(
        category_loaders.BY_ID, by="category_id", description="Where it stands in the category tree."
    )
    merchant: Merchant | None = related(merchant_loaders.BY_ID, by="merchant_id", description="Who sells it.")
    price_range: PriceRange | None = batch(
        products.price_ranges,
        description="The least and the greatest price of its variants; null without any.",
        arguments={"currency": CURRENCY},
    )
    media: Connection[Media] = computed(
        products.media,
        description="Its pictures, the main one first.",
        arguments={"first": page_size(), "after": AFTER},
    )
    options: list[ProductOption] = batch(products.options, description="How its variants differ.")
    attributes: list[ProductAttribute] = batch(
        products.attributes, description="Its typed attributes, sorted by label."
    )
    variants: Connection[Variant] = connection(variants.of_products, description="What is sold of it.")
    rating: Rating = computed(ratings.rating, description="The average over its reviews.")
    reviews: Connection[Review] = connection(reviews.of_products, description="Its reviews, the newest first.")
    status: ProductStatus = computed(merchant_products.status, description="What it is at.")
    tax_class: str = batch(products.tax_classes, description="Which rate of a region's taxes holds for it: standard.")
    published_at: Instant | None = column("When it was first published; null if it never was.")
    version: int = version(of="it, its variants, its stock or its reviews were")

    is_type_of = OfClass(ProductRow)
