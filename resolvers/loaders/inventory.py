"""Warehouses, what lies in them, how it moved, thresholds: for the merchant's staff. Alerts, for customers."""

from functools import lru_cache

from sqlalchemy import BigInteger, Text, any_, bindparam, case, exists, func, select

from models.accounts import Account
from models.database import AnySelect, Row, Statement
from models.inventory import StockAlert, StockLevel, StockMovement, StockThreshold, Warehouse
from models.merchant_staff import MerchantMember
from models.partners import Partner
from resolvers.loaders.keysets import Keyset
from resolvers.loaders.lookups import Many, One, keys
from services import access


class WarehouseRow(Row):
    """A warehouse, for the merchant's staff."""


LEVELS = Many(
    select(
        StockLevel.variant_id,
        Warehouse.merchant_id,
        Warehouse.code.label("warehouse"),
        StockLevel.on_hand,
        StockLevel.reserved,
    )
    .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
    .where(StockLevel.variant_id == any_(keys()))
    .order_by(Warehouse.code),
    key="variant_id",
    row=Row,
    seen_by=access.sees_merchant_row,
)
THRESHOLDS = One(
    select(
        StockThreshold.variant_id, StockThreshold.merchant_id, StockThreshold.threshold, StockThreshold.supply
    ).where(StockThreshold.variant_id == any_(keys())),
    key="variant_id",
    row=Row,
    seen_by=access.sees_merchant_row,
)
_WAREHOUSES = select(
    Warehouse.id,
    Warehouse.merchant_id,
    Warehouse.code,
    Warehouse.name,
    Warehouse.country,
    Warehouse.priority,
    Warehouse.active,
    Warehouse.version,
    Warehouse.created_at,
)
WAREHOUSE_BY_ID = One(
    _WAREHOUSES.where(Warehouse.id == any_(keys())), key="id", row=WarehouseRow, seen_by=access.sees_merchant_row
)
WAREHOUSES = Many(
    _WAREHOUSES.where(Warehouse.merchant_id == any_(keys())).order_by(Warehouse.priority, Warehouse.code),
    key="merchant_id",
    row=WarehouseRow,
    seen_by=access.sees_merchant_row,
)

# Of who is no colleague it is only said that the platform did it.
_BY = case(
    (
        StockMovement.partner_id.is_not(None),
        select(Partner.name).where(Partner.id == StockMovement.partner_id).scalar_subquery(),
    ),
    (
        exists().where(
            MerchantMember.account_id == StockMovement.account_id,
            MerchantMember.merchant_id == StockMovement.merchant_id,
        ),
        select(Account.email).where(Account.id == StockMovement.account_id).scalar_subquery(),
    ),
    (StockMovement.account_id.is_not(None), "the platform, or somebody who has left"),
)
_NARROWED = {
    "variant_id": StockMovement.variant_id == bindparam("variant_id", type_=BigInteger),
    "warehouse_id": StockMovement.warehouse_id == bindparam("warehouse_id", type_=BigInteger),
    "kind": StockMovement.kind == bindparam("kind", type_=Text),
}


def _narrowed(rows: AnySelect, by: frozenset[str]) -> AnySelect:
    own = StockMovement.merchant_id == bindparam("merchant_id", type_=BigInteger)
    return rows.where(own, *(_NARROWED[name] for name in sorted(by)))


@lru_cache(maxsize=8)
def movements(by: frozenset[str]) -> Keyset[Row]:
    """Build the list of a merchant's movements, narrowed by these of variant_id, warehouse_id, kind; newest first."""
    rows = select(
        StockMovement.id,
        StockMovement.variant_id,
        StockMovement.warehouse_id,
        StockMovement.kind,
        StockMovement.difference,
        StockMovement.on_hand,
        StockMovement.reason,
        StockMovement.reference_type,
        StockMovement.reference_id,
        _BY.label("by"),
        StockMovement.moved_at,
    )
    return Keyset(
        _narrowed(rows, by), order=(StockMovement.id,), descending=True, row=Row, name=f"movements.{sorted(by)}"
    )


@lru_cache(maxsize=8)
def movement_counts(by: frozenset[str]) -> Statement:
    """Build the statement that counts them."""
    return Statement(_narrowed(select(func.count()).select_from(StockMovement), by))


ALERTS = Keyset(
    select(StockAlert.id, StockAlert.variant_id, StockAlert.set_at),
    order=(StockAlert.id,),
    descending=True,
    row=Row,
    name="stockAlerts",
    parent=StockAlert.customer_id,
)
ALERT_COUNTS = One(
    select(StockAlert.customer_id, func.count().label("count"))
    .where(StockAlert.customer_id == any_(keys()))
    .group_by(StockAlert.customer_id),
    key="customer_id",
    row=Row,
)
