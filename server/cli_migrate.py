"""`souk migrate`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from alembic.util import CommandError

from server import migrate, surroundings
from server.engines import external
from server.failures import Failure

app = typer.Typer(add_completion=False)


@app.command()
def run(
    to: Annotated[str, typer.Option(help='The revision to migrate to; "base" takes every table away.')] = "head",
    *,
    down: Annotated[bool, typer.Option("--down", help="Migrate downwards; data in what is dropped is lost.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare the tables with models/.")] = False,
    write: Annotated[str, typer.Option(help="Only write a new migration, with this message.")] = "",
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
) -> None:
    """Bring the database to the newest revision of its tables, or to another one."""
    asyncio.run(_run(data_dir, to=to, down=down, check=check, write=write))


async def _run(data_dir: Path, *, to: str, down: bool, check: bool, write: str) -> None:
    url = surroundings.database_url(data_dir)
    await external.check_postgres(url)
    try:
        if check:
            await migrate.check(url)
        elif write:
            await migrate.write_revision(url, message=write)
        elif down:
            await migrate.downgrade(url, to=to)
        else:
            await migrate.upgrade(url, to=to)
    except CommandError as error:
        raise Failure(f"The migration was refused: {error}") from None
