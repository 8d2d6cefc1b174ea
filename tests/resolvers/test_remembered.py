"""What is remembered of rows ..."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest

from models.database import Database
from models.tables import metadata
from resolvers.context import Context
from resolvers.loaders import attributes, categories, merchants, search
from resolvers.loaders.lookups import Lookup
from resolvers.remembered import AGE_MAX_S, ANSWERS_MAX, KEYS_MAX, TRUSTED_S, Remembered
from tests.factories import catalogue
from tests.hearing import hearing


@pytest.fixture
async def listening(context: Context) -> AsyncIterator[Context]:
    """A context whose process hears of changes."""
    async with hearing(context.changes):
        yield context


async def names(context: Context, *wanted: int) -> list[str | None]:
    """Ask as a later request does."""
    found = await context.fresh().load_many(merchants.BY_ID, wanted)
    return [row and row.name for row in found]


async def renamed(context: Context, merchant: int, name: str) -> bool:
    """Wait until a change is heard of; long, since the machine may be crowded."""
    for _ in range(3_000):
        if await names(context, merchant) == [name]:
            return True
        await asyncio.sleep(0.01)
    return False


async def forgotten(context: Context, lookup: Lookup[Any, Any], keys: Sequence[Any]) -> bool:
    """Wait as long for nothing to be remembered of the keys."""
    for _ in range(3_000):
        if context.at_hand(lookup, keys) is None:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_is_read_once_for_all_requests(listening: Context, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection, name="Ada")
    assert await renamed(listening, merchant, "Ada")
    for _ in range(2):
        request = listening.fresh()
        assert [row and row.name for row in await request.load_many(merchants.BY_ID, [merchant, -1])] == ["Ada", None]
        row = await request.load(merchants.BY_ID, merchant)
        assert row is not None
        assert row.name == "Ada"
        statements = request.statements.value
    assert statements == 0
    assert [row and row.name for row in request.at_hand(merchants.BY_ID, [merchant]) or []] == ["Ada"]


@pytest.mark.parametrize(
    ("lookup", "change"),
    [
        (merchants.BY_ID, "UPDATE merchants SET name = 'Bob'"),
        (merchants.BY_SLUG, "INSERT INTO merchant_ratings SELECT id, 5, 1 FROM merchants"),
        (categories.BY_ID, "INSERT INTO categories (slug, name) VALUES ('new', 'New')"),
        (categories.BY_SLUG, "DELETE FROM categories"),
        (categories.PATH_BY_SLUG, "UPDATE categories SET position = 3"),
        (categories.TRANSLATIONS, "TRUNCATE category_translations"),
        (attributes.BY_KEY, "DELETE FROM attributes"),
        (search.PINS, "DELETE FROM search_pins"),
    ],
)
async def test_is_forgotten_when_its_table_changes(
    listening: Context, connection: asyncpg.Connection, lookup: Lookup[Any, Any], change: str
) -> None:
    merchant = await catalogue.merchant(connection)
    await catalogue.category(connection)
    keys: Sequence[Any] = [merchant] if lookup in {merchants.BY_ID, categories.BY_ID, categories.TRANSLATIONS} else [""]
    while listening.at_hand(lookup, keys) is None:  # the notices of what was made above may be under way
        await listening.fresh().load_many(lookup, keys)
    await connection.execute(change)
    assert await forgotten(listening, lookup, keys)


async def test_is_not_taken_by_who_has_just_changed_something(
    listening: Context, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection, name="Ada")
    assert await renamed(listening, merchant, "Ada")
    listening.changes.remembered.forget = lambda: None  # type: ignore[method-assign]  # as long as no notice has come
    while listening.at_hand(merchants.BY_ID, [merchant]) is None:  # the notice of its making may have come meanwhile
        await names(listening, merchant)
    await connection.execute("UPDATE merchants SET name = 'Bob'")
    assert await names(listening, merchant) == ["Ada"]
    changed = listening.fresh()
    changed.forget()
    (row,) = await changed.load_many(merchants.BY_ID, [merchant])
    assert row is not None
    assert row.name == "Bob"


async def test_is_not_trusted_without_a_connection_that_listens(
    listening: Context, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection, name="Ada")
    assert await renamed(listening, merchant, "Ada")
    cut = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE query LIKE '%souk_place_events%' AND datname = current_database() AND pid <> pg_backend_pid()"""
    await connection.execute(cut)
    assert await forgotten(listening, merchants.BY_ID, [merchant])
    await connection.execute("UPDATE merchants SET name = 'Bob'")
    assert await renamed(listening, merchant, "Bob")


