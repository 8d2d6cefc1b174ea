"""The audit of stock: what lies in the warehouses and what of it is promised, added up again in one snapshot."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from services import audits
from services.audits import Finding


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, how much of each, and what was found; nothing found is how it must be."""

    levels: int
    movements: int
    reservations: int
    findings: tuple[Finding, ...]


_CHECKS: Final = {
    "What lies in a warehouse is the sum of its movements": """
        SELECT format('variant %s in warehouse %s: %s on hand, %s moved', variant_id, warehouse_id,
                      coalesce(on_hand, 0), coalesce(moved, 0))
        FROM stock_levels FULL JOIN (
            SELECT variant_id, warehouse_id, sum(difference) AS moved FROM stock_movements GROUP BY 1, 2
        ) AS sums USING (variant_id, warehouse_id)
        WHERE coalesce(on_hand, 0) <> coalesce(moved, 0)""",
    "Each movement tells how many lay there then": """
        SELECT format('movement %s: %s on hand, %s moved until then', id, on_hand, moved) FROM (
            SELECT id, on_hand, sum(difference) OVER (PARTITION BY variant_id, warehouse_id ORDER BY id) AS moved
            FROM stock_movements
        ) AS running
        WHERE on_hand <> moved""",
    "What is promised of a level is what orders have reserved and not let go": """
        SELECT format('variant %s in warehouse %s: %s promised, %s reserved', variant_id, warehouse_id,
                      coalesce(reserved, 0), coalesce(held, 0))
        FROM stock_levels FULL JOIN (
            SELECT variant_id, warehouse_id, sum(quantity - shipped - released) AS held
            FROM stock_reservations GROUP BY 1, 2
        ) AS sums USING (variant_id, warehouse_id)
        WHERE coalesce(reserved, 0) <> coalesce(held, 0)""",
    "What has left of what was reserved is in parcels that were not taken back": """
        SELECT format('line %s from warehouse %s: %s have left, %s are in parcels', line_id, warehouse_id,
                      coalesce(shipped, 0), coalesce(units, 0))
        FROM stock_reservations FULL JOIN (
            SELECT line_id, warehouse_id, sum(quantity) AS units
            FROM fulfilment_sources JOIN fulfilments ON id = fulfilment_id
            WHERE status <> 'CANCELLED' GROUP BY 1, 2
        ) AS sums USING (line_id, warehouse_id)
        WHERE coalesce(shipped, 0) <> coalesce(units, 0)""",
    "Nothing lies in a warehouse that is closed": """
        SELECT format('variant %s in warehouse %s: %s', variant_id, warehouse_id, on_hand)
        FROM stock_levels JOIN warehouses ON id = warehouse_id WHERE on_hand > 0 AND NOT active""",
}
_COUNTS: Final = """
    SELECT (SELECT count(*) FROM stock_levels) AS levels, (SELECT count(*) FROM stock_movements) AS movements,
        (SELECT count(*) FROM stock_reservations) AS reservations
"""


async def audit(connection: asyncpg.Connection) -> Audit:
    """Look at all levels, movements and reservations; takes about a second a million movements."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        counted = await connection.fetchrow(_COUNTS)
        return Audit(**counted, findings=await audits.findings(connection, _CHECKS))
