"""What lies in warehouses, by variant; for the merchant's staff."""

from sqlalchemy import any_, select

from models.database import Row
from models.inventory import StockLevel, Warehouse
from resolvers.loaders.lookups import Many, keys
from services import access

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
