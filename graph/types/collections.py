"""Collections."""

import strawberry
from orjson import dumps

from graph import ids
from graph.arguments import PRODUCT_SORT
from graph.execution.declarations import OfClass
from graph.fields import column, related
from graph.pages import Connection, connection
from graph.types.merchants import Merchant
from graph.types.node import Node
from graph.types.products import Product
from graph.versions import version
from resolvers import collections
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.collections import CollectionRow


@strawberry.type(description="Products gathered by a rule; whatever matches the rule now is in it.")
class Collection(Node):
    """Products gathered by a rule."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Collection"))
    name: str = column("The name.")
    slug: str = column("The name in addresses, unique among collections.")
    description: str = column("What it gathers, plain text; may be empty.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose it is; null for one of the whole marketplace."
    )
    rule: str = column(
        "The rule as a JSON text, as `collectionCreate` takes it.",
        name="rule",
        convert=lambda rule: dumps(rule).decode(),
    )
    products: Connection[Product] = connection(
        collections.members, description="The listed products that match its rule.", sort=PRODUCT_SORT
    )
    version: int = version()

    is_type_of = OfClass(CollectionRow)
