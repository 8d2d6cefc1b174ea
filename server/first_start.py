"""Demo data for a shop that is still empty, findable by the time that the shop is said to be ready."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.errors import EngineRefusedError, SearchUnavailableError
from search.indexes import Indexes
from server import progress
from server.config import Settings
from server.data_directory import DataDirectory
from services import demo, demo_club, demo_coupons, demo_orders, demo_people, demo_terms, demo_tickets

ORDERS: Final = 300
"""How many orders a demo shop begins with."""


async def load_demo(settings: Settings, directory: DataDirectory, *, products: int) -> None:
    """Load demo data if the shop has no product, or if an earlier start was killed while it did that; index it too."""
    unfinished = directory.path / "demo-unfinished"
    database = await Database.open(settings.database_url, pool_size=3)
    try:
        async with database.connection() as connection:
            empty = await connection.fetchval("SELECT NOT EXISTS (SELECT FROM products)")
        if not empty and not unfinished.exists():
            return
        unfinished.touch()
        with progress.products("Demo data", total=products) as show:
            await demo.load(database, products=products, progress=lambda done, _: show(done))
        await _index(database, settings)
        unfinished.unlink()
    finally:
        await database.close()


async def load_demo_accounts(database_url: str, directory: DataDirectory, *, orders: int = ORDERS) -> None:
    """Make a demo shop's accounts and write them down, unless those that are written down are good still.

    And its terms, club, coupons, orders and tickets. A shop without the demo's merchant gets none: who runs it does
    not want strangers' accounts.
    """
    database = await Database.open(database_url, pool_size=2)
    try:
        async with database.connection() as connection:
            has_demo = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM merchants WHERE slug = $1)", demo.MERCHANT_SLUG
            )
        if has_demo and not await demo_people.are_there(database, directory.known_demo_accounts()):
            directory.write_demo_accounts(await demo_people.load(database, merchant_slug=demo.MERCHANT_SLUG))
        if has_demo:
            await demo_terms.load(database, merchant_slug=demo.MERCHANT_SLUG)
            await demo_club.load(
                database,
                customer_email=demo_people.CUSTOMER_EMAIL,
                merchant_slug=demo.MERCHANT_SLUG,
                now=datetime.now(UTC),
            )
            await demo_coupons.load(
                database,
                customer_email=demo_people.CUSTOMER_EMAIL,
                merchant_slug=demo.MERCHANT_SLUG,
                category_slug=demo.ROOT_CATEGORY_SLUG,
                now=datetime.now(UTC),
            )
            await demo_orders.load(database, orders=orders, now=datetime.now(UTC))
            await demo_tickets.load(
                database,
                customer_email=demo_people.CUSTOMER_EMAIL,
                agent_email=demo_people.AGENT_EMAIL,
                currency=demo_club.CURRENCY,
                now=datetime.now(UTC),
            )
    finally:
        await database.close()


async def _index(database: Database, settings: Settings) -> None:
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    try:
        # An engine that is in trouble must not keep the shop from opening: the worker builds the index when it is back.
        with suppress(SearchUnavailableError, EngineRefusedError, rebuilding.RebuildRunningError):
            await rebuilding.rebuild(database, engine, Indexes.named(), locale=settings.locale)
    finally:
        engine.close()
