"""The member club ..."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from domain.ledger import Reference
from domain.membership import Level
from graph import ids
from models.database import Database
from services import membership, points, points_reservations
from tests.factories import catalogue, orders, people
from tests.graph.conftest import Api

LEVELS = (
    Level(0, "Bronze", "USD", 0),
    Level(0, "Silver", "USD", 50_000, discount_bp=250, points_multiplier_bp=12_500),
    Level(0, "Gold", "USD", 150_000, discount_bp=500, free_shipping_from=0, points_multiplier_bp=15_000),
)
PAGE = """{ viewer { customer { membership {
    level { name discountPercent }
    nextLevel { name remainingSpend { amount currency } }
    points { available pending entries(first: 10) { nodes { id points reason occurredAt expiresAt order { number } } } }
} } } }"""
DETAILS = """{ viewer { customer { membership {
    level { threshold { amount } freeShippingFrom { amount } pointsMultiplier }
    spend { amount currency } since reason fallsAt
    history(first: 5) { totalCount nodes { fromLevel toLevel reason spend { amount } occurredAt } }
    points { expiresNextAt entries(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { points note } } }
} } } }"""
ADJUST = """mutation ($id: ID!, $points: Int!, $reason: String!, $key: String!) {
    pointsAdjust(input: { customerId: $id, points: $points, reason: $reason, idempotencyKey: $key }) {
        customer { membership { points { available } } } replayed
        userErrors { __typename code message field ... on InsufficientPointsError { available } } } }"""
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def ada(api: Api, connection: asyncpg.Connection, database: Database) -> Viewer:
    """A Silver member with points that came and went, in a shop with levels and points."""
    viewer = await people.customer(connection)
    customer_id = viewer.customer_id or 0
    merchant_id = await catalogue.merchant(connection)
    variant_id = await catalogue.variant(connection, await catalogue.product(connection, merchant_id))
    for order_id in (1, 2, 3, 9):
        named = {"id": order_id, "number": f"S-{order_id}", "customer_id": customer_id}
        await orders.order(connection, merchant_id, variant_id, **named)
    async with database.transaction() as session:
        await points.programme_set(session, name="Points", currency="USD", expires_after_days=100)
        await membership.levels_set(session, levels=LEVELS, now=NOW - 400 * DAY)

        async def bought(order: int, amount: int, at: datetime) -> Reference:
            reference = Reference("ORDER", order, number=f"S-{order}")
            await membership.record_spend(
                session, customer_id=customer_id, amount=amount, currency="USD", reference=reference, now=at
            )
            await points.earn(session, customer_id=customer_id, points=amount // 100, reference=reference, now=at)
            return reference

        await points.confirm(session, reference=await bought(1, 90_000, NOW - 390 * DAY), now=NOW - 389 * DAY)
        await points.confirm(session, reference=await bought(2, 59_000, NOW - 200 * DAY), now=NOW - 199 * DAY)
        paid, at = Reference("ORDER", 9, number="S-9"), NOW - 190 * DAY
        await points_reservations.reserve(
            session, customer_id=customer_id, points=250, reference=paid, until=at + DAY, now=at
        )
        await points_reservations.redeem(session, reference=paid, now=at)
        await bought(3, 10_000, NOW - 20 * DAY)
        await points_reservations.give_back(
            session, redeemed=paid, points=50, reference=Reference("REFUND", 1), now=NOW - 10 * DAY
        )
        # Another member, whose rows are nobody's business here.
        await points.earn(
            session, customer_id=customer_id + 10**6, points=7, reference=Reference("ORDER", 77), now=NOW, pending=False
        )
    api.context.viewer = viewer
    return viewer


async def test_shows_level_next_level_and_points(api: Api, ada: Viewer) -> None:
    assert ada
    answer = (await api.data(PAGE))["viewer"]["customer"]["membership"]
    nodes = answer["points"].pop("entries")["nodes"]
    assert answer == {
        "level": {"name": "Silver", "discountPercent": "2.5"},
        "nextLevel": {"name": "Gold", "remainingSpend": {"amount": "810.00", "currency": "USD"}},
        "points": {"available": 50, "pending": 100},
    }
    assert api.statements == 4
    assert len({node.pop("id") for node in nodes}) == len(nodes)

    def entry(count: int, reason: str, days: int, expires: int | None = None, order: str | None = None) -> Any:
        return {
            "points": count,
            "reason": reason,
            "occurredAt": written(NOW - days * DAY),
            "expiresAt": None if expires is None else written(NOW + expires * DAY),
            "order": None if order is None else {"number": order},
        }

    assert nodes == [
        entry(50, "RETURNED", 10),
        entry(100, "EARNED", 20, order="S-3"),
        entry(-340, "EXPIRED", 20),
        entry(-250, "REDEEMED", 190, order="S-9"),
        entry(590, "EARNED", 200, 20, order="S-2"),
        entry(-900, "EXPIRED", 200),
        entry(900, "EARNED", 390, -289, order="S-1"),
    ]


async def test_tells_why_since_when_and_until_when(api: Api, ada: Viewer) -> None:
    assert ada
    answer = (await api.data(DETAILS))["viewer"]["customer"]["membership"]
    entries = answer["points"].pop("entries")
    history = answer.pop("history")
    falls_at = membership_end(NOW - 200 * DAY)
    assert answer == {
        "level": {"threshold": {"amount": "500.00"}, "freeShippingFrom": None, "pointsMultiplier": "1.25"},
        "spend": {"amount": "690.00", "currency": "USD"},
        "since": written(NOW - 390 * DAY),
        "reason": "SPENT",
        "fallsAt": written(falls_at),
        "points": {"expiresNextAt": written(NOW + 20 * DAY)},
    }
    assert history == {
        "totalCount": 2,
        "nodes": [
            {
                "fromLevel": "Bronze",
                "toLevel": "Silver",
                "reason": "SPENT",
                "spend": {"amount": "900.00"},
                "occurredAt": written(NOW - 390 * DAY),
            },
            {
                "fromLevel": None,
                "toLevel": "Bronze",
                "reason": "JOINED",
                "spend": {"amount": "0.00"},
                "occurredAt": written(NOW - 390 * DAY),
            },
        ],
    }
    assert (entries["totalCount"], entries["pageInfo"]["hasNextPage"]) == (7, True)
    assert [node["points"] for node in entries["nodes"]] == [50, 100]


def membership_end(spent_at: datetime) -> datetime:
    return spent_at.replace(year=spent_at.year + 1)


async def test_begins_at_the_first_level_without_points(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    assert ada
    api.context.viewer = await people.customer(connection)
    assert (await api.data(PAGE))["viewer"]["customer"]["membership"] == {
        "level": {"name": "Bronze", "discountPercent": "0"},
        "nextLevel": {"name": "Silver", "remainingSpend": {"amount": "500.00", "currency": "USD"}},
        "points": {"available": 0, "pending": 0, "entries": {"nodes": []}},
    }
    top = (await api.data(DETAILS))["viewer"]["customer"]["membership"]
    assert (top["since"], top["reason"], top["fallsAt"], top["history"]["nodes"]) == (None, "JOINED", None, [])


async def test_shows_an_entry_by_its_id_to_its_customer_and_to_staff(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    assert ada
    entry = (await api.data(PAGE))["viewer"]["customer"]["membership"]["points"]["entries"]["nodes"][0]
    node = "query ($id: ID!) { node(id: $id) { ... on PointsEntry { points } } }"
    seen = {"node": {"points": 50}}
    assert await api.data(node, id=entry["id"]) == seen
    api.context.viewer = await people.staff(connection, PlatformRole.AGENT)
    assert await api.data(node, id=entry["id"]) == seen
    for other in (Viewer(), await people.customer(connection)):
        api.context.viewer = other
        assert await api.data(node, id=entry["id"]) == {"node": None}


async def test_has_no_levels_where_the_shop_has_none(api: Api, connection: asyncpg.Connection) -> None:
    api.context.viewer = await people.customer(connection)
    answer = (await api.data(PAGE))["viewer"]["customer"]["membership"]
    assert (answer["level"], answer["nextLevel"]) == (None, None)
    assert (await api.data(DETAILS))["viewer"]["customer"]["membership"]["spend"] is None


async def test_has_no_next_level_at_the_top(api: Api, ada: Viewer, database: Database) -> None:
    async with database.transaction() as session:
        await membership.record_spend(
            session,
            customer_id=ada.customer_id or 0,
            amount=81_000,
            currency="USD",
            reference=Reference("ORDER", 50),
            now=NOW,
        )
    answer = (await api.data(PAGE))["viewer"]["customer"]["membership"]
    assert (answer["level"], answer["nextLevel"]) == ({"name": "Gold", "discountPercent": "5"}, None)


async def adjusted(api: Api, ada: Viewer, count: int, key: str = "1", reason: str = "Sorry") -> Any:
    global_id = ids.encode("Customer", ada.customer_id or 0)
    return (await api.data(ADJUST, id=global_id, points=count, reason=reason, key=key))["pointsAdjust"]


@pytest.mark.parametrize("role", list(PlatformRole))
async def test_lets_platform_staff_adjust_points_once_for_one_key(
    api: Api, ada: Viewer, connection: asyncpg.Connection, role: PlatformRole
) -> None:
    api.context.viewer = await people.staff(connection, role)
    done = {"customer": {"membership": {"points": {"available": 80}}}, "replayed": False, "userErrors": []}
    assert await adjusted(api, ada, 30) == done
    assert await adjusted(api, ada, 30) == {**done, "replayed": True}
    assert (await adjusted(api, ada, -80, key="2"))["customer"]["membership"]["points"]["available"] == 0
    refused = await adjusted(api, ada, -1, key="3")
    assert refused["userErrors"] == [
        {
            "__typename": "InsufficientPointsError",
            "code": "INSUFFICIENT_POINTS",
            "message": "points: 1 are wanted and 0 are available; take at most 0",
            "field": ["points"],
            "available": 0,
        }
    ]
    assert (await adjusted(api, ada, 1, key="4", reason=" "))["userErrors"][0]["field"] == ["reason"]
    assert (await adjusted(api, ada, 0, key="5"))["userErrors"][0]["field"] == ["points"]
    by = await connection.fetch("SELECT reference_type, reference_id, note FROM ledger_transactions WHERE note <> ''")
    assert [tuple(row) for row in by] == [("ACCOUNT", api.context.viewer.account_id, "Sorry")] * 2


async def test_lets_nobody_else_adjust_points(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection)
    before = await connection.fetchval("SELECT count(*) FROM ledger_transactions")
    for viewer in (Viewer(), ada, await people.member(connection, merchant, MerchantRole.OWNER)):
        api.context.viewer = viewer
        assert [error["code"] for error in (await adjusted(api, ada, 30))["userErrors"]] == ["NOT_FOUND"]
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    (error,) = (await adjusted(api, Viewer(customer_id=10**9), 30))["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["customerId"])
    assert await connection.fetchval("SELECT count(*) FROM ledger_transactions") == before
