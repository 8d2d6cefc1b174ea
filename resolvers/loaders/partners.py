"""Partners and their API keys."""

from sqlalchemy import Text, any_, select

from models.database import Row
from models.partners import ApiKey, Partner
from resolvers.loaders.lookups import Many, One, keys
from services import access


class PartnerRow(Row):
    """A partner, for those who may manage it."""


BY_KEY_PREFIX = One(
    select(ApiKey.prefix, ApiKey.hash, ApiKey.scopes, ApiKey.partner_id, Partner.kind, Partner.merchant_id)
    .join(Partner, Partner.id == ApiKey.partner_id)
    .where(ApiKey.prefix == any_(keys(Text)), ApiKey.revoked_at.is_(None)),
    key="prefix",
    row=Row,
)
"""What a partner's key is compared with."""

_PARTNERS = select(Partner.id, Partner.merchant_id, Partner.kind, Partner.name, Partner.created_at)
BY_ID = One(_PARTNERS.where(Partner.id == any_(keys())), key="id", row=PartnerRow, seen_by=access.sees_partner)
OF_MERCHANTS = Many(
    _PARTNERS.where(Partner.merchant_id == any_(keys())).order_by(Partner.id),
    key="merchant_id",
    row=PartnerRow,
    seen_by=access.sees_partner,
)
KEYS = Many(
    select(
        ApiKey.partner_id,
        ApiKey.prefix,
        ApiKey.scopes,
        ApiKey.label,
        ApiKey.created_at,
        ApiKey.revoked_at,
        Partner.merchant_id,
    )
    .join(Partner, Partner.id == ApiKey.partner_id)
    .where(ApiKey.partner_id == any_(keys()))
    .order_by(ApiKey.id),
    key="partner_id",
    row=Row,
    seen_by=access.sees_partner,
)
