"""Bringing products in: an import into Postgres and a build of the search index, each in a process of its own.

`python -m tests.bench.intake import FILE` and `... index` print one line of JSON about themselves.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from models.database import Database
from search import rebuilding
from search.client import Meilisearch
from search.indexes import Indexes
from server.config import Settings
from services import catalogue_import, demo_products
from services.feeds import formats
from tests.bench import processes
from tests.bench.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What it took to bring `products` in; CPU seconds by process, memory in MB."""

    name: str
    products: int
    seconds: float
    app_cpu_s: float
    app_peak_mb: float
    postgres_cpu_s: float
    meilisearch_cpu_s: float

    @property
    def rate(self) -> float:
        """Products a second."""
        return self.products / self.seconds


async def imports(stack: Stack, *, products: int) -> list[Intake]:
    """Import the demo's products from a file into an empty database, and then once more."""
    file = stack.directory.path / "products.jsonl"
    file.write_bytes(
        b"".join(orjson.dumps(each) + b"\n" for each in demo_products.documents(products=products, seed=7))
    )
    environ = {**stack.environ, "DATABASE_URL": await stack.new_database("souk_import")}
    return [
        await _measured(stack, "import", "import", str(file), environ=environ),
        await _measured(stack, "import again, no change", "import", str(file), environ=environ),
    ]


async def index(stack: Stack) -> Intake:
    """Build the search index of the shop's products."""
    return await _measured(stack, "index", "index", environ=stack.environ)


async def _measured(stack: Stack, name: str, *arguments: str, environ: dict[str, str]) -> Intake:
    before = stack.engines_cpu_s()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.intake", *arguments), env=environ, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the run {name!r} failed; what it said is above")
    after = stack.engines_cpu_s()
    return Intake(
        name=name,
        **json.loads(said),
        postgres_cpu_s=after["postgres"] - before["postgres"],
        meilisearch_cpu_s=after["meilisearch"] - before["meilisearch"],
    )


@dataclass(slots=True)
class _Own:
    """What this process used for its work."""

    products: int = 0
    seconds: float = 0.0
    app_cpu_s: float = 0.0
    app_peak_mb: float = 0.0


@contextmanager
def _measuring() -> Iterator[_Own]:
    own = _Own()
    wall, cpu = time.perf_counter(), time.process_time()
    yield own
    own.seconds, own.app_cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    own.app_peak_mb = processes.peak_memory_mb(os.getpid())


async def _import(database: Database, settings: Settings, file: Path) -> _Own:
    with _measuring() as own:
        async with catalogue_import.begin(database) as importing:
            counts = await importing.run(formats.records(file, currency=settings.currency))
    if counts.refused:
        raise RuntimeError(f"{counts.refused} of the demo's own products were refused")
    own.products = counts.total
    return own


async def _index(database: Database, settings: Settings) -> _Own:
    engine = Meilisearch(settings.meili_url, settings.meili_key)
    with _measuring() as own:
        own.products = await rebuilding.rebuild(database, engine, Indexes.named(), locale=settings.locale)
    engine.close()
    return own


async def _main(what: str, *arguments: str) -> None:
    settings = Settings.from_env(os.environ)
    database = await Database.open(settings.database_url)
    if what == "import":
        own = await _import(database, settings, Path(arguments[0]))
    else:
        own = await _index(database, settings)
    await database.close()
    sys.stdout.write(json.dumps(asdict(own)) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
