"""`souk import`."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from domain import money
from models.database import Database
from server import progress, revisions, surroundings
from server.engines import external
from server.refused_report import RefusedReport
from services import catalogue_import
from services.catalogue_import import CatalogueImport, ImportCounts
from services.feeds import formats, mapping
from services.feeds.mapping import CatalogueMapping

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Bring data into the shop from files."""


@app.command()
def catalogue(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, Shopify's CSV or Google's feed; plain or gzipped.")],
    *,
    merchant: Annotated[
        str | None, typer.Option(help="Whose the products are, unless JSON Lines name a merchant of their own.")
    ] = None,
    mapping_file: Annotated[
        str | None, typer.Option("--mapping", help=f"A mapping file, or one of {', '.join(mapping.built_in())}.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it all and keep nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="Where refused rows go; <file>.refused.csv by default.")] = None,
    currency: Annotated[str, typer.Option(help="The currency of prices that name none.")] = "USD",
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Import products: new ones are created, those that differ updated. Exit code 1 when a row was refused."""
    money.exponent(currency)
    feed_mapping = mapping.load(mapping.find(mapping_file)) if mapping_file is not None else None
    reader = CatalogueFiles(files, merchant=merchant, mapping=feed_mapping, currency=currency, report=report)
    if asyncio.run(reader.import_into(surroundings.database_url(data_dir), dry_run=dry_run)):
        raise typer.Exit(1)


class CatalogueFiles:
    """The files of one call, imported one after the other; a file that cannot be read ends the call."""

    def __init__(
        self,
        files: list[Path],
        *,
        merchant: str | None,
        mapping: CatalogueMapping | None,
        currency: str,
        report: Path | None,
    ) -> None:
        self._files = files
        self._merchant = merchant
        self._mapping = mapping
        self._currency = currency
        self._report = report

    async def import_into(self, url: str, *, dry_run: bool) -> int:
        """Import all files and print what became of each; answers how many rows were refused."""
        await external.check_postgres(url)
        await revisions.require_head(url)
        database = await Database.open(url)
        try:
            async with catalogue_import.begin(database, dry_run=dry_run) as importing:
                if self._report is not None:
                    with RefusedReport(self._report) as report:
                        return sum([await self._file(file, importing, report, dry_run=dry_run) for file in self._files])
                refused = 0
                for file in self._files:
                    with RefusedReport(Path(f"{file.name}.refused.csv")) as report:
                        refused += await self._file(file, importing, report, dry_run=dry_run)
                return refused
        finally:
            await database.close()

    async def _file(self, file: Path, importing: CatalogueImport, report: RefusedReport, *, dry_run: bool) -> int:
        records = formats.records(file, currency=self._currency, merchant=self._merchant, mapping=self._mapping)
        started_at = time.monotonic()
        with progress.products(file.name) as show:
            counts = await importing.run(
                records,
                merchant=self._merchant,
                hints=self._mapping.hints if self._mapping is not None else None,
                refused=lambda row: report.add(file, row),
                progress=lambda so_far: show(so_far.total),
            )
        _print(file, counts, time.monotonic() - started_at, dry_run=dry_run)
        if counts.refused:
            typer.echo(f"The refused rows and why: {report.path}", err=True)
        return counts.refused


def _print(file: Path, counts: ImportCounts, elapsed_s: float, *, dry_run: bool) -> None:
    changes = counts.created + counts.updated
    outcome = (
        f"{counts.created:,} created, {counts.updated:,} updated, {counts.unchanged:,} unchanged, "
        f"{counts.refused:,} refused"
    )
    note = " Nothing has changed." if not changes else " A dry run: nothing was kept." if dry_run else ""
    rate = int(counts.total / elapsed_s) if elapsed_s else counts.total
    typer.echo(f"{file}: {outcome} in {elapsed_s:.1f} s ({rate:,} products/s).{note}")
