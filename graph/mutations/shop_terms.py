"""The terms of the shop: deliveries, taxes, levels and points, store credit."""

import strawberry

from domain.access import Permission
from graph.mutation_fields import mutation
from graph.types.shop_term_mutations import (
    DeliveryMethodCreateInput,
    DeliveryMethodInput,
    DeliveryMethodPayload,
    DeliveryMethodRemovePayload,
    DeliveryMethodUpdateInput,
    MembershipLevelsSetInput,
    MembershipLevelsSetPayload,
    PointsProgrammePayload,
    PointsProgrammeSetInput,
    PointsRatesSetInput,
    StoreCreditIssueInput,
    StoreCreditIssuePayload,
    TaxRegionCreateInput,
    TaxRegionInput,
    TaxRegionPayload,
    TaxRegionRemovePayload,
    TaxRegionUpdateInput,
)
from resolvers import shop_terms


@strawberry.type(description="The terms of the shop.")
class ShopTermMutations:
    """The terms of the shop."""

    delivery_method_create: DeliveryMethodPayload = mutation(
        shop_terms.create_method,
        permission=Permission.DELIVERIES_WRITE,
        input=DeliveryMethodCreateInput,
        description="Offer a way of sending. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    delivery_method_update: DeliveryMethodPayload = mutation(
        shop_terms.update_method,
        permission=Permission.DELIVERIES_WRITE,
        input=DeliveryMethodUpdateInput,
        description="Change a way of sending; carts cost what it costs then. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
    delivery_method_remove: DeliveryMethodRemovePayload = mutation(
        shop_terms.remove_method,
        permission=Permission.DELIVERIES_WRITE,
        input=DeliveryMethodInput,
        description="Offer a way of sending no more; carts that chose it have a problem. Errors: NOT_FOUND, CONFLICT.",
    )
    tax_region_create: TaxRegionPayload = mutation(
        shop_terms.create_region,
        permission=Permission.TAXES_WRITE,
        input=TaxRegionCreateInput,
        description="Raise taxes in a country, or in a region of one. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    tax_region_update: TaxRegionPayload = mutation(
        shop_terms.update_region,
        permission=Permission.TAXES_WRITE,
        input=TaxRegionUpdateInput,
        description="Change a place's taxes, for carts and orders from now on. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
    tax_region_remove: TaxRegionRemovePayload = mutation(
        shop_terms.remove_region,
        permission=Permission.TAXES_WRITE,
        input=TaxRegionInput,
        description="Raise no taxes at a place any more. Errors: NOT_FOUND, BAD_USER_INPUT for the default, CONFLICT.",
    )
    membership_levels_set: MembershipLevelsSetPayload = mutation(
        shop_terms.set_levels,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=MembershipLevelsSetInput,
        description="Set the levels of the member club; members are at their new level within minutes. Errors: "
        "NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    points_programme_set: PointsProgrammePayload = mutation(
        shop_terms.set_programme,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=PointsProgrammeSetInput,
        description="Make the platform's programme of points, or change it; points that there are keep their expiry. "
        "Errors: NOT_FOUND, BAD_USER_INPUT, CONFLICT.",
    )
    points_rates_set: PointsProgrammePayload = mutation(
        shop_terms.set_rates,
        permission=Permission.PLATFORM_CAMPAIGNS_WRITE,
        input=PointsRatesSetInput,
        description="Set what points are earned for and worth, from now on. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT.",
    )
    store_credit_issue: StoreCreditIssuePayload = mutation(
        shop_terms.issue_credit,
        permission=Permission.STORE_CREDIT_ISSUE,
        input=StoreCreditIssueInput,
        description="Give a customer store credit at the platform's expense. Errors: NOT_FOUND, BAD_USER_INPUT, "
        "IDEMPOTENCY_CONFLICT.",
    )
