"""`souk schema`."""

from pathlib import Path
from typing import Annotated

import typer

from graph.schema import schema
from server.failures import Failure

_CHECKED_IN = Path(__file__).parent.parent / "graph" / "schema.graphql"

app = typer.Typer(add_completion=False)


@app.command()
def run(
    *,
    check: Annotated[bool, typer.Option("--check", help="Fail if graph/schema.graphql differs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write graph/schema.graphql.")] = False,
) -> None:
    """Print the GraphQL schema, write it to its file, or compare it with the file."""
    printed = schema.as_str().rstrip() + "\n"
    if write:
        _CHECKED_IN.write_text(printed, encoding="utf-8")
    elif check:
        if not _CHECKED_IN.exists() or _CHECKED_IN.read_text(encoding="utf-8") != printed:
            raise Failure(
                "graph/schema.graphql is not the schema that graph/ makes: look at the difference after `make schema`."
            )
    else:
        typer.echo(printed, nl=False)
