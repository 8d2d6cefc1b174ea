"""Coupons: those in a customer's wallet, and those that can be claimed."""

from typing import Any

import strawberry

from domain.coupons import WalletStatus
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.scalars import Instant
from graph.types.discounts import Discount
from graph.types.merchants import Merchant
from graph.types.node import Node
from graph.types.vocabulary import enumeration
from resolvers import coupons
from resolvers.loaders import merchants as merchant_loaders
from resolvers.loaders.coupons import OfferRow, WalletRow

CouponStatus: Any = enumeration(
    "CouponStatus",
    "What can be done with a coupon just now.",
    {
        WalletStatus.AVAILABLE: "Can be used.",
        WalletStatus.UPCOMING: "Can be used later; `validFrom` says when.",
        WalletStatus.RESERVED: "An order that is not paid yet holds it.",
        WalletStatus.REDEEMED: "Was used.",
        WalletStatus.PAUSED: "Cannot be used for the time being.",
        WalletStatus.EXPIRED: "Its time is over.",
    },
)


@strawberry.type(
    description="A coupon that a customer has claimed, good for one use. Seen by the customer and by platform staff."
)
class Coupon(Node):
    """A coupon that a customer has claimed."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Coupon"))
    code: str = column("What is entered in a cart; good for this customer alone.")
    title: str = column("What it is called.")
    status: CouponStatus = computed(coupons.status, description="What can be done with it just now.")
    discount: Discount = computed(coupons.itself, description="What it gives.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose it is; null if it is the platform's."
    )
    valid_from: Instant | None = column(
        "From when it can be used; null if at once.", name="starts_at", convert=lambda at: at
    )
    valid_until: Instant | None = column("Until when it can be used; null if there is no end.")
    claimed_at: Instant = column("When it was claimed.")

    is_type_of = OfClass(WalletRow)


@strawberry.type(description="Coupons that can be claimed by `couponClaim`.")
class CouponOffer(Node):
    """Coupons that can be claimed."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("CouponOffer"))
    title: str = column("What it is called.")
    discount: Discount = computed(coupons.itself, description="What it gives.")
    merchant: Merchant | None = related(
        merchant_loaders.BY_ID, by="merchant_id", description="Whose it is; null if it is the platform's."
    )
    remaining: int | None = column("How many are left to be claimed; null if there is no limit.")
    customer_limit: int = column("How many one customer may claim.")
    claim_until: Instant | None = column("Until when it can be claimed; null if there is no end.")
    valid_from: Instant | None = column(
        "From when it can be used; null if at once.", name="starts_at", convert=lambda at: at
    )
    valid_until: Instant | None = column(
        "When all of them expire; null if there is no such day.", name="ends_at", convert=lambda at: at
    )
    valid_days: int | None = column("How many days one can be used once it is claimed; null if until `validUntil`.")

    is_type_of = OfClass(OfferRow)
