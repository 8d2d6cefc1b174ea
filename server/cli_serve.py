"""`souk serve`."""

import socket
from typing import Annotated

import typer

from server import listening, serve, surroundings

app = typer.Typer(add_completion=False)


@app.command()
def run(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "",
    port: Annotated[str, typer.Option(help="The port to listen on.")] = "",
    *,
    data_dir: surroundings.DataDir = surroundings.DEFAULT_DATA_DIR,
    descriptor: Annotated[int, typer.Option(hidden=True, help="A socket that listens already.")] = -1,
    wait: surroundings.Wait = False,
) -> None:
    """Serve the API alone; Postgres and Meilisearch run elsewhere."""
    options = {name: value for name, value in (("host", host), ("port", port)) if value}
    settings = surroundings.settings(data_dir, wait=wait, **options)
    surroundings.check(settings)
    listener = listening.listen(settings.host, settings.port) if descriptor < 0 else socket.socket(fileno=descriptor)
    serve.run(settings, listener)
