"""Promotions and coupons."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.promotion_mutations import (
    CouponClaimInput,
    CouponClaimPayload,
    CustomerSegmentsSetInput,
    CustomerSegmentsSetPayload,
    PlatformPromotionCreateInput,
    PromotionCodesAddInput,
    PromotionCodesAddPayload,
    PromotionCreateInput,
    PromotionInput,
    PromotionPayload,
    PromotionStepInput,
    PromotionStepPayload,
    PromotionUpdateInput,
)
from resolvers import campaigns, coupons

_PLATFORMS = "The platform's own are for administrators."


@strawberry.type(description="Promotions and coupons.")
class PromotionMutations:
    """Promotions and coupons."""

    promotion_create: PromotionPayload = mutation(
        campaigns.create,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionCreateInput,
        description="Draft a promotion of a merchant, for its own goods. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    platform_promotion_create: PromotionPayload = mutation(
        campaigns.create_of_platform,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=PlatformPromotionCreateInput,
        description="Draft a promotion of the platform, for goods of all merchants. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    promotion_update: PromotionPayload = mutation(
        campaigns.update,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionUpdateInput,
        description=f"Give a DRAFT other terms. {_PLATFORMS} Errors: NOT_FOUND, CONFLICT, BAD_USER_INPUT.",
    )
    promotion_activate: PromotionStepPayload = mutation(
        campaigns.activate,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionStepInput,
        description=f"Activate a promotion; its budget is set aside. {_PLATFORMS} Errors: NOT_FOUND, CONFLICT.",
    )
    promotion_pause: PromotionPayload = mutation(
        campaigns.pause,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionInput,
        description="Pause a promotion: it can be neither claimed nor used, but what orders hold already can be "
        f"redeemed. {_PLATFORMS} Errors: NOT_FOUND, CONFLICT.",
    )
    promotion_end: PromotionStepPayload = mutation(
        campaigns.end,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionStepInput,
        description="End a promotion for good; what is left of its budget goes back, and claimed coupons expire. "
        f"{_PLATFORMS} Errors: NOT_FOUND, CONFLICT.",
    )
    promotion_codes_add: PromotionCodesAddPayload = mutation(
        campaigns.add_codes,
        permission=Permission.CAMPAIGNS_WRITE,
        input=PromotionCodesAddInput,
        description=f"Add codes to a promotion by CODE. {_PLATFORMS} Errors: NOT_FOUND, CONFLICT, BAD_USER_INPUT for a "
        "code that the promotion has already; another promotion may have the same.",
    )
    coupon_claim: CouponClaimPayload = mutation(
        coupons.claim,
        permission=Permission.OWN_CUSTOMER,
        input=CouponClaimInput,
        description="Claim a coupon; it lies in `membership.coupons` then. Errors: NOT_FOUND, COUPON_USED_UP when all "
        "are gone, COUPON_CUSTOMER_LIMIT when one has had as many as one may have.",
    )
    customer_segments_set: CustomerSegmentsSetPayload = mutation(
        campaigns.set_segments,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=CustomerSegmentsSetInput,
        description="Say in which segments a customer is; promotions may be for some only. Errors: NOT_FOUND, "
        "BAD_USER_INPUT.",
    )
