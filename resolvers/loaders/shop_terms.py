"""The terms of the shop, as everybody may read them: deliveries, taxes, levels, rates of points; and store credit."""

from sqlalchemy import BigInteger, any_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.points import PLATFORM_PROGRAMME
from models.database import Row, Statement
from models.deliveries import DeliveryMethod
from models.ledger import LedgerAccount
from models.membership import MembershipLadder, MembershipLevel
from models.points import PointsProgramme, PointsRate
from models.taxes import TaxRate, TaxRegion
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys

PLATFORM = 0
"""Stands for the merchant of what is the platform's."""


class DeliveryMethodRow(Row):
    """A way of sending."""


class TaxRegionRow(Row):
    """A country, or a region of one, with its taxes: `classes` and `rates` side by side."""


_METHODS = select(
    DeliveryMethod.id,
    DeliveryMethod.merchant_id,
    DeliveryMethod.code,
    DeliveryMethod.label,
    DeliveryMethod.currency,
    DeliveryMethod.price,
    DeliveryMethod.free_from,
    DeliveryMethod.countries,
    DeliveryMethod.tax_class,
    DeliveryMethod.version,
)
_OWNED = func.coalesce(DeliveryMethod.merchant_id, PLATFORM) == bindparam("owner", type_=BigInteger)
METHOD_BY_ID = One(_METHODS.where(DeliveryMethod.id == any_(keys())), key="id", row=DeliveryMethodRow)
METHODS = Keyset(_METHODS.where(_OWNED), order=(DeliveryMethod.id,), row=DeliveryMethodRow, name="deliveryMethods")
METHODS_COUNT = Statement(select(func.count()).select_from(DeliveryMethod).where(_OWNED))

_CLASSES = select(func.array_agg(aggregate_order_by(TaxRate.tax_class, TaxRate.tax_class))).where(
    TaxRate.region_id == TaxRegion.id
)
_RATES = select(func.array_agg(aggregate_order_by(TaxRate.rate_bp, TaxRate.tax_class))).where(
    TaxRate.region_id == TaxRegion.id
)
_REGIONS = select(
    TaxRegion.id,
    TaxRegion.country,
    TaxRegion.region,
    TaxRegion.name,
    TaxRegion.inclusive,
    TaxRegion.per,
    TaxRegion.rounding,
    TaxRegion.is_default,
    TaxRegion.version,
    _CLASSES.correlate(TaxRegion).scalar_subquery().label("classes"),
    _RATES.correlate(TaxRegion).scalar_subquery().label("rates_bp"),
)
REGION_BY_ID = One(_REGIONS.where(TaxRegion.id == any_(keys())), key="id", row=TaxRegionRow)
REGIONS = Keyset(_REGIONS, order=(TaxRegion.id,), row=TaxRegionRow, name="taxRegions")
REGIONS_COUNT = Statement(select(func.count()).select_from(TaxRegion))

LADDER = Statement(select(MembershipLadder.version))
LEVELS = Statement(
    select(
        MembershipLevel.name.label("level_name"),
        MembershipLevel.currency,
        MembershipLevel.threshold,
        MembershipLevel.discount_bp,
        MembershipLevel.free_shipping_from,
        MembershipLevel.points_multiplier_bp,
    ).order_by(MembershipLevel.threshold)
)
PROGRAMME = Statement(
    select(
        PointsProgramme.code,
        PointsProgramme.name,
        PointsProgramme.currency,
        PointsProgramme.expires_after_days,
        PointsProgramme.return_grace_days,
        PointsProgramme.version,
    ).where(PointsProgramme.code == PLATFORM_PROGRAMME)
)
RATES = Many(
    select(PointsRate.programme, PointsRate.merchant_id, PointsRate.earn_bp, PointsRate.burn_bp, PointsRate.version)
    .where(PointsRate.programme == PLATFORM_PROGRAMME, literal(PLATFORM) == any_(keys()))
    .order_by(PointsRate.merchant_id.nulls_first())
    .add_columns(literal(PLATFORM).label("owner")),
    key="owner",
    row=Row,
)
CREDIT = Many(
    select(LedgerAccount.owner_id, LedgerAccount.currency, LedgerAccount.balance.label("amount"))
    .where(
        LedgerAccount.kind == "STORE_CREDIT",
        LedgerAccount.owner_type == "CUSTOMER",
        LedgerAccount.owner_id == any_(keys()),
        LedgerAccount.balance > 0,
    )
    .order_by(LedgerAccount.currency),
    key="owner_id",
    row=Row,
)
"""What customers have, by currency; seen with the customer."""
