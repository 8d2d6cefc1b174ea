"""Merchants."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from graph import ids
from graph.arguments import PRODUCT_SORT
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.pages import Connection, connection
from graph.scalars import Instant
from graph.types.node import Node
from graph.types.ratings import Rating
from graph.versions import version
from resolvers import products, ratings
from resolvers.loaders import merchants as loaders
from resolvers.loaders.merchants import MerchantRow

if TYPE_CHECKING:
    from graph.types.products import Product


@strawberry.type(
    description="Who a merchant is before the law: what stands on its invoices and credit notes. Seen by everybody."
)
class MerchantLegalDetails:
    """Who a merchant is before the law."""

    name: str = column("The legal name.")
    line1: str = column("Street and number.")
    line2: str | None = column("What else belongs to the address; null if nothing.")
    city: str = column("The city.")
    region: str | None = column("The state or province; null if there is none.")
    postal_code: str = column("The postal code.")
    country: str = column("ISO 3166-1 alpha-2: DE, US.")
    tax_number: str = column("The VAT id (DE123456789), or the national tax number.")
    email: str | None = column("Where it is written to; null if it did not say.")
    version: int = version(of="they")
    changed_at: Instant = column("Since when they are so.")


@strawberry.type(description="A seller of the marketplace.")
class Merchant(Node):
    """A seller of the marketplace."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Merchant"))
    name: str = column("The name.")
    slug: str = column("The name in addresses, unique among merchants.")
    description: str = column("What the merchant says of itself, plain text.")
    legal_details: MerchantLegalDetails | None = related(
        loaders.LEGAL_DETAILS, by="id", description="Who it is before the law; null until it has said so."
    )
    rating: Rating = computed(ratings.rating, description="The average over the reviews of all its products.")
    products: Connection[Annotated["Product", strawberry.lazy("graph.types.products")]] = connection(
        products.of_merchants,
        description="Its listed products.",
        sort=PRODUCT_SORT,
    )

    is_type_of = OfClass(MerchantRow)
