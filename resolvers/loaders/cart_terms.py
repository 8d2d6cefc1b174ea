"""On which terms a cart is priced: deliveries, taxes, rates of points, whether a customer has bought before."""

from sqlalchemy import Text, and_, any_, column, func, literal, or_, select

from domain.points import PLATFORM_PROGRAMME
from models.database import Row
from models.deliveries import DeliveryMethod
from models.membership import MembershipSpend
from models.points import PointsProgramme, PointsRate
from models.taxes import TaxRate, TaxRegion
from resolvers.loaders.lookups import Many, One, keys

PLATFORM = 0
"""The key of what is not a merchant's own but the platform's."""
DEFAULT_REGION = ""
"""The key of the region whose taxes hold until there is an address."""

METHODS = Many(
    select(
        func.coalesce(DeliveryMethod.merchant_id, PLATFORM).label("owner_id"),
        DeliveryMethod.code,
        DeliveryMethod.label,
        DeliveryMethod.currency,
        DeliveryMethod.price,
        DeliveryMethod.free_from,
        DeliveryMethod.countries,
        DeliveryMethod.tax_class,
    ).where(
        or_(
            DeliveryMethod.merchant_id == any_(keys()),
            and_(DeliveryMethod.merchant_id.is_(None), literal(PLATFORM) == any_(keys())),
        )
    ),
    key="owner_id",
    row=Row,
)
"""By merchant, and the platform's."""

_country = func.unnest(keys(Text)).table_valued(column("code", Text)).render_derived(name="wanted")
REGIONS = Many(
    select(
        _country.c.code.label("wanted"),
        TaxRegion.country,
        TaxRegion.region,
        TaxRegion.name,
        TaxRegion.inclusive,
        TaxRegion.per,
        TaxRegion.rounding,
        TaxRegion.is_default,
        func.array_agg(TaxRate.tax_class).label("classes"),
        func.array_agg(TaxRate.rate_bp).label("rates"),
    )
    .select_from(_country)
    .join(
        TaxRegion,
        or_(TaxRegion.country == _country.c.code, and_(_country.c.code == DEFAULT_REGION, TaxRegion.is_default)),
    )
    .outerjoin(TaxRate, TaxRate.region_id == TaxRegion.id)
    .group_by(_country.c.code, TaxRegion.id),
    key="wanted",
    row=Row,
)
"""By country, and the shop's own."""

RATES = One(
    select(
        func.coalesce(PointsRate.merchant_id, PLATFORM).label("owner_id"),
        PointsRate.earn_bp,
        PointsRate.burn_bp,
        PointsProgramme.currency,
    )
    .join(PointsProgramme, PointsProgramme.code == PointsRate.programme)
    .where(
        PointsRate.programme == PLATFORM_PROGRAMME,
        or_(
            PointsRate.merchant_id == any_(keys()),
            and_(PointsRate.merchant_id.is_(None), literal(PLATFORM) == any_(keys())),
        ),
    ),
    key="owner_id",
    row=Row,
)
"""What points are worth and earned for, by merchant, and everywhere else."""

SPENT = One(
    select(MembershipSpend.customer_id)
    .distinct()
    .where(MembershipSpend.customer_id == any_(keys()), MembershipSpend.refunded < MembershipSpend.amount),
    key="customer_id",
    row=Row,
)
"""The customers who have bought something and kept it."""
