"""The terms of the shop: how goods are sent, which taxes are raised, the levels and points of the member club."""

from enum import Enum

import strawberry

from domain.money import Rounding
from domain.tax import TaxRounding as Rounded
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.scalars import CurrencyCode, DecimalText, decimal_text
from graph.types.membership import MembershipLevel
from graph.types.merchants import Merchant
from graph.types.money import Money, money
from graph.types.node import Node
from graph.versions import version
from resolvers import membership, shop_terms
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.shop_terms import DeliveryMethodRow, TaxRegionRow


@strawberry.enum(description="What a tax is rounded over.")
class TaxRounding(Enum):
    """What a tax is rounded over."""

    PER_LINE = strawberry.enum_value(Rounded.PER_LINE.value, description="Each line and each delivery by itself.")
    PER_ORDER = strawberry.enum_value(
        Rounded.PER_ORDER.value, description="Each rate of each merchant's part once, delivery included."
    )


@strawberry.enum(description="Where half a minor unit goes.")
class MoneyRounding(Enum):
    """Where half a minor unit goes."""

    HALF_UP = strawberry.enum_value(Rounding.HALF_UP.value, description="Up.")
    HALF_EVEN = strawberry.enum_value(Rounding.HALF_EVEN.value, description="To the even neighbour.")


@strawberry.type(description="A way in which a merchant's goods are sent, or everybody's who has none of that code.")
class DeliveryMethod(Node):
    """A way in which goods are sent."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("DeliveryMethod"))
    code: str = column("What carts choose it by, such as standard.")
    label: str = column("What shoppers read.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose; null for the platform's."
    )
    price: Money = money("price", description="What it costs.")
    free_from: Money | None = computed(
        membership.money("free_from", optional=True),
        description="It costs nothing when the merchant's goods come to this at list price; null if never.",
    )
    countries: list[str] | None = column("Where to, ISO 3166-1 alpha-2; null for everywhere.")
    tax_class: str = column("The tax class of what it costs.")
    version: int = version()

    is_type_of = OfClass(DeliveryMethodRow)


@strawberry.type(description="The rate of a tax class in a region.")
class TaxRate:
    """The rate of a tax class."""

    tax_class: str = column("The tax class: standard, reduced. A class without a rate has that of `standard`.")
    percent: DecimalText = column(
        'Per cent, as text: "19", "7.25".', name="rate_bp", convert=lambda rate: decimal_text(rate, 2)
    )


@strawberry.type(description="A country, or a region of one, with the taxes that are raised there.")
class TaxRegion(Node):
    """A country, or a region of one, with its taxes."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("TaxRegion"))
    country: str = column("ISO 3166-1 alpha-2.")
    region: str | None = column("The region, such as CA; null for the country as a whole.")
    name: str = column("What the tax is called there: VAT.")
    inclusive: bool = column("Whether prices contain it, or it comes on top.")
    per: TaxRounding = column("What it is rounded over.")
    rounding: MoneyRounding = column("Where half a minor unit goes.")
    is_default: bool = column("Whether it holds for carts without an address.")
    rates: list[TaxRate] = computed(shop_terms.rates_of_region, description="Its rates, by class.")
    version: int = version()

    is_type_of = OfClass(TaxRegionRow)


@strawberry.type(description="The levels of the member club.")
class MembershipLadder:
    """The levels of the member club."""

    levels: list[MembershipLevel] = column("The levels, the lowest first; empty if there are none.")
    version: int = version(of="they were")


@strawberry.type(description="What points are earned for and worth, everywhere or at one merchant's.")
class PointsRate:
    """What points are earned for and worth."""

    merchant: Merchant | None = related(
        merchant_loaders.BY_ID,
        by="merchant_id",
        description="At whose; null for everywhere else, and while the merchant is not listed.",
    )
    earned: DecimalText = column(
        'How many points are earned for 100 minor units (1.00 US dollar) spent, as text: "1", "2.5".',
        name="earn_bp",
        convert=lambda rate: decimal_text(rate, 2),
    )
    worth: DecimalText = column(
        'How many minor units a point pays, as text: "1", "0.5".',
        name="burn_bp",
        convert=lambda rate: decimal_text(rate, 4),
    )
    version: int = version()


@strawberry.type(description="The platform's programme of points.")
class PointsProgramme:
    """The platform's programme of points."""

    code: str = column("Its code.")
    name: str = column("Its name.")
    currency: CurrencyCode = column("The currency that points are earned and spent in.")
    expires_after_days: int | None = column("So many days after they became available points expire; null for never.")
    return_grace_days: int = column("So many days points live that are given back when their time was over.")
    rates: list[PointsRate] = column("Its rates: everywhere first, then at merchants' that have their own.")
    version: int = version()
