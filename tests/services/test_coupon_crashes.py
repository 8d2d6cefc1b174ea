"""No coupon stays reserved, and no limit is passed ..."""

import asyncpg
import pytest

from models.database import Database
from tests.trials import coupon_crashes


@pytest.mark.process
async def test_by_processes_that_were_killed_between_reserving_and_redeeming(
    database: Database, connection: asyncpg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form of `python -m tests.trials.coupon_crashes`."""
    monkeypatch.setattr(coupon_crashes, "PROCESSES", 2)
    report = await coupon_crashes.run(database_url, kills=5, seed=1)
    assert report.clean, report.text()
    assert report.kills >= 5
    assert report.left_reserved > 0
    assert await connection.fetchval("SELECT count(*) FROM coupon_reservations WHERE state = 'RELEASED'") > 0
    assert database
