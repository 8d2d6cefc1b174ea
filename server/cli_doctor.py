"""`souk doctor`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import asyncpg
import typer

from models.database import Database
from search.client import Meilisearch
from search.consistency import ConsistencyCheck, Report
from search.indexes import Indexes
from search.indexing import Indexer
from server import revisions, surroundings
from server.config import Settings
from server.engines import external
from services import ledger_audit, order_audit, stock_audit
from services.audits import Finding

app = typer.Typer(add_completion=False)

SAMPLE_WINDOWS = 20


@app.command()
def run(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Compare every product instead of a sample.")] = False,
    repair: Annotated[bool, typer.Option(help="Write anew what differs.")] = True,
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Add up ledger, orders and stock, compare the search index with the database and repair it; code 1 if it is wrong.

    What does not add up in ledger, orders and stock is never repaired: it is for people to look into.
    """
    audits, report = asyncio.run(_run(surroundings.settings(data_dir), everything=everything, repair=repair))
    for looked_at, findings in audits:
        _say(looked_at, findings)
    typer.echo(
        f"Search index: {report.checked:,} products compared; {len(report.missing):,} missing,"
        f" {len(report.stale):,} stale, {len(report.orphaned):,} that should be gone."
    )
    if report.drifted:
        typer.echo("They are written anew." if repair else "Run it without --no-repair to write them anew.")
    if report.drifted or any(findings for _, findings in audits):
        raise typer.Exit(1)


def _say(looked_at: str, findings: Sequence[Finding]) -> None:
    typer.echo(f"{looked_at}; " + ("everything adds up." if not findings else f"{len(findings)} checks fail:"))
    for finding in findings:
        typer.echo(f"  {finding.check}: not so in {finding.cases:,} cases; {'; '.join(finding.examples)}")


async def _audits(connection: asyncpg.Connection) -> list[tuple[str, Sequence[Finding]]]:
    """Run every audit; of each, what it looked at and what it found."""
    ledger = await ledger_audit.audit(connection, now=datetime.now(UTC))
    orders = await order_audit.audit(connection, now=datetime.now(UTC))
    stock = await stock_audit.audit(connection)
    of_ledger = (
        f"Ledger: {ledger.transactions:,} transactions, {ledger.postings:,} postings, {ledger.accounts:,} accounts,"
        f" {ledger.lots:,} lots of points"
    )
    of_orders = f"Orders: {orders.orders:,} orders, {orders.lines:,} lines, {orders.payments:,} payments"
    of_stock = f"Stock: {stock.levels:,} levels, {stock.movements:,} movements, {stock.reservations:,} reservations"
    return [(of_ledger, ledger.findings), (of_orders, orders.findings), (of_stock, stock.findings)]


async def _run(
    settings: Settings, *, everything: bool, repair: bool
) -> tuple[list[tuple[str, Sequence[Finding]]], Report]:
    await external.check_postgres(settings.database_url)
    await revisions.require_head(settings.database_url)
    await external.check_meilisearch(settings.meili_url, settings.meili_key)
    database = await Database.open(settings.database_url, pool_size=3)
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    indexer = Indexer(database, engine, Indexes.named(), locale=settings.locale)
    check = ConsistencyCheck(database, engine, Indexes.named(), indexer, locale=settings.locale)
    try:
        async with database.connection() as connection:
            audits = await _audits(connection)
        report = await check.run(windows=None if everything else SAMPLE_WINDOWS)
        if repair:
            await check.repair(report)
        return audits, report
    finally:
        engine.close()
        await database.close()
