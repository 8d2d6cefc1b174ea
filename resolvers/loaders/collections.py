"""Collections: by id, by slug, in pages."""

from sqlalchemy import Text, any_, func, or_, select

from models.collections import Collection
from models.database import Row, Statement
from models.merchants import Merchant
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys


class CollectionRow(Row):
    """A collection with its rule."""


_VISIBLE = or_(Collection.merchant_id.is_(None), Merchant.state == "ACTIVE")
_COLLECTIONS = (
    select(
        Collection.id,
        Collection.merchant_id,
        Collection.slug,
        Collection.name,
        Collection.description,
        Collection.rule,
        Collection.version,
    )
    .outerjoin(Merchant, Merchant.id == Collection.merchant_id)
    .where(_VISIBLE)
)

BY_ID = One(_COLLECTIONS.where(Collection.id == any_(keys())), key="id", row=CollectionRow)
BY_SLUG = One(_COLLECTIONS.where(Collection.slug == any_(keys(Text))), key="slug", row=CollectionRow)
ALL = Keyset(_COLLECTIONS, order=(Collection.name, Collection.id), row=CollectionRow, name="collections")
COUNT = Statement(
    select(func.count())
    .select_from(Collection)
    .outerjoin(Merchant, Merchant.id == Collection.merchant_id)
    .where(_VISIBLE)
)
