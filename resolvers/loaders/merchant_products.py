"""All products of merchants, whatever their status, for the merchants' staff."""

from functools import lru_cache

from sqlalchemy import any_, func, select

from models.database import AnySelect, Row
from models.products import Product
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys
from resolvers.loaders.products import OF_ANY_STATUS, ProductRow


def _narrowed(rows: AnySelect, status: str | None) -> AnySelect:
    return rows if status is None else rows.where(Product.status == status)


@lru_cache(maxsize=8)
def of_merchants(status: str | None) -> Keyset[ProductRow]:
    """Build the list of merchants' products of a status, or of all; the newest first."""
    return Keyset(
        _narrowed(select(*OF_ANY_STATUS), status),
        order=(Product.id,),
        descending=True,
        row=ProductRow,
        name=f"merchantProducts.{status}",
        parent=Product.merchant_id,
    )


@lru_cache(maxsize=8)
def counts(status: str | None) -> One[Row]:
    """Build the lookup that counts them."""
    rows = select(Product.merchant_id, func.count().label("count")).where(Product.merchant_id == any_(keys()))
    return One(_narrowed(rows, status).group_by(Product.merchant_id), key="merchant_id", row=Row)
