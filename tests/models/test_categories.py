"""The category tree ..."""

import asyncio

import asyncpg
import pytest

from tests.factories import catalogue
from tests.models.locks import blocked


async def slug_paths(connection: asyncpg.Connection) -> dict[str, str]:
    """Give each category's path as slugs, checked to be the chain of its parents."""
    rows = await connection.fetch("SELECT id, parent_id, slug, path FROM categories")
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        above = by_id[row["parent_id"]]["path"] if row["parent_id"] else []
        assert row["path"] == [*above, row["id"]], f"the path of {row['slug']} is not its parent's and itself"
    return {row["slug"]: "/".join(by_id[id_]["slug"] for id_ in row["path"]) for row in rows}


async def chain(connection: asyncpg.Connection, *slugs: str) -> list[int]:
    """Insert categories, each below the one before."""
    ids: list[int] = []
    for slug in slugs:
        ids.append(await catalogue.category(connection, ids[-1] if ids else None, slug=slug))
    return ids


async def test_knows_the_path_of_a_new_category(connection: asyncpg.Connection) -> None:
    await chain(connection, "home", "lamps", "desk-lamps")
    assert await slug_paths(connection) == {
        "home": "home",
        "lamps": "home/lamps",
        "desk-lamps": "home/lamps/desk-lamps",
    }


async def test_moves_a_category_with_all_below_it(connection: asyncpg.Connection) -> None:
    _, lamps, _, _ = await chain(connection, "home", "lamps", "desk-lamps", "clamp-lamps")
    office = await catalogue.category(connection, slug="office")
    await connection.execute("UPDATE categories SET parent_id = $1 WHERE id = $2", office, lamps)
    moved = {
        "home": "home",
        "office": "office",
        "lamps": "office/lamps",
        "desk-lamps": "office/lamps/desk-lamps",
        "clamp-lamps": "office/lamps/desk-lamps/clamp-lamps",
    }
    assert await slug_paths(connection) == moved
    await connection.execute("UPDATE categories SET parent_id = NULL WHERE id = $1", lamps)
    assert (await slug_paths(connection))["clamp-lamps"] == "lamps/desk-lamps/clamp-lamps"


@pytest.mark.parametrize("below", ["home", "lamps", "desk-lamps"])
async def test_refuses_a_category_below_itself(connection: asyncpg.Connection, below: str) -> None:
    await chain(connection, "home", "lamps", "desk-lamps")
    before = await slug_paths(connection)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await connection.execute(
            "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = $1) WHERE slug = 'home'", below
        )
    assert caught.value.constraint_name == "ck_categories_no_cycle"
    assert await slug_paths(connection) == before


async def test_refuses_to_lose_a_category_that_holds_others(connection: asyncpg.Connection) -> None:
    home, _ = await chain(connection, "home", "lamps")
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute("DELETE FROM categories WHERE id = $1", home)
    assert len(await slug_paths(connection)) == 2


@pytest.mark.parametrize("parent", [None, "home"])
async def test_refuses_siblings_of_one_name(connection: asyncpg.Connection, parent: str | None) -> None:
    home = await catalogue.category(connection, slug="home", name="Home")
    parent_id = home if parent else None
    await catalogue.category(connection, parent_id, slug="one", name="Lamps")
    with pytest.raises(asyncpg.UniqueViolationError):
        await catalogue.category(connection, parent_id, slug="two", name="Lamps")
    assert sorted(await slug_paths(connection)) == ["home", "one"]


async def test_grows_in_many_transactions_at_once(connection: asyncpg.Connection, other: asyncpg.Connection) -> None:
    home = await catalogue.category(connection, slug="home")
    async with connection.transaction(), other.transaction():
        await catalogue.category(connection, home, slug="lamps")
        await catalogue.category(other, home, slug="chairs")
    assert sorted((await slug_paths(connection)).values()) == ["home", "home/chairs", "home/lamps"]


async def test_finds_what_is_added_below_a_category_while_it_moves(
    connection: asyncpg.Connection, other: asyncpg.Connection, watching: asyncpg.Connection
) -> None:
    home, lamps = await chain(connection, "home", "lamps")
    office = await catalogue.category(connection, slug="office")
    async with connection.transaction():
        await catalogue.category(connection, lamps, slug="desk-lamps")
        move = asyncio.create_task(other.execute("UPDATE categories SET parent_id = $1 WHERE id = $2", office, home))
        assert await blocked(watching, move)
    await move
    assert (await slug_paths(connection))["desk-lamps"] == "office/home/lamps/desk-lamps"


async def test_lets_one_of_two_opposite_moves_through(
    connection: asyncpg.Connection, other: asyncpg.Connection, watching: asyncpg.Connection
) -> None:
    await chain(connection, "home", "lamps")
    await chain(connection, "office", "desks")
    move = """UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = $2)
              WHERE slug = $1"""
    async with connection.transaction():
        await connection.execute(move, "home", "desks")
        opposite = asyncio.create_task(other.execute(move, "office", "lamps"))
        assert await blocked(watching, opposite)
    with pytest.raises(asyncpg.CheckViolationError):
        await opposite
    assert (await slug_paths(connection))["lamps"] == "office/desks/home/lamps"
