"""`souk permissions`."""

from pathlib import Path
from typing import Annotated

import typer

from graph import event_catalogue, permission_table
from graph.schema import schema
from server.failures import Failure

_DOCS = Path(__file__).parent.parent / "docs"

app = typer.Typer(add_completion=False)


@app.command()
def run(
    *,
    check: Annotated[bool, typer.Option("--check", help="Fail if a document differs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write docs/permissions.md, and the table of events.")] = False,
) -> None:
    """Print who may see and do what, write it and who may follow which events to their files, or compare them."""
    try:
        made = {
            "permissions.md": permission_table.table(schema),
            "events.md": event_catalogue.written((_DOCS / "events.md").read_text(encoding="utf-8")),
        }
    except LookupError as error:
        raise Failure(str(error.args[0])) from None
    if not write and not check:
        typer.echo(made["permissions.md"], nl=False)
    for name, text in made.items():
        path = _DOCS / name
        if write:
            path.write_text(text, encoding="utf-8")
        elif check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            raise Failure(f"docs/{name} is not what the code allows: look at the difference after `make schema`.")
