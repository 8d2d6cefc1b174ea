"""The ledger adds up ..."""

import pytest

from models.database import Database
from tests.trials import ledger_crashes


@pytest.mark.process
async def test_after_random_operations_of_processes_that_were_killed(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form of `python -m tests.trials.ledger_crashes`."""
    monkeypatch.setattr(ledger_crashes, "PROCESSES", 2)
    monkeypatch.setattr(ledger_crashes, "LIFETIME", (10, 60))
    await database.close()  # the trial has its own connections, and so have its processes
    report = await ledger_crashes.run(database_url, operations=300, seed=1)
    assert report.clean, report.text()
    assert report.ended["d"] > 100
    assert report.kills > 3
