"""A segment of customers ..."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain import rules
from domain.access import MerchantRole, PlatformRole, Viewer
from domain.segments import RULE_VOCABULARY
from graph import ids
from resolvers.loaders import segments as loaders
from tests.factories import catalogue, club, orders, people
from tests.factories.catalogue import insert
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

ADMIN = Viewer(account_id=1, platform=PlatformRole.ADMIN)
AGENT = Viewer(account_id=1, platform=PlatformRole.AGENT)
NOW = datetime.now(UTC)
SAVE = """mutation ($input: SegmentSaveInput!) { segmentSave(input: $input) {
    segment { id code title rule liveCount snapshotAt snapshotCount } userErrors { code field message } } }"""
SNAPSHOT = """mutation ($id: ID!) { segmentSnapshot(input: { segmentId: $id }) {
    segment { liveCount snapshotCount members { totalCount nodes { id } }
        snapshots { totalCount nodes { count } } } } }"""
WHY = """query ($id: ID!) { node(id: $id) { ... on Customer {
    segments { code title reasons { field comparison value fact holds negated } } } } }"""


@pytest.fixture
async def admin(connection: asyncpg.Connection) -> Viewer:
    return await people.staff(connection, PlatformRole.ADMIN)


async def spent(connection: asyncpg.Connection, customer_id: int, amount: int, days: float = 1, **columns: Any) -> None:
    number = await connection.fetchval("SELECT coalesce(max(reference_id), 0) + 1 FROM membership_spend")
    given = {"currency": "USD", "reference_type": "ORDER", "reference_id": number, **columns}
    await insert(
        connection,
        "membership_spend",
        customer_id=customer_id,
        amount=amount,
        spent_at=NOW - timedelta(days=days),
        **given,
    )


@pytest.fixture
async def crowd(connection: asyncpg.Connection, shop: SmallShop) -> dict[str, int]:
    """Customers of whom each differs in something."""
    names = ("ada", "bob", "cem", "dora")
    found = {name: (await people.customer(connection)).customer_id or 0 for name in names}
    await spent(connection, found["ada"], 30_000, days=10)
    await spent(connection, found["ada"], 5_000, days=400)
    await spent(connection, found["bob"], 20_000, days=50, refunded=20_000)
    await spent(connection, found["bob"], 1_000, days=51)
    await spent(connection, found["bob"], 99_000, currency="EUR")
    await spent(connection, found["cem"], 7_000, days=366)
    await club.levels(connection)
    await connection.execute(
        """INSERT INTO memberships (customer_id, level_id, reason, since)
           SELECT $1, id, 'JOINED', now() FROM membership_levels WHERE name = 'Gold'""",
        found["ada"],
    )
    await people.address(connection, found["ada"])
    await people.address(connection, found["bob"], country="US", region="CA")
    await connection.execute("UPDATE customers SET marketing_consent_at = now() WHERE id = $1", found["cem"])
    made = await orders.order(connection, shop.ada, shop.small, customer_id=found["dora"])
    await connection.execute(
        "UPDATE order_lines SET category_id = $2 WHERE id = $1", made["OrderLine"], shop.desk_lamps
    )
    erased = await people.customer(connection)
    await connection.execute("UPDATE customers SET erased_at = now() WHERE id = $1", erased.customer_id)
    return found


def rule(field: str, comparison: str, value: Any) -> dict[str, Any]:
    return {"field": field, "is": comparison, "value": value}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"all": []}, {"ada", "bob", "cem", "dora"}),
    (rule("spend", "at_least", 30_000), {"ada"}),
    (rule("spend", "equals", 1_000), {"bob"}),
    (rule("spend", "at_most", 0), {"cem", "dora"}),
    (rule("orders", "at_least", 1), {"ada", "bob"}),
    (rule("days_since_order", "at_most", 10), {"ada", "bob"}),
    (rule("days_since_order", "at_least", 366), {"cem"}),
    ({"not": rule("days_since_order", "at_most", 10)}, {"cem", "dora"}),
    (rule("level", "equals", "Gold"), {"ada"}),
    (rule("level", "one_of", ["Silver", "Gold"]), {"ada"}),
    (rule("region", "one_of", ["DE", "US-CA"]), {"ada", "bob"}),
    (rule("region", "equals", "US"), {"bob"}),
    (rule("category", "equals", "home"), {"dora"}),
    (rule("category", "one_of", ["office", "chairs"]), set()),
    (rule("marketing_consent", "equals", value=True), {"cem"}),
    (rule("marketing_consent", "equals", value=False), {"ada", "bob", "dora"}),
    ({"any": [rule("level", "equals", "Gold"), rule("category", "equals", "lamps")]}, {"ada", "dora"}),
]


async def test_holds_in_the_database_for_whom_it_holds_in_memory(api: Api, crowd: dict[str, int]) -> None:
    database = api.context.database
    rows = await database.fetch(loaders.FACTS, keys=list(crowd.values()), now=NOW)
    for document, expected in CASES:
        parsed = rules.parse(document, RULE_VOCABULARY)
        in_memory = {
            name for name, key in crowd.items() for row in rows if row["id"] == key and rules.matches(parsed, row)
        }
        assert in_memory == expected, document
        counted = await database.fetch(loaders.count(parsed), now=NOW)
        assert counted[0]["count"] == len(expected), document


async def test_is_defined_counted_and_remembered(
    api: Api, crowd: dict[str, int], admin: Viewer, connection: asyncpg.Connection
) -> None:
    api.context.viewer = admin
    given = {"code": "spenders", "title": " Big  spenders ", "rule": json.dumps(rule("spend", "at_least", 1_000))}
    saved = (await api.data(SAVE, input=given))["segmentSave"]["segment"]
    assert json.loads(saved.pop("rule")) == json.loads(given["rule"])
    unset = {"snapshotAt": None, "snapshotCount": None}
    assert saved == {"id": saved["id"], "code": "spenders", "title": "Big spenders", "liveCount": 2, **unset}
    taken = (await api.data(SNAPSHOT, id=saved["id"]))["segmentSnapshot"]["segment"]
    members = [{"id": ids.encode("Customer", crowd[name])} for name in ("ada", "bob")]
    assert taken == {
        "liveCount": 2,
        "snapshotCount": 2,
        "members": {"totalCount": 2, "nodes": members},
        "snapshots": {"totalCount": 1, "nodes": [{"count": 2}]},
    }
    await spent(connection, crowd["cem"], 50_000)
    await connection.execute("DELETE FROM membership_spend WHERE customer_id = $1", crowd["bob"])
    again = (await api.data(SNAPSHOT, id=saved["id"]))["segmentSnapshot"]["segment"]
    members = [{"id": ids.encode("Customer", crowd[name])} for name in ("ada", "cem")]
    assert again["members"]["nodes"] == members
    assert again["snapshots"] == {"totalCount": 2, "nodes": [{"count": 2}, {"count": 2}]}
    listed = '{ customers(segment: "spenders") { totalCount nodes { id } } }'
    assert (await api.data(listed))["customers"] == {"totalCount": 2, "nodes": members[::-1]}
    remove = "mutation ($id: ID!) { segmentRemove(input: { segmentId: $id }) { removedId } }"
    assert (await api.data(remove, id=saved["id"]))["segmentRemove"] == {"removedId": saved["id"]}
    assert await connection.fetchval("SELECT count(*) FROM customer_segments") == 0


async def test_says_why_somebody_is_in_it(
    api: Api, crowd: dict[str, int], admin: Viewer, connection: asyncpg.Connection
) -> None:
    api.context.viewer = admin
    document = {"all": [rule("spend", "at_least", 1_000), {"not": rule("region", "one_of", ["FR"])}]}
    given = {"code": "spenders", "title": "Spenders", "rule": json.dumps(document)}
    saved = (await api.data(SAVE, input=given))["segmentSave"]["segment"]
    await api.data(SNAPSHOT, id=saved["id"])
    await insert(connection, "customer_segments", customer_id=crowd["ada"], segment="invited")
    whose = ids.encode("Customer", crowd["ada"])
    api.context.viewer = AGENT
    spend = {
        "field": "spend",
        "comparison": "at_least",
        "value": "1000",
        "fact": "30000",
        "holds": True,
        "negated": False,
    }
    region = {
        "field": "region",
        "comparison": "one_of",
        "value": '["FR"]',
        "fact": '["DE"]',
        "holds": False,
        "negated": True,
    }
    assert (await api.data(WHY, id=whose))["node"]["segments"] == [
        {"code": "invited", "title": None, "reasons": []},
        {"code": "spenders", "title": "Spenders", "reasons": [spend, region]},
    ]
    api.context.viewer = Viewer(account_id=1, customer_id=crowd["ada"])
    assert (await api.data(WHY, id=whose))["node"] == {"segments": []}


async def test_is_refused_what_it_cannot_be(api: Api, admin: Viewer, connection: asyncpg.Connection) -> None:
    ada = await people.customer(connection)
    await insert(connection, "customer_segments", customer_id=ada.customer_id, segment="invited")
    api.context.viewer = admin
    good = {"code": "loyal", "title": "Loyal", "rule": '{"all": []}'}
    first = (await api.data(SAVE, input=good))["segmentSave"]["segment"]
    for wrong, code, field in (
        ({"code": "Loyal!"}, "BAD_USER_INPUT", ["code"]),
        ({"title": " "}, "BAD_USER_INPUT", ["title"]),
        ({"rule": "{"}, "BAD_USER_INPUT", ["rule"]),
        ({"rule": '{"field": "shoe_size", "is": "equals", "value": 1}'}, "BAD_USER_INPUT", None),
        ({}, "CONFLICT", ["code"]),
        ({"code": "invited"}, "CONFLICT", ["code"]),
    ):
        refused = (await api.data(SAVE, input=good | wrong))["segmentSave"]
        assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [(code, field)], wrong
    renamed = (await api.data(SAVE, input={**good, "segmentId": first["id"], "code": "faithful"}))["segmentSave"]
    assert renamed["segment"]["code"] == "faithful"
    assert await connection.fetchval("SELECT array_agg(code) FROM segments") == ["faithful"]
    by_hand = """mutation ($id: ID!) { customerSegmentsSet(input: { customerId: $id, segments: ["faithful"] }) {
        userErrors { code field } } }"""
    refused = (await api.data(by_hand, id=ids.encode("Customer", ada.customer_id or 0)))["customerSegmentsSet"]
    assert refused["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["segments", "0"]}]


async def test_and_customers_are_listed_to_platform_staff_alone(
    api: Api, admin: Viewer, connection: asyncpg.Connection
) -> None:
    ada = await people.customer(connection, email="ada@example.com")
    await people.customer(connection)
    merchant = await catalogue.merchant(connection)
    owner = await people.member(connection, merchant, MerchantRole.OWNER)
    api.context.viewer = admin
    await api.data(SAVE, input={"code": "all", "title": "All", "rule": '{"all": []}'})
    query = """{ segments { totalCount nodes { code } }
        customers(email: "Ada@Example.com ") { totalCount nodes { id } } }"""
    hers = [{"id": ids.encode("Customer", ada.customer_id or 0)}]
    everything = {
        "segments": {"totalCount": 1, "nodes": [{"code": "all"}]},
        "customers": {"totalCount": 1, "nodes": hers},
    }
    nothing = {name: {"totalCount": 0, "nodes": []} for name in ("segments", "customers")}
    for viewer, expected in ((AGENT, everything), (ada, nothing), (owner, nothing)):
        api.context.viewer = viewer
        assert await api.data(query) == expected
