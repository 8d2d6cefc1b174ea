"""Demo data for a shop that is still empty."""

from models.database import Database
from server import progress
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
        with progress.products("Demo data", total=products) as show:
            await demo.load(database, products=products, progress=lambda done, _: show(done))
        unfinished.unlink()
    finally:
        await database.close()
