"""What can be changed: a file for each domain, one declaration a field, with its resolver and its permission."""

import strawberry

from graph.mutations.accounts import AccountMutations
from graph.mutations.carts import CartMutations
from graph.mutations.checkout import CheckoutMutations
from graph.mutations.club import ClubMutations
from graph.mutations.commissions import CommissionMutations
from graph.mutations.customers import CustomerMutations
from graph.mutations.inventory import InventoryMutations
from graph.mutations.merchants import MerchantMutations
from graph.mutations.order_care import OrderCareMutations
from graph.mutations.platform import PlatformMutations
from graph.mutations.products import ProductMutations
from graph.mutations.promotions import PromotionMutations
from graph.mutations.reviews import ReviewMutations
from graph.mutations.segments import SegmentMutations
from graph.mutations.shop_terms import ShopTermMutations
from graph.mutations.structure import StructureMutations
from graph.mutations.ticket_desk import TicketDeskMutations
from graph.mutations.tickets import TicketMutations
from graph.mutations.webhooks import WebhookMutations


@strawberry.type(description="What can be changed. Each is done wholly or not at all, one after the other.")
class Mutation(
    AccountMutations,
    CartMutations,
    CheckoutMutations,
    ClubMutations,
    CommissionMutations,
    CustomerMutations,
    InventoryMutations,
    MerchantMutations,
    OrderCareMutations,
    PlatformMutations,
    PromotionMutations,
    ProductMutations,
    ReviewMutations,
    SegmentMutations,
    ShopTermMutations,
    StructureMutations,
    TicketDeskMutations,
    TicketMutations,
    WebhookMutations,
):
    """What can be changed."""
