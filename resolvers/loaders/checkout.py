"""What an order takes from the catalogue and the platform's rules when a cart is checked out."""

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, or_, select

from models.categories import Category
from models.commissions import CommissionRule
from models.database import Statement
from models.products import Product
from models.variants import Variant
from resolvers.loaders.documents import document, documents
from resolvers.loaders.lookups import keys

_GOODS = (
    select(
        documents(
            document(
                {
                    "id": Variant.id,
                    "sku": Variant.sku,
                    "variant": Variant.name,
                    "product_id": Variant.product_id,
                    "product": Product.name,
                    "category_id": Product.category_id,
                    "path": Category.path,
                }
            ),
            order=Variant.id,
        )
    )
    .select_from(Variant)
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(Category, Category.id == Product.category_id)
    .where(Variant.id == any_(keys()))
    .scalar_subquery()
)
_COMMISSIONS = (
    select(
        documents(
            document(
                {
                    "merchant_id": CommissionRule.merchant_id,
                    "category_id": CommissionRule.category_id,
                    "rate_bp": CommissionRule.rate_bp,
                }
            ),
            order=CommissionRule.id,
        )
    )
    .where(
        or_(
            CommissionRule.merchant_id.is_(None),
            CommissionRule.merchant_id == any_(bindparam("merchant_ids", type_=ARRAY(BigInteger))),
        )
    )
    .scalar_subquery()
)
TAKEN = Statement(select(_GOODS.label("goods"), _COMMISSIONS.label("commissions")))
"""One row: what the variants `keys` are, and the rules of the merchants `merchant_ids` and those of everybody."""
