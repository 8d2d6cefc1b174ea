"""Lines of orders: what was bought, as it was called and cost then."""

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, related
from graph.types.merchants import Merchant
from graph.types.money import Money, money
from graph.types.node import Node
from graph.types.products import Product
from graph.types.variants import Variant
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders import products as product_loaders
from resolvers.loaders import variants as variant_loaders
from resolvers.loaders.orders import OrderLineRow


@strawberry.type(description="So many pieces of a variant as they were bought. Seen by who sees its merchant's part.")
class OrderLine(Node):
    """So many pieces of a variant as they were bought."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("OrderLine"))
    quantity: int = column("How many pieces were bought.")
    name: str = column("What it was called.")
    sku: str = column("The merchant's number of it.")
    is_gift: bool = column("Whether it was added for nothing.")
    unit_price: Money = money("unit_price", description="What a piece cost, at list price.")
    discount: Money = money("discount", description="What was taken off all pieces, without points.")
    tax: Money = money("tax", description="The tax of all pieces.")
    points_worth: Money = money("points_worth", description="What of it was paid with points.")
    total: Money = money(
        "total",
        description="What all pieces cost in money: after discounts and points, with the tax.",
    )
    refunded_total: Money = money("refunded", description="What of `total` was given back.")
    points_used: int = column("How many points were used on it.")
    points_earned: int = column("How many points it earns.")
    fulfilled: int = column("How many pieces were sent.")
    cancelled: int = column("How many pieces were cancelled before they were sent.")
    returned: int = column("How many pieces came back.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Who sells it; null if not active any more."
    )
    product: Product | None = related(
        product_loaders.BY_ID, by="product_id", description="The product as it is now; null if it is not sold any more."
    )
    variant: Variant | None = related(
        variant_loaders.BY_ID, by="variant_id", description="The variant as it is now; null if it is not sold any more."
    )

    is_type_of = OfClass(OrderLineRow)
