"""The migrations ..."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from server import migrate, revisions
from server.cli import app
from tests.conftest import Databases


@pytest.fixture
def empty_url(databases: Databases, worker_name: str) -> Iterator[str]:
    name = f"migrations_{worker_name}"
    yield databases.create(name)
    databases.drop(name)


async def test_make_exactly_the_tables_of_the_models(empty_url: str) -> None:
    await migrate.check(empty_url)


async def test_can_all_be_taken_back_and_made_again(empty_url: str) -> None:
    await migrate.downgrade(empty_url, to="base")
    connection = await asyncpg.connect(empty_url)
    left = """
        SELECT name FROM (
            SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
        ) AS everything
        WHERE name !~ 'alembic_version'
    """
    assert await connection.fetch(left) == []
    assert await revisions.current(connection) is None
    await migrate.upgrade(empty_url)
    assert await revisions.current(connection) == revisions.head()
    await connection.close()
    await migrate.check(empty_url)


BEFORE_PARCELS_NAMED_PLACES = """
    SET session_replication_role = replica;
    INSERT INTO fulfilment_lines (fulfilment_id, line_id, quantity) VALUES (1, 7, 1), (2, 7, 3), (2, 8, 2), (3, 7, 1);
    INSERT INTO stock_reservations (order_id, line_id, variant_id, warehouse_id, quantity, shipped, released)
    VALUES (1, 7, 70, 22, 4, 3, 0), (1, 7, 70, 21, 2, 2, 0), (1, 7, 70, 23, 1, 0, 1), (1, 8, 80, 21, 2, 2, 0);
"""


async def test_find_out_which_warehouses_parcels_have_left(empty_url: str) -> None:
    await migrate.upgrade(empty_url)
    await migrate.downgrade(empty_url, to="0033")
    connection = await asyncpg.connect(empty_url)
    await connection.execute(BEFORE_PARCELS_NAMED_PLACES)
    await migrate.upgrade(empty_url)
    found = await connection.fetch(
        "SELECT fulfilment_id, line_id, warehouse_id, quantity FROM fulfilment_sources ORDER BY 1, 2, 3"
    )
    # Of line 7 two pieces were in warehouse 21, three in 22: the second parcel is from both.
    assert [tuple(row) for row in found] == [(1, 7, 21, 1), (2, 7, 21, 1), (2, 7, 22, 2), (2, 8, 21, 2), (3, 7, 22, 1)]
    await connection.close()


def test_are_in_files_that_begin_with_their_revision_and_count_upwards() -> None:
    scripts = list(ScriptDirectory(str(revisions.MIGRATIONS)).walk_revisions())
    names = [Path(script.path).name.partition("_")[0] for script in scripts]
    assert names == [script.revision for script in scripts] == sorted(names, reverse=True)
    assert revisions.head() == names[0]


@pytest.mark.parametrize("command", ["import catalogue lamps.jsonl", "demo", "reindex", "doctor"])
def test_are_asked_for_by_commands_that_need_them(
    empty_url: str, engines: dict[str, str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    asyncio.run(migrate.downgrade(empty_url, to="0001"))
    for variable, address in (
        ("DATABASE_URL", empty_url),
        ("MEILI_URL", engines["meili_url"]),
        ("MEILI_KEY", engines["meili_key"]),
    ):
        monkeypatch.setenv(variable, address)
    result = CliRunner().invoke(app, command.split(), catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"souk: The database is at revision 0001, not at {revisions.head()}: run `souk migrate`.\n"
