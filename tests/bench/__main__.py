"""`python -m tests.bench`: starts everything of its own, measures, prints."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Annotated

import asyncpg
import httpx
import typer

from models.database import Database
from server.failures import Failure
from server.logging import configure
from services import demo
from tests.bench import intake, measuring, report, stack, yardstick
from tests.bench.bars import TIMES_LESS_MEMORY
from tests.bench.measuring import Load, Measurement, Memory
from tests.bench.report import Report
from tests.bench.stack import REFERENCE, SOUK, Configuration, Stack
from tests.bench.workload import NAMES, Workload, workloads

INTAKE = "intake"

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    only: Annotated[str, typer.Option(help=f"Some of {', '.join([*NAMES, INTAKE])}, with commas.")] = "",
    products: Annotated[int, typer.Option(min=60, max=1_000_000, help="How many demo products.")] = 10_000,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="How long each document is measured.")] = 5.0,
    connections: Annotated[int, typer.Option(min=1, max=1_000, help="How many ask at the same time.")] = 16,
    servers: Annotated[
        str, typer.Option(help=f"Some of {', '.join(stack.configurations())}, with commas.")
    ] = f"{SOUK.name},{REFERENCE.name}",
    *,
    write: Annotated[bool, typer.Option("--write", help="Put the figures into docs/benchmarks.md.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure the storefront's documents, an import and an indexing run. Exit code 1 when a bar is missed."""
    configure(level="WARNING")
    wanted = _some_of([*NAMES, INTAKE], only, option="--only")
    configurations = stack.configurations()
    chosen = [configurations[name] for name in _some_of(list(configurations), servers, option="--servers")]
    try:
        made = asyncio.run(_run(wanted, chosen, products=products, seconds=seconds, connections=connections))
    except Failure as failure:
        typer.secho(str(failure), fg="red", err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(made.document(), indent=2) if as_json else made.text())
    if write:
        report.write(made)
    if any(verdict.missed for verdict in made.verdicts()):
        raise typer.Exit(1)


def _some_of(names: list[str], given: str, *, option: str) -> list[str]:
    wanted = given.split(",") if given else names
    if unknown := set(wanted) - set(names):
        raise typer.BadParameter(f"{option}: {min(unknown)!r} is none of {', '.join(names)}")
    return wanted


async def _run(
    wanted: list[str], configurations: list[Configuration], *, products: int, seconds: float, connections: int
) -> Report:
    async with stack.running() as running:
        connection = await asyncpg.connect(running.database_url)
        version = str(await connection.fetchval("SHOW server_version"))
        machine = report.machine(postgres=version, meilisearch=await _meilisearch_version(running))
        typer.echo(f"Loading {products:,} demo products ...", err=True)
        database = await Database.open(running.database_url)
        await demo.load(database, products=products)
        await database.close()
        imports = await intake.imports(running, products=products) if INTAKE in wanted else []
        indexing = await intake.index(running) if {INTAKE, "search"} & set(wanted) else None
        await _settle(connection)
        chosen = [each for each in await workloads(connection) if each.name in wanted]
        await connection.close()
        async with measuring.load(running, connections=connections, seconds=seconds) as load:
            measurements, yardsticks_ms = await _measurements(load, configurations, chosen)
            memories = await _memories(load, configurations, chosen)
        return Report(
            machine=machine,
            products=products,
            connections=connections,
            seconds=seconds,
            measurements=measurements,
            memories=memories,
            yardsticks_ms=yardsticks_ms,
            intakes=[*imports, indexing] if INTAKE in wanted and indexing else [],
        )


async def _settle(connection: asyncpg.Connection) -> None:
    """Have Postgres tidy up after so many writes; it would do it by itself, but no figure may depend on when."""
    # While it analyzes a table by itself, a vacuum of ours would leave rows as they are.
    analyzing = "SELECT EXISTS (SELECT FROM pg_stat_progress_analyze)"
    while await connection.fetchval(analyzing):  # noqa: ASYNC110 - what we wait for is in another process
        await asyncio.sleep(0.2)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.execute("CHECKPOINT")


async def _measurements(
    load: Load, configurations: list[Configuration], chosen: list[Workload]
) -> tuple[list[Measurement], list[float]]:
    """Give the measurements of all documents on all servers, and those of the yardstick meanwhile."""
    if not chosen:
        return [], []
    async with AsyncExitStack() as running:
        measure = await running.enter_async_context(yardstick.running())
        servers = {each: await running.enter_async_context(load.stack.server(each)) for each in configurations}
        measurements = []
        for workload in chosen:
            typer.echo(f"Measuring {workload.name} ...", err=True)
            measurements += await load.measure(servers, workload, measure)
        return measurements, measure.samples_ms


async def _memories(load: Load, configurations: list[Configuration], chosen: list[Workload]) -> list[Memory]:
    memories = []
    for workload in chosen:
        if workload.name in TIMES_LESS_MEMORY:
            typer.echo(f"Measuring the memory for {workload.name} ...", err=True)
            memories += [await load.memory(each, workload) for each in configurations]
    return memories


async def _meilisearch_version(running: Stack) -> str:
    headers = {"Authorization": f"Bearer {running.meili_key}"}
    async with httpx.AsyncClient(base_url=running.meili_url, headers=headers) as client:
        return str((await client.get("/version")).json()["pkgVersion"])


if __name__ == "__main__":
    app()
