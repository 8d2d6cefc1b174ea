"""Demo data for a shop that is still empty."""

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.database import Database
from server.data_directory import DataDirectory
from services import demo


async def load_demo(database_url: str, directory: DataDirectory, *, products: int) -> None:
    """Load demo data if the shop has no product, or if an earlier start was killed while it did that."""
    unfinished = directory.path / "demo-unfinished"
    database = await Database.open(database_url, pool_size=2)
    try:
        async with database.connection() as connection:
            empty = await connection.fetchval("SELECT NOT EXISTS (SELECT FROM products)")
        if not empty and not unfinished.exists():
            return
        unfinished.touch()
        with _progress() as progress:
            task = progress.add_task("Loading demo products", total=products)
            await demo.load(
                database,
                products=products,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        unfinished.unlink()
    finally:
        await database.close()


def _progress() -> Progress:
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )
