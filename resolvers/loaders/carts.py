"""Carts: by id, a customer's latest, lines, codes, chosen deliveries; wish lists."""

from sqlalchemy import ARRAY, ColumnElement, Text, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from models.carts import Cart, CartCoupon, CartDelivery, CartLine, WishlistItem
from models.categories import Category
from models.database import Row
from models.deliveries import DeliveryMethod
from models.inventory import StockLevel
from models.points import PointsRate
from models.products import Product
from models.variants import Variant, VariantPrice
from resolvers.loaders import cart_terms, variants
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class CartRow(Row):
    """A cart with its codes, and the methods chosen for some merchants by their ids as text; for whoever holds it."""


class CartLineRow(Row):
    """A line of a cart, with what its variant costs now in the cart's currency and how many can be sold."""


class WishlistItemRow(Row):
    """A variant that a customer wishes for."""


_codes = (
    select(func.array_agg(aggregate_order_by(CartCoupon.code, CartCoupon.position)))
    .where(CartCoupon.cart_id == Cart.id)
    .correlate(Cart)
    .scalar_subquery()
)
_methods = (
    select(func.jsonb_object_agg(cast(CartDelivery.merchant_id, Text), CartDelivery.method))
    .where(CartDelivery.cart_id == Cart.id)
    .correlate(Cart)
    .scalar_subquery()
)
_CARTS = select(
    Cart.id,
    Cart.customer_id,
    Cart.token_hash,
    Cart.currency,
    Cart.email,
    Cart.address,
    Cart.delivery_method,
    Cart.points_asked,
    Cart.order_id,
    Cart.version,
    Cart.created_at,
    Cart.changed_at,
    func.coalesce(_codes, literal([], ARRAY(Text))).label("codes"),
    _methods.label("methods_of"),
)
BY_ID = One(
    _CARTS.add_columns(
        cart_terms.SHOPPER.label("shopper"),
        cart_terms.REGIONS.label("regions"),
        cart_terms.PLATFORM_METHODS.label("methods"),
        cart_terms.PLATFORM_RATES.label("rates"),
    ).where(Cart.id == any_(keys())),
    key="id",
    row=CartRow,
    seen_by=access.sees_cart,
)
"""With what its price depends on beside its lines and promotions: whoever looks at a cart wants to know its price."""
LATEST = One(
    _CARTS.ext(distinct_on(Cart.customer_id))
    .where(Cart.customer_id == any_(keys()), Cart.order_id.is_(None))
    .order_by(Cart.customer_id, Cart.changed_at.desc(), Cart.id.desc()),
    key="customer_id",
    row=CartRow,
    seen_by=access.sees_cart,
)
"""The cart of each customer that was changed last, of those that no order was made of."""


def _sellable() -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(StockLevel.on_hand - StockLevel.reserved), 0))
        .where(StockLevel.variant_id == CartLine.variant_id)
        .correlate(CartLine)
        .scalar_subquery()
    )


_LINES = (
    select(
        CartLine.id,
        CartLine.cart_id,
        Cart.customer_id,
        Cart.token_hash,
        Cart.currency,
        CartLine.variant_id,
        CartLine.quantity,
        CartLine.unit_price.label("seen_price"),
        CartLine.saved,
        CartLine.name,
        CartLine.added_at,
        Variant.product_id,
        Variant.merchant_id,
        func.coalesce(Product.listed, False).label("listed"),
        Product.tax_class,
        Category.path.label("category_path"),
        VariantPrice.amount.label("price_amount"),
        _sellable().label("sellable"),
    )
    .join(Cart, Cart.id == CartLine.cart_id)
    .outerjoin(Variant, Variant.id == CartLine.variant_id)
    .outerjoin(Product, Product.id == Variant.product_id)
    .outerjoin(Category, Category.id == Product.category_id)
    .outerjoin(VariantPrice, (VariantPrice.variant_id == Variant.id) & (VariantPrice.currency == Cart.currency))
)
LINE_BY_ID = One(_LINES.where(CartLine.id == any_(keys())), key="id", row=CartLineRow, seen_by=access.sees_cart)
LINES = Many(
    _LINES.add_columns(
        cart_terms.methods(DeliveryMethod.merchant_id == Variant.merchant_id).label("methods"),
        cart_terms.rates(PointsRate.merchant_id == Variant.merchant_id).label("rates"),
        variants.ALONG.where(Variant.id == CartLine.variant_id).correlate(CartLine).scalar_subquery().label("variant"),
    )
    .where(CartLine.cart_id == any_(keys()))
    .order_by(CartLine.id),
    key="cart_id",
    row=CartLineRow,
)
"""With the terms of their merchants, which are those of the very lines that are found, and their variants."""

_WISHES = select(WishlistItem.id, WishlistItem.customer_id, WishlistItem.variant_id, WishlistItem.added_at)
WISH_BY_ID = One(
    _WISHES.where(WishlistItem.id == any_(keys())), key="id", row=WishlistItemRow, seen_by=access.sees_customer
)
WISHES = Keyset(
    _WISHES,
    order=(WishlistItem.id,),
    descending=True,
    row=WishlistItemRow,
    name="wishlist",
    parent=WishlistItem.customer_id,
)
WISH_COUNTS = One(
    select(WishlistItem.customer_id, func.count().label("count"))
    .where(WishlistItem.customer_id == any_(keys()))
    .group_by(WishlistItem.customer_id),
    key="customer_id",
    row=Row,
)
