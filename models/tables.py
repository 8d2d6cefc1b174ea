"""All tables in one import, for the migrations, which must see them all."""

from models.accounts import Account, AccountSession, EmailToken, PlatformMember, RefreshToken, SignInFailure
from models.articles import Article
from models.attributes import Attribute
from models.base import Base
from models.carts import Cart, CartCoupon, CartDelivery, CartLine, WishlistItem
from models.categories import Category, CategoryTranslation, ProductCategory
from models.collections import Collection
from models.commissions import CommissionRule
from models.customers import Customer, CustomerAddress
from models.deliveries import DeliveryMethod
from models.events import Event, EventConsumer, EventLog
from models.fulfilments import Fulfilment, FulfilmentLine, FulfilmentSource
from models.gift_cards import GiftCard, GiftCardGuesses, GiftCardRedemption
from models.idempotency import IdempotencyKey
from models.inventory import StockAlert, StockLevel, StockMovement, StockReservation, StockThreshold, Warehouse
from models.invoices import Invoice, InvoiceSeries
from models.ledger import LedgerAccount, LedgerPosting, LedgerTransaction
from models.mails import Mail
from models.membership import (
    Membership,
    MembershipChange,
    MembershipLadder,
    MembershipLevel,
    MembershipRefund,
    MembershipSpend,
)
from models.merchant_staff import MerchantDocument, MerchantInvitation, MerchantMember
from models.merchants import Merchant, MerchantLegalDetails, MerchantRating
from models.order_refunds import Refund, RefundLine
from models.orders import Order, OrderEntry, OrderLine, OrderPart
from models.partners import ApiKey, Partner
from models.payments import Payment, PaymentNotice, PaymentRefund, ProviderCharge, ProviderRefund
from models.points import PointsLot, PointsLotMovement, PointsProgramme, PointsRate, PointsReservation
from models.products import Product, ProductPrice, ProductTranslation
from models.promotions import Coupon, CouponReservation, Promotion, PromotionCounter, PromotionCustomer
from models.returns import Return, ReturnLine
from models.reviews import Review
from models.search_tuning import SearchPin, SearchStopWord, SearchSynonym
from models.segments import CustomerSegment, Segment, SegmentSnapshot
from models.taxes import TaxRate, TaxRegion
from models.ticket_desk import SupportHours, TicketAgent, TicketAttachment, TicketMacro, TicketTargets
from models.tickets import Ticket, TicketMessage, TicketPause, TicketStep
from models.variants import Variant, VariantPrice
from models.webhooks import Webhook, WebhookAttempt, WebhookDelivery

metadata = Base.metadata

__all__ = [
    "Account",
    "AccountSession",
    "ApiKey",
    "Article",
    "Attribute",
    "Base",
    "Cart",
    "CartCoupon",
    "CartDelivery",
    "CartLine",
    "Category",
    "CategoryTranslation",
    "Collection",
    "CommissionRule",
    "Coupon",
    "CouponReservation",
    "Customer",
    "CustomerAddress",
    "CustomerSegment",
    "DeliveryMethod",
    "EmailToken",
    "Event",
    "EventConsumer",
    "EventLog",
    "Fulfilment",
    "FulfilmentLine",
    "FulfilmentSource",
    "GiftCard",
    "GiftCardGuesses",
    "GiftCardRedemption",
    "IdempotencyKey",
    "Invoice",
    "InvoiceSeries",
    "LedgerAccount",
    "LedgerPosting",
    "LedgerTransaction",
    "Mail",
    "Membership",
    "MembershipChange",
    "MembershipLadder",
    "MembershipLevel",
    "MembershipRefund",
    "MembershipSpend",
    "Merchant",
    "MerchantDocument",
    "MerchantInvitation",
    "MerchantLegalDetails",
    "MerchantMember",
    "MerchantRating",
    "Order",
    "OrderEntry",
    "OrderLine",
    "OrderPart",
    "Partner",
    "Payment",
    "PaymentNotice",
    "PaymentRefund",
    "PlatformMember",
    "PointsLot",
    "PointsLotMovement",
    "PointsProgramme",
    "PointsRate",
    "PointsReservation",
    "Product",
    "ProductCategory",
    "ProductPrice",
    "ProductTranslation",
    "Promotion",
    "PromotionCounter",
    "PromotionCustomer",
    "ProviderCharge",
    "ProviderRefund",
    "RefreshToken",
    "Refund",
    "RefundLine",
    "Return",
    "ReturnLine",
    "Review",
    "SearchPin",
    "SearchStopWord",
    "SearchSynonym",
    "Segment",
    "SegmentSnapshot",
    "SignInFailure",
    "StockAlert",
    "StockLevel",
    "StockMovement",
    "StockReservation",
    "StockThreshold",
    "SupportHours",
    "TaxRate",
    "TaxRegion",
    "Ticket",
    "TicketAgent",
    "TicketAttachment",
    "TicketMacro",
    "TicketMessage",
    "TicketPause",
    "TicketStep",
    "TicketTargets",
    "Variant",
    "VariantPrice",
    "Warehouse",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WishlistItem",
    "metadata",
]
