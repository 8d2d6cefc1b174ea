"""What an order takes from the catalogue and the platform's rules when a cart is checked out."""

from sqlalchemy import any_, or_, select

from models.categories import Category
from models.commissions import CommissionRule
from models.database import Row, Statement
from models.products import Product
from models.variants import Variant
from resolvers.loaders.lookups import One, keys

GOODS = One(
    select(
        Variant.id,
        Variant.sku,
        Variant.name.label("variant"),
        Variant.product_id,
        Product.name.label("product"),
        Product.category_id,
        Category.path,
    )
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(Category, Category.id == Product.category_id)
    .where(Variant.id == any_(keys())),
    key="id",
    row=Row,
)
COMMISSIONS = Statement(
    select(CommissionRule.merchant_id, CommissionRule.category_id, CommissionRule.rate_bp).where(
        or_(CommissionRule.merchant_id.is_(None), CommissionRule.merchant_id == any_(keys()))
    )
)
"""The rules of merchants, and those of everybody."""
