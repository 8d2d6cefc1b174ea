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
    *,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Fill an empty shop with demo data.")] = True,
    demo_products: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many demo products.")] = 2_000,
) -> None:
    """Start everything: Postgres, Meilisearch, migrations, demo data, worker and server. Ctrl-C stops it all."""
    options = Options(
        host=host, port=port, data_dir=data_dir, workers=workers, demo_products=demo_products if demo else 0
    )
    asyncio.run(up(options))
