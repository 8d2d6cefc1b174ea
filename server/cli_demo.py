"""`souk demo`."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from models.database import Database
from server import first_start, progress, revisions, surroundings
from server.data_directory import DataDirectory
from server.engines import external
from services import demo, demo_orders

app = typer.Typer(add_completion=False)


@app.command()
def run(
    products: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many products there shall be.")] = 2_000,
    orders: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="How many orders there shall be, over two years.")
    ] = first_start.ORDERS,
    seed: Annotated[int, typer.Option(help="Another seed makes other products.")] = 7,
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Load demo data: merchants, products, reviews, accounts, orders. Loading it again changes nothing."""
    url, directory = surroundings.database_url(data_dir), DataDirectory(data_dir)
    counts = asyncio.run(_run(url, products, seed))
    asyncio.run(first_start.load_demo_accounts(url, directory, orders=0))
    ordered = asyncio.run(_order(url, orders))
    typer.echo(
        f"Demo data: {counts.products.created:,} products created, {counts.products.updated:,} updated, "
        f"{counts.products.unchanged:,} unchanged; {counts.reviews:,} reviews; {ordered:,} orders. "
        f"Accounts for each role: {directory.demo_accounts}."
    )


async def _run(url: str, products: int, seed: int) -> demo.DemoCounts:
    await external.check_postgres(url)
    await revisions.require_head(url)
    database = await Database.open(url)
    try:
        with progress.products("Demo data", total=products) as show:
            return await demo.load(database, products=products, seed=seed, progress=lambda done, _: show(done))
    finally:
        await database.close()


async def _order(url: str, orders: int) -> int:
    database = await Database.open(url)
    try:
        with progress.products("Demo orders", total=orders, of="orders") as show:
            return await demo_orders.load(database, orders=orders, now=datetime.now(UTC), progress=show)
    finally:
        await database.close()
