"""The command `souk` ..."""

import pytest
from typer.testing import CliRunner

from server.cli import COMMANDS, app


@pytest.mark.parametrize("command", COMMANDS)
def test_explains_each_command_and_offers_nothing_of_the_libraries(command: str) -> None:
    answer = CliRunner().invoke(app, [command, "--help"], prog_name="souk")
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert f"Usage: souk {command}" in answer.stdout
    assert "completion" not in answer.stdout
