"""Variants: what is put into a cart."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.inventory import Supply
from graph import ids
from graph.arguments import CURRENCY
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.types.money import Money
from graph.types.node import Node
from graph.types.vocabulary import enumeration
from resolvers import variants
from resolvers.loaders import inventory as inventory_loaders
from resolvers.loaders import products as product_loaders
from resolvers.loaders.variants import VariantDocument, VariantRow

if TYPE_CHECKING:
    from graph.types.products import Product


@strawberry.type(description="The value that a variant has for one of its product's options.")
class SelectedOption:
    """An option's value."""

    name: str = column("The option's name: Size.")
    value: str = column("The value: M.")


@strawberry.type(description="What of a variant can be sold now.")
class Stock:
    """What can be sold now."""

    available: bool = column("Whether at least one unit can be sold.")
    quantity: int = column("How many units can be sold: those on hand less those promised, over all warehouses.")


@strawberry.type(description="Units of a variant in a warehouse. Seen by the merchant's staff and by administrators.")
class StockLevel:
    """Units in a warehouse."""

    warehouse: str = column("The warehouse's code, such as main.")
    on_hand: int = column("How many units lie there.")
    reserved: int = column("How many of them are promised to orders.")


StockSupply: Any = enumeration(
    "StockSupply",
    "How the supply of a variant is, all warehouses together, by its threshold.",
    {
        Supply.ENOUGH: "More units than the threshold can be sold.",
        Supply.LOW: "As many as the threshold, or fewer.",
        Supply.OUT: "None.",
    },
)


@strawberry.type(
    description="From how many units on a variant is low. Seen by the merchant's staff and by administrators."
)
class StockThreshold:
    """From how many units on a variant is low."""

    threshold: int = column("With so many units to sell, or fewer, it is low.")
    supply: StockSupply = column("How the supply was when it was looked at last, some seconds ago.")


@strawberry.type(description="One sellable form of a product.")
class Variant(Node):
    """One sellable form of a product."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Variant"))
    sku: str = column("The stock-keeping unit, unique within the merchant.")
    name: str = column("What tells it from its siblings; empty for an only one.")
    price: Money | None = batch(
        variants.prices, description="What one unit costs; null without a price.", arguments={"currency": CURRENCY}
    )
    compare_at_price: Money | None = batch(
        variants.compare_at_prices,
        description="The former, higher price, to be struck out; null if there is none.",
        arguments={"currency": CURRENCY},
    )
    stock: Stock = computed(variants.stock, description="What of it can be sold now.")
    selected_options: list[SelectedOption] = column(
        "Its values for the product's options, in their order.", name="option_values"
    )
    weight_grams: int | None = column("The weight of one unit in grams, if known.")
    barcode: str | None = column("The GTIN (EAN, UPC) or another barcode, if known.")
    stock_levels: list[StockLevel] = related(
        inventory_loaders.LEVELS, by="id", description="What lies in which warehouse; empty for who may not see that."
    )
    stock_threshold: StockThreshold | None = related(
        inventory_loaders.THRESHOLDS,
        by="id",
        description="From how many units on it is low; null if nobody has said, and for who may not see that.",
    )
    product: Annotated["Product", strawberry.lazy("graph.types.products")] | None = related(
        product_loaders.BY_ID, by="product_id", description="What it is a variant of."
    )

    is_type_of = OfClass((VariantRow, VariantDocument))
