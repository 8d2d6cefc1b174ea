"""`souk doctor`."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from models.database import Database
from search.client import Meilisearch
from search.consistency import ConsistencyCheck, Report
from search.indexes import Indexes
from search.indexing import Indexer
from server import migrate, surroundings
from server.config import Settings
from server.engines import external
from services import ledger_audit
from services.ledger_audit import Audit

app = typer.Typer(add_completion=False)

SAMPLE_WINDOWS = 20


@app.command()
def run(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Compare every product instead of a sample.")] = False,
    repair: Annotated[bool, typer.Option(help="Write anew what differs.")] = True,
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Add up the ledger, compare the search index with the database and repair it; exit code 1 if something was wrong.

    What does not add up in the ledger is never repaired: it is for people to look into.
    """
    audit, report = asyncio.run(_run(surroundings.settings(data_dir), everything=everything, repair=repair))
    _say_ledger(audit)
    typer.echo(
        f"Search index: {report.checked:,} products compared; {len(report.missing):,} missing,"
        f" {len(report.stale):,} stale, {len(report.orphaned):,} that should be gone."
    )
    if report.drifted:
        typer.echo("They are written anew." if repair else "Run it without --no-repair to write them anew.")
    if report.drifted or audit.findings:
        raise typer.Exit(1)


def _say_ledger(audit: Audit) -> None:
    typer.echo(
        f"Ledger: {audit.transactions:,} transactions, {audit.postings:,} postings, {audit.accounts:,} accounts,"
        f" {audit.lots:,} lots of points; "
        + ("everything adds up." if not audit.findings else f"{len(audit.findings)} checks fail:")
    )
    for finding in audit.findings:
        typer.echo(f"  {finding.check}: not so in {finding.cases:,} cases; {'; '.join(finding.examples)}")


async def _run(settings: Settings, *, everything: bool, repair: bool) -> tuple[Audit, Report]:
    await external.check_postgres(settings.database_url)
    await migrate.require_head(settings.database_url)
    await external.check_meilisearch(settings.meili_url, settings.meili_key)
    database = await Database.open(settings.database_url, pool_size=3)
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    indexer = Indexer(database, engine, Indexes.named(), locale=settings.locale)
    check = ConsistencyCheck(database, engine, Indexes.named(), indexer, locale=settings.locale)
    try:
        async with database.connection() as connection:
            audit = await ledger_audit.audit(connection, now=datetime.now(UTC))
        report = await check.run(windows=None if everything else SAMPLE_WINDOWS)
        if repair:
            await check.repair(report)
        return audit, report
    finally:
        engine.close()
        await database.close()