class Held(Lookup[Any, Any]):
    """Finds what the test says, when the test says so."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.remembered = True
        self.seen_by = None

    async def load(self, _: Database, wanted: Sequence[Any]) -> list[Any]:
        answer = await self.answers.get()
        return [answer for _ in wanted]

    def visible(self, answers: list[Any], _: object) -> list[Any]:
        return answers


async def proven() -> Remembered:
    made = Remembered()
    made.prove(asyncio.get_running_loop().time())
    return made


async def test_never_holds_what_changed_while_it_was_read(database: Database) -> None:
    remembered, lookup = await proven(), Held()
    reading = asyncio.create_task(remembered.load(database, lookup, [1]))
    await asyncio.sleep(0)
    remembered.forget()
    lookup.answers.put_nowait("old")
    assert await reading == ["old"]
    assert remembered.known(lookup, [1]) is None
    lookup.answers.put_nowait("new")
    assert await remembered.load(database, lookup, [1]) == ["new"]
    assert remembered.known(lookup, [1]) == ["new"]
    assert remembered.known(lookup, [1, 2]) is None


async def test_is_trusted_for_so_long_and_kept_for_so_long(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered, lookup = await proven(), Held()
    lookup.answers.put_nowait("row")
    await remembered.load(database, lookup, [1])
    loop = asyncio.get_running_loop()
    now_s = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now_s + TRUSTED_S)
    assert remembered.known(lookup, [1]) is None
    remembered.prove(now_s + AGE_MAX_S - 1)
    assert remembered.known(lookup, [1]) == ["row"]
    remembered.prove(now_s + AGE_MAX_S + 1)
    assert remembered.known(lookup, [1]) is None


async def test_is_of_so_many_keys(database: Database) -> None:
    remembered, lookup = await proven(), Held()
    for keys in ([*range(KEYS_MAX)], ["one more"]):
        lookup.answers.put_nowait("row")
        await remembered.load(database, lookup, keys)
    assert remembered.known(lookup, [1]) is None
    assert remembered.known(lookup, ["one more"]) == ["row"]


async def test_has_a_trigger_on_every_table_that_it_is_read_from(connection: asyncpg.Connection) -> None:
    told = await connection.fetch(
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = tgrelid::regclass || '_tell'"
    )
    tables = {row["name"] for row in told}
    lookups = [each for module in (attributes, categories, merchants, search) for each in vars(module).values()]
    read = {
        word.strip('(),"')
        for lookup in lookups
        if isinstance(lookup, Lookup) and lookup.remembered
        for word in lookup._statement.sql.replace(".", " ").split()  # noqa: SLF001 - what it reads is its own
    }
    assert read & set(metadata.tables) == tables


async def test_answers_are_worked_out_once_and_forgotten_with_the_rows_and_without_them(database: Database) -> None:
    remembered, lookup, worked = await proven(), Held(), iter(range(10))

    async def work() -> int:
        return next(worked)

    async def answer() -> int:
        return await remembered.answered("asked", work)

    assert [await answer(), await answer()] == [0, 0]
    assert await remembered.answered("something else", work) == 1
    lookup.answers.put_nowait("row")
    await remembered.load(database, lookup, [1])
    remembered.forget_answers()
    assert remembered.known(lookup, [1]) == ["row"]
    assert [await answer(), await answer()] == [2, 2]
    remembered.forget()
    assert await answer() == 3
    remembered.distrust()
    assert [await answer(), await answer()] == [4, 5]


async def test_never_holds_an_answer_that_came_before_a_change() -> None:
    remembered, change = await proven(), asyncio.Event()

    async def work() -> str:
        await change.wait()
        return "old"

    asking = asyncio.create_task(remembered.answered("asked", work))
    await asyncio.sleep(0)
    remembered.forget_answers()
    change.set()
    assert await asking == "old"
    assert remembered.answer("asked") is None


async def test_holds_so_many_answers() -> None:
    remembered = await proven()

    async def work() -> str:
        return "found"

    for number in range(ANSWERS_MAX + 1):
        await remembered.answered(number, work)
    assert [remembered.answer(0), remembered.answer(ANSWERS_MAX)] == [None, "found"]
