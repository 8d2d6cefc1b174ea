"""`souk up`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from server.up import Options, up

app = typer.Typer(add_completion=False)


@app.command()
def run(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Where the engines keep their data.")] = Path(".souk"),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Start everything: Postgres, Meilisearch, migrations, worker and server. Ctrl-C stops it all."""
    asyncio.run(up(Options(host=host, port=port, data_dir=data_dir, workers=workers)))
