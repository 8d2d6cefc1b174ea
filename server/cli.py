"""The command `souk`. Each command is a file of its own, cli_<name>.py, read only when it is asked for."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from domain.errors import Refusal
from server.failures import Failure
from server.logging import configure

COMMANDS = ("up", "serve", "worker", "migrate", "import", "demo", "reindex", "doctor", "schema", "permissions")


class Commands(TyperGroup):
    """The commands by name; a Failure or a Refusal in one of them becomes its sentence and exit code 1."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a command: it is the Typer app called `app` in its file."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"server.cli_{cmd_name}").app)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (Failure, Refusal) as failure:
            typer.secho(f"souk: {failure}", fg="red", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def main() -> None:
    """Run Souk, a GraphQL commerce backend: `souk up` starts everything."""
    configure()
