"""`souk permissions`."""

from pathlib import Path
from typing import Annotated

import typer

from graph import permissions
from graph.schema import schema
from server.failures import Failure

_CHECKED_IN = Path(__file__).parent.parent / "docs" / "permissions.md"

app = typer.Typer(add_completion=False)


@app.command()
def run(
    *,
    check: Annotated[bool, typer.Option("--check", help="Fail if docs/permissions.md differs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write docs/permissions.md.")] = False,
) -> None:
    """Print who may see and do what, write it to its file, or compare it with the file."""
    try:
        table = permissions.table(schema)
    except LookupError as error:
        raise Failure(str(error.args[0])) from None
    if write:
        _CHECKED_IN.write_text(table, encoding="utf-8")
    elif check:
        if not _CHECKED_IN.exists() or _CHECKED_IN.read_text(encoding="utf-8") != table:
            raise Failure(
                "docs/permissions.md is not what the code allows: look at the difference after `make schema`."
            )
    else:
        typer.echo(table, nl=False)
