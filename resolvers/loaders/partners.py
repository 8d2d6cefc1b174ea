"""Partners and their API keys."""

from sqlalchemy import Text, any_, select

from models.database import Row
from models.partners import ApiKey, Partner
from resolvers.loaders.lookups import One, keys

BY_KEY_PREFIX = One(
    select(ApiKey.prefix, ApiKey.hash, ApiKey.scopes, ApiKey.partner_id, Partner.kind, Partner.merchant_id)
    .join(Partner, Partner.id == ApiKey.partner_id)
    .where(ApiKey.prefix == any_(keys(Text)), ApiKey.revoked_at.is_(None)),
    key="prefix",
    row=Row,
)
"""What a partner's key is compared with."""
