"""Promotions as those see them whose they are."""

from typing import Any

import strawberry

from domain.coupons import Method, State
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import batch, column, computed, related
from graph.pages import Connection, connection
from graph.scalars import CurrencyCode, DecimalText, Instant
from graph.types.discounts import Discount
from graph.types.merchants import Merchant
from graph.types.money import Money
from graph.types.node import Node
from graph.types.vocabulary import enumeration
from graph.versions import version
from resolvers import campaigns, coupons
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.promotions import CampaignRow

PromotionState: Any = enumeration(
    "PromotionState",
    "What a promotion is at.",
    {
        State.DRAFT: "Is being written; nobody sees it.",
        State.ACTIVE: "Can be claimed and used within its dates.",
        State.PAUSED: "Cannot be used for the time being.",
        State.ENDED: "Is over for good.",
    },
)
PromotionMethod: Any = enumeration(
    "PromotionMethod",
    "How one comes by a promotion.",
    {
        Method.AUTOMATIC: "It is tried on every cart.",
        Method.CODE: "By one of its codes, which may be passed on.",
        Method.CLAIM: "Customers claim coupons of their own, each good for one use.",
    },
)


def _global_ids(type_name: str) -> Any:
    return lambda keys: [ids.encode(type_name, key) for key in keys]


@strawberry.type(description="Which goods take part: those that are in each of the lists that are not empty.")
class PromotionScope:
    """Which goods take part. Its source is a promotion's row."""

    merchant_ids: list[strawberry.ID] = column(
        "Of these merchants.", name="merchant_ids", convert=_global_ids("Merchant")
    )
    category_ids: list[strawberry.ID] = column(
        "In these categories or below them.", name="category_ids", convert=_global_ids("Category")
    )
    collection_ids: list[strawberry.ID] = column(
        "In these collections.", name="collection_ids", convert=_global_ids("Collection")
    )
    product_ids: list[strawberry.ID] = column("These products.", name="product_ids", convert=_global_ids("Product"))
    label: str = column("What shoppers are told the goods are; may be empty.", name="scope_label", convert=str)


@strawberry.type(description="How often a promotion was claimed and used.")
class PromotionUses:
    """How often a promotion was claimed and used."""

    claimed: int = column("How many coupons were claimed.")
    reserved: int = column("How many uses orders hold that are not paid yet.")
    redeemed: int = column("How many uses were made and not given back.")
    spent: Money | None = column("What of the budget is spent or held; null without a budget.")


@strawberry.type(description="A code that may be passed on.")
class PromotionCode:
    """A code that may be passed on."""

    code: str = column("The code.")
    use_limit: int | None = column("How often it can be used; null if as often as the promotion allows.")
    reserved: int = column("How often it is held by orders that are not paid yet; counted with a limit only.")
    redeemed: int = column("How often it was used; counted with a limit only.")


@strawberry.type(
    description="A coupon campaign or an automatic promotion. Seen by the merchant's owners and managers, and by "
    "administrators."
)
class Promotion(Node):
    """A coupon campaign or an automatic promotion."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Promotion"))
    title: str = column("What shoppers see.")
    method: PromotionMethod = column("How one comes by it.")
    state: PromotionState = column("What it is at.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose it is; null if it is the platform's."
    )
    discount: Discount = computed(coupons.itself, description="What it gives.")
    scope: PromotionScope = computed(coupons.itself, description="Which goods take part.")
    currencies: list[CurrencyCode] = column("For carts in these currencies; empty for all.")
    starts_at: Instant | None = column("From when it can be used; null if at once.")
    ends_at: Instant | None = column("Until when it can be used; null if there is no end.")
    minimum_spend: Money | None = computed(
        campaigns.minimum_spend,
        description="What the goods that take part must come to at list price; null if nothing.",
    )
    minimum_quantity: int = column("How many pieces must take part.")
    level: str | None = column(
        "The lowest level of members that may use it; null for all.", name="level_name", convert=lambda name: name
    )
    segments: list[str] = column("For customers of one of these segments; empty for all.")
    first_order: bool = column("Whether it is for a first order only.")
    exclusive: bool = column("Whether it is used alone.")
    group: str | None = column(
        "Of a group at most one is used; null if it is in none.", name="group_name", convert=lambda name: name
    )
    combines_with: list[str] | None = column("The only groups it may be used with; null for no such limit.")
    priority: int = column("The higher goes first.")
    platform_share_percent: DecimalText = computed(
        campaigns.platform_share, description="What part the platform pays, as per cent; merchants pay the rest."
    )
    budget: Money | None = computed(
        coupons.sum_of("budget"), description="What its owner has set aside for it; null if there is no limit."
    )
    total_limit: int | None = column("How often it can be used, or claimed, in all; null if there is no limit.")
    customer_limit: int | None = column("How often by one customer; null if there is no limit.")
    claim_from: Instant | None = column("From when coupons can be claimed; null if at once.")
    claim_until: Instant | None = column("Until when coupons can be claimed; null if there is no end.")
    valid_days: int | None = column("How many days a coupon can be used once it is claimed; null if no limit.")
    uses: PromotionUses = batch(campaigns.uses, description="How often it was claimed and used.")
    codes: Connection[PromotionCode] = connection(
        campaigns.codes, description="Its codes that may be passed on, the oldest first."
    )
    created_at: Instant = column("When it was drafted.")
    version: int = version()

    is_type_of = OfClass(CampaignRow)
