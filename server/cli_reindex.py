"""`souk reindex`."""

import asyncio

import typer

from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from server import progress, revisions, surroundings
from server.config import Settings
from server.engines import external
from server.failures import Failure

app = typer.Typer(add_completion=False)


@app.command()
def run(data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR) -> None:
    """Build the search index anew beside the live one, and swap them; searches go on meanwhile."""
    count = asyncio.run(_run(surroundings.settings(data_dir)))
    typer.echo(f"The new index is live: {count:,} products.")


async def _run(settings: Settings) -> int:
    await external.check_postgres(settings.database_url)
    await revisions.require_head(settings.database_url)
    await external.check_meilisearch(settings.meili_url, settings.meili_key)
    database = await Database.open(settings.database_url, pool_size=3)
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    try:
        with progress.products("Index", total=None) as show:
            return await rebuilding.rebuild(
                database,
                engine,
                Indexes.named(),
                locale=settings.locale,
                progress=lambda done, _: show(done),
            )
    except rebuilding.RebuildRunningError as error:
        raise Failure(str(error)) from None
    finally:
        engine.close()
        await database.close()
