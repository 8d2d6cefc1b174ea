"""The watch over stock: tells when a variant is low or back, and writes to those who wait for it.

It looks at what is, not at what has happened, so it does not matter who changed the stock, and two at once do nothing
twice. What was low for less time than lies between two looks, nobody is told of.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import inventory as rules
from domain.inventory import Supply
from services import mails, product_bumps

EVERY_S: Final = 10.0
"""How long lies between two looks."""
_BATCH: Final = 500

_SUPPLY: Final = """
    SELECT coalesce(sum(on_hand - reserved), 0) FROM stock_levels WHERE stock_levels.variant_id = {of}.variant_id
"""
_DIFFERING: Final = text(
    f"""
    SELECT * FROM (
        SELECT variant_id, product_id, threshold, supply, ({_SUPPLY.format(of="stock_thresholds")}) AS available
        FROM stock_thresholds JOIN variants ON variants.id = variant_id
    ) AS watched
    WHERE supply <> CASE WHEN available <= 0 THEN 'OUT' WHEN available <= threshold THEN 'LOW' ELSE 'ENOUGH' END
    ORDER BY variant_id LIMIT :batch
    """  # noqa: S608 - ours
)
_MARK: Final = text("UPDATE stock_thresholds SET supply = :supply WHERE variant_id = :variant_id AND supply = :before")
_ANSWERED: Final = text(
    f"""
    DELETE FROM stock_alerts WHERE id IN (
        SELECT stock_alerts.id FROM stock_alerts
        JOIN variants ON variants.id = variant_id JOIN products ON products.id = product_id
        WHERE listed AND ({_SUPPLY.format(of="stock_alerts")}) > 0
        ORDER BY stock_alerts.id LIMIT :batch FOR UPDATE OF stock_alerts SKIP LOCKED
    )
    RETURNING customer_id, variant_id
    """  # noqa: S608 - ours
)
_PEOPLE: Final = text(
    """
    SELECT customers.id AS customer_id, account_id, accounts.email, display_name
    FROM customers JOIN accounts ON accounts.id = account_id
    WHERE customers.id = ANY(CAST(:customers AS bigint[])) AND accounts.email IS NOT NULL
    """
)
_THINGS: Final = text(
    f"""
    SELECT variants.id AS variant_id, product_id, slug,
           products.name || CASE WHEN variants.name = '' THEN '' ELSE ', ' || variants.name END AS name,
           ({_SUPPLY.format(of="wanted")}) AS available
    FROM unnest(CAST(:variants AS bigint[])) AS wanted (variant_id)
    JOIN variants ON variants.id = variant_id JOIN products ON products.id = product_id
    """  # noqa: S608 - ours
)


async def look(session: AsyncSession, *, now: datetime) -> None:
    """Look at some hundreds of thresholds and alerts about which there is something to tell."""
    told = await _answer_alerts(session, now=now)
    await _follow_thresholds(session, told=told, now=now)


async def _answer_alerts(session: AsyncSession, *, now: datetime) -> set[int]:
    """Write to those who wait for what can be bought again, and forget that they did; gives the variants."""
    answered = (await session.execute(_ANSWERED, {"batch": _BATCH})).all()
    if not answered:
        return set()
    people = {
        row.customer_id: row
        for row in await session.execute(_PEOPLE, {"customers": sorted({row.customer_id for row in answered})})
    }
    things = {
        row.variant_id: row
        for row in await session.execute(_THINGS, {"variants": sorted({row.variant_id for row in answered})})
    }
    await mails.request_each(
        session,
        template="back_in_stock",
        recipients=[
            (
                person.account_id,
                person.email,
                {"display_name": person.display_name, "name": thing.name, "slug": thing.slug},
            )
            for row in answered
            if (person := people.get(row.customer_id)) and (thing := things.get(row.variant_id))
        ],
        now=now,
    )
    await _tell(
        session,
        "BACK_IN_STOCK",
        [(each.product_id, each.variant_id, each.available) for each in things.values()],
        now=now,
    )
    return set(things)


async def _follow_thresholds(session: AsyncSession, *, told: set[int], now: datetime) -> None:
    """Write down the supplies that have changed, and tell of those that are low, and those that are back."""
    differing = (await session.execute(_DIFFERING, {"batch": _BATCH})).all()
    low, back = [], []
    for row in differing:
        supply = rules.supply(available=row.available, threshold=row.threshold)
        marked: Any = await session.execute(
            _MARK, {"supply": supply.value, "variant_id": row.variant_id, "before": row.supply}
        )
        if not marked.rowcount:  # another watch was here
            continue
        change = (row.product_id, row.variant_id, row.available)
        if rules.falls(Supply(row.supply), supply):
            low.append(change)
        if row.supply == Supply.OUT.value and row.variant_id not in told:
            back.append(change)
    await _tell(session, "LOW_STOCK", low, now=now)
    await _tell(session, "BACK_IN_STOCK", back, now=now)


async def _tell(session: AsyncSession, event_type: str, changes: list[tuple[int, int, int]], *, now: datetime) -> None:
    data: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for product_id, variant_id, available in changes:
        data[product_id].append({"variant_id": variant_id, "available": available})
    await product_bumps.bump(session, data.keys(), now=now, event_type=event_type, data=data)
