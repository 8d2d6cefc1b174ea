"""The migrations ..."""

from collections.abc import Iterator

import asyncpg
import pytest

from server import migrate
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
    assert await migrate.current(connection) is None
    await migrate.upgrade(empty_url)
    assert await migrate.current(connection) == migrate.head()
    await connection.close()
    await migrate.check(empty_url)
