"""Merchants: by id, by slug, in pages."""

from sqlalchemy import Text, any_, func, select

from models.database import Row, Statement
from models.merchants import Merchant, MerchantLegalDetails, MerchantRating
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import One, keys


class MerchantRow(Row):
    """A merchant that may be shown, with its rating."""


_MERCHANTS = (
    select(
        Merchant.id,
        Merchant.slug,
        Merchant.name,
        Merchant.description,
        func.coalesce(MerchantRating.rating_sum, 0).label("rating_sum"),
        func.coalesce(MerchantRating.rating_count, 0).label("rating_count"),
    )
    .outerjoin(MerchantRating, MerchantRating.merchant_id == Merchant.id)
    .where(Merchant.state == "ACTIVE")
)

BY_ID = One(_MERCHANTS.where(Merchant.id == any_(keys())), key="id", row=MerchantRow, remembered=True)
BY_SLUG = One(_MERCHANTS.where(Merchant.slug == any_(keys(Text))), key="slug", row=MerchantRow, remembered=True)

LEGAL_DETAILS = One(
    select(*MerchantLegalDetails.__table__.c).where(MerchantLegalDetails.merchant_id == any_(keys())),
    key="merchant_id",
    row=Row,
)
"""Apart, for who asks for them."""

BY_NAME = Keyset(_MERCHANTS, order=(Merchant.name, Merchant.id), row=MerchantRow, name="merchants")
COUNT = Statement(select(func.count()).where(Merchant.state == "ACTIVE"))
