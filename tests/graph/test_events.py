"""Who follows events ..."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Scope, Viewer
from domain.events import EventType
from graph import ids
from resolvers import nodes
from resolvers.events import NODES, type_name
from services import outbox
from tests.factories import catalogue, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.events import PULL, follow, happen, partner, refused

__all__ = ["partner"]  # fixtures

SHORT = "query ($after: String) { events(after: $after) { nodes { subjectVersion } pageInfo { endCursor } } }"


@pytest.mark.usefixtures("partner")
async def test_pages_through_all_of_them(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    await happen(connection, shop.lamp, 1, 2, 3)
    first = (await api.data(PULL, first=2))["events"]
    row = await connection.fetchrow("SELECT id, occurred_at FROM events ORDER BY id LIMIT 1")
    assert first["nodes"][0] == {
        "id": ids.encode("Event", row["id"]),
        "cursor": first["nodes"][0]["cursor"],
        "type": "PRODUCT_CHANGED",
        "occurredAt": row["occurred_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subjectId": ids.encode("Product", shop.lamp),
        "subjectVersion": 1,
        "subject": {
            "__typename": "Product",
            "id": ids.encode("Product", shop.lamp),
            "slug": "lamp",
            "name": "Lamp",
        },
    }
    assert first["pageInfo"] == {"hasNextPage": True, "endCursor": first["nodes"][1]["cursor"]}
    rest = (await api.data(PULL, after=first["pageInfo"]["endCursor"]))["events"]
    assert [each["subjectVersion"] for each in rest["nodes"]] == [3]
    assert rest["pageInfo"]["hasNextPage"] is False
    end = rest["pageInfo"]["endCursor"]
    nothing = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": end}}
    assert (await api.data(PULL, after=end))["events"] == nothing
    assert (await api.data(PULL, first=0))["events"]["nodes"] == []
    edges = await api.data(
        "{ events(first: 1) { totalCount edges { cursor node { cursor } } pageInfo { startCursor } } }"
    )
    cursor = first["nodes"][0]["cursor"]
    assert edges["events"]["totalCount"] == 3
    assert edges["events"]["edges"] == [{"cursor": cursor, "node": {"cursor": cursor}}]
    assert edges["events"]["pageInfo"] == {"startCursor": cursor}


@pytest.mark.usefixtures("partner")
async def test_takes_as_many_statements_for_one_as_for_many(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    for number in range(30):
        await happen(connection, await catalogue.product(connection, shop.ada), number)
    await api.data(PULL, first=1)
    one = api.statements
    assert len((await api.data(PULL, first=30))["events"]["nodes"]) == 30
    assert api.statements == one == 4  # place, find the beginning, read, find the subjects


@pytest.mark.usefixtures("partner")
async def test_moves_on_where_nothing_is_for_it(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    await happen(connection, shop.lamp, 1, 2)
    page = (await api.data(PULL, types=["CATEGORY_CHANGED"]))["events"]
    assert (page["nodes"], page["pageInfo"]["hasNextPage"]) == ([], False)
    await happen(connection, shop.lamp, 3)
    later = (await api.data(PULL, after=page["pageInfo"]["endCursor"]))["events"]
    assert [each["subjectVersion"] for each in later["nodes"]] == [3]


@pytest.mark.usefixtures("partner")
async def test_looks_through_a_long_log_in_short_steps(
    api: Api, connection: asyncpg.Connection, shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await happen(connection, shop.lamp, *range(50))
    await happen(connection, shop.lamp, 50, event_type="STOCK_CHANGED")
    monkeypatch.setattr("resolvers.events.WINDOWS_MAX", 1)
    monkeypatch.setattr("resolvers.events.READ_AT_ONCE", 7)
    found = (await api.data(PULL, types=["STOCK_CHANGED"]))["events"]
    assert [each["subjectVersion"] for each in found["nodes"]] == [50]


async def test_of_a_merchant_sees_what_is_the_merchants(
    api: Api, connection: asyncpg.Connection, shop: SmallShop
) -> None:
    await happen(connection, shop.lamp, 1)  # Ada's
    await happen(connection, shop.chair, 2)  # Bob's
    for merchant, versions in ((shop.ada, [1]), (shop.bob, [2]), (None, [1, 2])):
        api.context.viewer = await people.partner(connection, merchant)
        nodes = (await api.data(PULL))["events"]["nodes"]
        assert [each["subjectVersion"] for each in nodes] == versions


async def test_may_follow_what_the_scopes_say(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    await happen(connection, shop.lamp, 1)
    await outbox.append_many(connection, event_type="CART_CREATED", subject_type="cart", subjects=[(1, 1)])
    partner = await people.partner(connection)
    api.context.viewer = partner
    assert [each["type"] for each in (await api.data(PULL))["events"]["nodes"]] == ["PRODUCT_CHANGED"]
    code, message = await api.refused(PULL, types=["CART_CREATED"])
    assert (code, "CART_CREATED is for administrators alone" in message) == ("BAD_USER_INPUT", True)
    assert (await refused(follow(api, types=["CART_CREATED"])))["code"] == "BAD_USER_INPUT"
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    assert len((await api.data(PULL))["events"]["nodes"]) == 2
    others = [
        Viewer(),
        await people.customer(connection),
        await people.staff(connection, PlatformRole.AGENT),
        await people.member(connection, shop.ada, MerchantRole.OWNER),
        replace(partner, scopes=frozenset({Scope.ORDERS_READ})),
    ]
    for viewer in others:
        api.context.viewer = viewer
        assert await api.refused(PULL) == (
            "NOT_FOUND",
            (
                "This takes the permission EVENTS_READ; `viewer { permissions }` lists yours. "
                "Are you signed in as the right one?"
            ),
        )
        assert (await refused(follow(api)))["code"] == "NOT_FOUND"


@pytest.mark.usefixtures("partner")
async def test_is_told_when_the_cursor_is_too_old(api: Api, connection: asyncpg.Connection, shop: SmallShop) -> None:
    await happen(connection, shop.lamp, 1, 2, 3, 4)
    cursors = [each["cursor"] for each in (await api.data(PULL))["events"]["nodes"]]
    now = datetime.now(UTC)
    old = now - timedelta(days=31)
    await connection.execute("UPDATE events SET occurred_at = $1 WHERE subject_version <= 2", old)
    async with api.context.database.transaction() as session:
        await outbox.prune(session, now=now)
    (error,) = (await api.answer(PULL, after=cursors[0]))["errors"]
    assert error["extensions"] == {"code": "CURSOR_EXPIRED", "field": "after", "oldestCursor": cursors[1]}
    failure = await refused(follow(api, after=cursors[0]))
    assert (failure["code"], failure["oldestCursor"]) == ("CURSOR_EXPIRED", cursors[1])
    for after in (cursors[1], None):
        assert [each["subjectVersion"] for each in (await api.data(SHORT, after=after))["events"]["nodes"]] == [3, 4]


@pytest.mark.usefixtures("partner", "following_changes")
@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "",
        "WyJldmVudHMiLC0xXQ",
        "WyJldmVudHMiLDEwMDAwMDBd",
        "WyJ4IiwxXQ",
        "WyJldmVudHMiLDkyMjMzNzIwMzY4NTQ3NzU4MDdd",  # the greatest number that Postgres knows
        "WyJldmVudHMiLDkyMjMzNzIwMzY4NTQ3NTU4MDdd",
    ],
)
async def test_is_refused_what_is_no_cursor(api: Api, after: str) -> None:
    code, message = await api.refused(PULL, after=after)
    assert (code, "is no cursor of this list" in message) == ("BAD_USER_INPUT", True)
    assert (await refused(follow(api, after=after)))["code"] == "BAD_USER_INPUT"


def test_name_every_subject_that_one_can_ask_for() -> None:
    named = {type_name(each.subject) for each in EventType}
    assert set(NODES.values()) == named & nodes.LOOKUPS.keys()
    assert {"product": "Product", "wishlist_item": "WishlistItem"}.items() <= NODES.items()
