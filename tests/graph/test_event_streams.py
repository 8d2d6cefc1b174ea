"""Who follows events as they happen ..."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole, Viewer
from graph import ids
from graph.operations import Answer, StreamFailed
from models.database import Database
from resolvers import changes as following
from resolvers.changes import Changes
from services import outbox
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.events import FOLLOW, PULL, are_following, event, follow, happen, partner

__all__ = ["partner"]  # fixtures


async def seen(events: AsyncGenerator[Answer, None], number: int) -> list[int]:
    """Give the versions that the next events tell of."""
    return [(await event(events))["subjectVersion"] for _ in range(number)]


@pytest.mark.usefixtures("partner", "following_changes")
async def test_sees_what_was_and_what_comes_without_a_seam(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    await happen(connection, shop.lamp, *range(250))
    start = (await api.data(PULL, first=1))["events"]["nodes"][0]["cursor"]
    async with aclosing(follow(api, after=start)) as events:
        assert await seen(events, 120) == list(range(1, 121))
        await happen(connection, shop.lamp, *range(250, 400))
        assert await seen(events, 279) == list(range(121, 400))
        for number in range(400, 420):
            await happen(connection, shop.lamp, number)
            assert await seen(events, 1) == [number]
        last = await connection.fetchval("SELECT count(*) FROM events")
        assert last == 420


@pytest.mark.usefixtures("partner")
async def test_begins_now_without_a_cursor(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    await happen(connection, shop.lamp, 1)
    async with aclosing(follow(api)) as events:
        coming = asyncio.ensure_future(event(events))
        await are_following(following_changes, 1)
        await happen(connection, shop.lamp, 2)
        assert (await coming)["subjectVersion"] == 2
    assert following_changes._followers == 0  # noqa: SLF001 - likewise


@pytest.mark.usefixtures("partner", "following_changes")
async def test_sees_the_subject_as_it_is_now(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    start = (await api.data(PULL))["events"]["pageInfo"]["endCursor"]
    async with aclosing(follow(api, after=start)) as events:
        await happen(connection, shop.lamp, 1)
        assert (await event(events))["subject"]["name"] == "Lamp"
        await connection.execute("UPDATE products SET name = 'Light' WHERE id = $1", shop.lamp)
        await happen(connection, shop.lamp, 2)
        assert (await event(events))["subject"]["name"] == "Light"
        await connection.execute("UPDATE products SET status = 'ARCHIVED' WHERE id = $1", shop.lamp)
        await happen(connection, shop.lamp, 3)
        gone = await event(events)
        assert (gone["subject"], gone["subjectId"]) == (None, ids.encode("Product", shop.lamp))


@pytest.mark.usefixtures("partner")
async def test_is_served_from_postgres_when_too_slow_for_what_is_in_memory(
    api: Api,
    following_changes: Changes,
    connection: asyncpg.Connection,
    shop: SmallShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "TAIL_MAX", 20)
    start = (await api.data(PULL))["events"]["pageInfo"]["endCursor"]
    async with aclosing(follow(api, after=start)) as events:
        await happen(connection, shop.lamp, 0)
        assert await seen(events, 1) == [0]
        for number in range(1, 301):  # while nobody reads
            await happen(connection, shop.lamp, number)
        with following_changes.of("product", shop.chair) as done:
            await happen(connection, shop.chair, 301)
            await asyncio.wait_for(done.wait(), 30)
        assert len(following_changes._tail) <= 40  # noqa: SLF001 - what is in memory shows nowhere else
        assert await seen(events, 301) == list(range(1, 302))


@pytest.mark.usefixtures("partner")
async def test_shares_the_reading_with_all_others(
    api: Api,
    following_changes: Changes,
    database: Database,
    connection: asyncpg.Connection,
    shop: SmallShop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = (await api.data(PULL))["events"]["pageInfo"]["endCursor"]
    many = [follow(api, after=start) for _ in range(20)]
    coming = [asyncio.ensure_future(event(each)) for each in many]
    await are_following(following_changes, 20)
    await asyncio.sleep(0.05)
    read: list[str] = []
    fetch = database.fetch

    async def counted(statement: Any, *arguments: Any, **parameters: Any) -> Any:
        if "FROM events" in statement.sql:
            read.append(statement.sql)
        return await fetch(statement, *arguments, **parameters)

    monkeypatch.setattr(database, "fetch", counted)
    await happen(connection, shop.lamp, 7)
    assert [each["subjectVersion"] for each in await asyncio.gather(*coming)] == [7] * 20
    assert len(read) == 1
    for each in many:
        await each.aclose()


@pytest.mark.usefixtures("following_changes")
async def test_of_a_merchant_is_told_of_its_own_alone_as_they_happen(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    api.context.viewer = await people.partner(connection, shop.bob)
    start = (await api.data(PULL))["events"]["pageInfo"]["endCursor"]
    async with aclosing(follow(api, after=start)) as events:
        for number in range(5):
            await happen(connection, shop.lamp, number)
        await happen(connection, shop.chair, 9)
        assert await seen(events, 1) == [9]


@pytest.mark.usefixtures("following_changes")
async def test_is_let_go_when_the_key_is_revoked(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    partner = await people.partner(connection, shop.ada)
    key = "INSERT INTO api_keys (partner_id, prefix, hash, scopes) VALUES ($1, $2, $3, '{EVENTS_READ}')"
    for prefix in ("souk_1", "souk_2"):
        await connection.execute(key, partner.partner_id, prefix, bytes(32))
    streams = []
    for prefix in ("souk_1", "souk_2"):
        api.context.viewer = replace(partner, key_prefix=prefix)
        start = (await api.data(PULL))["events"]["pageInfo"]["endCursor"]
        streams.append(follow(api, after=start))
    waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
    await asyncio.sleep(0.05)
    async with connection.transaction():
        await connection.execute("UPDATE api_keys SET revoked_at = now() WHERE prefix = 'souk_1'")
        await outbox.append_many(
            connection,
            event_type="PARTNER_KEYS_CHANGED",
            subject_type="partner",
            subjects=[(partner.partner_id or 0, 2)],
        )
    with pytest.raises(StreamFailed) as caught:
        await asyncio.wait_for(waiting[0], 30)
    assert caught.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    await happen(connection, shop.lamp, 5)
    answer = await asyncio.wait_for(waiting[1], 30)
    assert answer.data is not None
    assert answer.data["events"]["subjectVersion"] == 5
    await streams[1].aclose()


async def live(api: Api, viewer: Viewer, query: str = FOLLOW, **variables: Any) -> asyncio.Future[Answer]:
    """Begin to follow, and wait for the next event."""
    operation = api.operations.prepare(query, None, variables, transport="websocket")
    events = api.operations.stream(operation, replace(api.context, viewer=viewer).fresh(), transport="websocket")
    return asyncio.ensure_future(anext(events))


async def test_shares_an_answer_with_those_alone_who_see_the_same(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    await connection.execute("UPDATE products SET status = 'ARCHIVED' WHERE id = $1", shop.lamp)
    partner = await people.partner(connection)
    switched = "subscription ($x: Boolean!) { events { type subjectVersion @include(if: $x) } }"
    waiting = {
        "partner": await live(api, partner),
        "the same partner": await live(api, replace(partner)),
        "the same with other types": await live(api, partner, types=["PRODUCT_CHANGED"]),
        "administrator": await live(api, await people.staff(connection, PlatformRole.ADMIN)),
        "on": await live(api, partner, switched, x=True),
        "off": await live(api, partner, switched, x=False),
    }
    await are_following(following_changes, 6)
    await happen(connection, shop.lamp, 1)
    answers = {name: (await asyncio.wait_for(each, 30)) for name, each in waiting.items()}
    data = {name: answer.data and answer.data["events"] for name, answer in answers.items()}
    assert answers["partner"] is answers["the same partner"] is answers["the same with other types"]
    assert data["partner"]["subject"] is None
    assert data["administrator"]["subject"]["slug"] == "lamp"
    assert data["on"] == {"type": "PRODUCT_CHANGED", "subjectVersion": 1}
    assert data["off"] == {"type": "PRODUCT_CHANGED"}


async def test_shares_no_answer_that_is_old(
    api: Api, following_changes: Changes, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    partner = await people.partner(connection)
    first = await live(api, partner)
    operation = api.operations.prepare(FOLLOW, None, {}, transport="websocket")
    context = replace(api.context, viewer=partner)
    late = api.operations.stream(operation, context.fresh(), transport="websocket")
    waiting = asyncio.ensure_future(anext(late))
    await are_following(following_changes, 2)
    await happen(connection, shop.lamp, 1)
    assert (await asyncio.wait_for(first, 30)).data == (await asyncio.wait_for(waiting, 30)).data
    await happen(connection, shop.lamp, 2)
    before = following_changes._followers  # noqa: SLF001 - it shows nowhere else
    third = await live(api, partner)
    await are_following(following_changes, before + 1)
    await happen(connection, shop.lamp, 3)
    await asyncio.wait_for(third, 30)
    await asyncio.sleep(0.2)
    await connection.execute("UPDATE products SET name = 'Light' WHERE id = $1", shop.lamp)
    slow = (await asyncio.wait_for(anext(late), 30), await asyncio.wait_for(anext(late), 30))
    names = [answer.data and answer.data["events"]["subject"]["name"] for answer in slow]
    assert names == ["Light", "Light"]
    await late.aclose()
