"""What the tests of the process share."""

import pytest


@pytest.fixture(autouse=True)
def logs_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command run inside the tests must not set up logging: CliRunner's standard error is closed when it ends."""
    monkeypatch.setattr("server.cli.configure", lambda: None)
