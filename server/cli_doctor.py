"""`souk doctor`."""

import asyncio
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

app = typer.Typer(add_completion=False)

SAMPLE_WINDOWS = 20


@app.command()
def run(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Compare every product instead of a sample.")] = False,
    repair: Annotated[bool, typer.Option(help="Write anew what differs.")] = True,
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Compare the search index with the database, and repair what differs; exit code 1 if something did."""
    report = asyncio.run(_run(surroundings.settings(data_dir), everything=everything, repair=repair))
    typer.echo(
        f"Search index: {report.checked:,} products compared; {len(report.missing):,} missing,"
        f" {len(report.stale):,} stale, {len(report.orphaned):,} that should be gone."
    )
    if report.drifted:
        typer.echo("They are written anew." if repair else "Run it without --no-repair to write them anew.")
        raise typer.Exit(1)


async def _run(settings: Settings, *, everything: bool, repair: bool) -> Report:
    await external.check_postgres(settings.database_url)
    await migrate.require_head(settings.database_url)
    await external.check_meilisearch(settings.meili_url, settings.meili_key)
    database = await Database.open(settings.database_url, pool_size=3)
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    indexer = Indexer(database, engine, Indexes.named(), locale=settings.locale)
    check = ConsistencyCheck(database, engine, Indexes.named(), indexer, locale=settings.locale)
    try:
        report = await check.run(windows=None if everything else SAMPLE_WINDOWS)
        if repair:
            await check.repair(report)
        return report
    finally:
        engine.close()
        await database.close()
