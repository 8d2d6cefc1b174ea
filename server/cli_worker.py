"""`souk worker`."""

import asyncio

import typer

from server import surroundings, worker

app = typer.Typer(add_completion=False)


@app.command()
def run(data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR, *, wait: surroundings.Wait = False) -> None:
    """Follow the events: index products, and what else happens after an answer."""
    settings = surroundings.settings(data_dir, wait=wait)
    surroundings.check(settings)
    asyncio.run(worker.run(settings))
