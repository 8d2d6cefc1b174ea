"""A partner with webhooks ..."""

from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain import webhooks as rules
from domain.access import MerchantRole, PlatformRole, Scope, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.graph.conftest import Api

URL = "http://127.0.0.1:9/events"
DOCUMENT = "subscription { events { id type subject { id } } }"
CREATE = """mutation ($input: WebhookCreateInput!) {
  webhookCreate(input: $input) {
    secret
    webhook { id url document operationName types scopes state stateReason failingSince partner { id } }
    userErrors { code message field }
  }
}"""
DELIVERIES = """query ($id: ID!, $state: WebhookDeliveryState) { node(id: $id) { ... on Webhook {
  deliveries(state: $state) { totalCount nodes { id state eventType test event { type } attempts { status error } } }
} } }"""


@pytest.fixture
async def partner(api: Api, connection: asyncpg.Connection) -> Viewer:
    """A partner of the platform, who asks by a key with all scopes."""
    api.context.viewer = replace(await people.partner(connection), key_prefix="souk_prefix")
    return api.context.viewer


async def create(api: Api, **given: Any) -> Any:
    return (await api.data(CREATE, input={"url": URL, "document": DOCUMENT, **given}))["webhookCreate"]


async def do(api: Api, name: str, **given: Any) -> list[Any]:
    """Do something about a webhook or a delivery; gives what was refused."""
    (kind,) = ({"webhookId": "WebhookInput", "deliveryId": "WebhookDeliveryInput"}[next(iter(given))],)
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code message }} }} }}"
    return [error["code"] for error in (await api.data(query, input=given))[name]["userErrors"]]


async def test_adds_one_and_is_told_its_secret_once(api: Api, partner: Viewer, connection: asyncpg.Connection) -> None:
    made = await create(api)
    row = await connection.fetchrow("SELECT * FROM webhooks")
    assert made == {
        "secret": rules.written(rules.secret(api.context.secret_key, webhook_id=row["id"], number=1)),
        "webhook": {
            "id": ids.encode("Webhook", row["id"]),
            "url": URL,
            "document": DOCUMENT,
            "operationName": None,
            "types": None,
            "scopes": ["EVENTS_READ", "ORDERS_FULFIL", "ORDERS_READ", "TICKETS_READ"],
            "state": "ENABLED",
            "stateReason": "",
            "failingSince": None,
            "partner": None,
        },
        "userErrors": [],
    }
    assert (row["partner_id"], row["key_prefix"]) == (partner.partner_id, "souk_prefix")
    assert not any(made["secret"].removeprefix("whsec_") in str(value) for value in row.values())
    events = await connection.fetch("SELECT type, subject_type, subject_id FROM events")
    assert [tuple(event) for event in events] == [("WEBHOOK_CREATED", "webhook", row["id"])]
    listed = await api.data("{ webhooks { totalCount nodes { id } } }")
    assert listed["webhooks"] == {"totalCount": 1, "nodes": [{"id": ids.encode("Webhook", row["id"])}]}


@pytest.mark.usefixtures("partner")
@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"url": "http://10.0.0.1/"}, "url", "not public"),
        ({"url": "https://10.0.0.1/"}, "url", "not public"),
        ({"url": "https://localhost.invalid/"}, "url", "not known"),
        ({"url": "http://partner.example/"}, "url", "use https"),
        ({"url": "nonsense"}, "url", "no address"),
        ({"document": "{ events { nodes { id } } }"}, "document", "must be a subscription"),
        ({"document": 'subscription { productUpdated(productId: "x") { id } }'}, "document", "selects `events`"),
        ({"document": "subscription { ...F } fragment F on Subscription { events { id } }"}, "document", "itself"),
        ({"document": "subscription { events { nothing } }"}, "document", "Cannot query field"),
        ({"document": "subscription {"}, "document", "Syntax Error"),
        ({"document": "subscription A { events { id } } subscription B { events { id } }"}, "document", "operation"),
        ({"document": "subscription ($x: Int!) { events { id @skip(if: false) } }"}, "document", "$x"),
        ({"document": "x" * 20_001}, "document", "longer than"),
        ({"types": ["PRODUCT_CHANGED"]}, "types", "declare it and write events(types: $types)"),
        ({"document": "subscription { events(types: [CART_CREATED]) { id } }"}, "types", "administrators alone"),
        ({"scopes": ["ORDERS_READ"]}, "scopes", "EVENTS_READ must be among them"),
    ],
)
async def test_is_told_what_is_wrong(
    api: Api, connection: asyncpg.Connection, given: dict[str, Any], field: str, message: str
) -> None:
    (error,) = (await create(api, **given))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", [field])
    assert message in error["message"]
    assert await connection.fetchval("SELECT count(*) FROM webhooks") == 0


@pytest.mark.usefixtures("partner")
async def test_names_types_in_the_document_or_as_its_variable(api: Api) -> None:
    literal = await create(api, document="subscription { events(types: [PRODUCT_CHANGED]) { id } }")
    assert literal["webhook"]["types"] == ["PRODUCT_CHANGED"]
    document = "subscription A { events { id } } subscription B($types: [EventType!]) { events(types: $types) { id } }"
    variable = await create(api, document=document, operationName="B", types=["STOCK_CHANGED", "CATEGORY_CHANGED"])
    assert variable["webhook"]["types"] == ["CATEGORY_CHANGED", "STOCK_CHANGED"]


async def test_gives_no_more_scopes_than_its_key_has(api: Api, partner: Viewer) -> None:
    api.context.viewer = replace(partner, scopes=frozenset({Scope.EVENTS_READ}))
    (error,) = (await create(api, scopes=["EVENTS_READ", "ORDERS_READ"]))["userErrors"]
    assert (error["field"], "beyond those of your API key" in error["message"]) == (["scopes"], True)
    assert (await create(api))["webhook"]["scopes"] == ["EVENTS_READ"]


async def test_has_ten_at_most(api: Api, partner: Viewer, connection: asyncpg.Connection) -> None:
    for _ in range(10):
        assert (await create(api))["userErrors"] == []
    (error,) = (await create(api))["userErrors"]
    assert (error["field"], await connection.fetchval("SELECT count(*) FROM webhooks")) == (["partnerId"], 10)
    assert partner


async def test_is_seen_to_by_who_manages_partners(api: Api, partner: Viewer, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection)
    of_merchant = await people.partner(connection, merchant)
    owner = await people.member(connection, merchant, MerchantRole.OWNER)
    api.context.viewer = owner
    given = {"partnerId": ids.encode("Partner", of_merchant.partner_id or 0), "scopes": ["EVENTS_READ"]}
    made = await create(api, **given)
    assert made["userErrors"] == []
    assert made["webhook"]["partner"] == {"id": given["partnerId"]}
    (error,) = (await create(api, scopes=["EVENTS_READ"]))["userErrors"]
    assert error["field"] == ["partnerId"]
    (error,) = (await create(api, **{**given, "partnerId": ids.encode("Partner", partner.partner_id or 0)}))[
        "userErrors"
    ]
    assert error["code"] == "NOT_FOUND"
    sees = {
        "owner": owner,
        "admin": await people.staff(connection, PlatformRole.ADMIN),
        "itself": of_merchant,
        "manager": await people.member(connection, merchant, MerchantRole.MANAGER),
        "stranger": await people.partner(connection, merchant),
        "agent": await people.staff(connection, PlatformRole.AGENT),
        "visitor": Viewer(),
    }
    found = {}
    for name, viewer in sees.items():
        api.context.viewer = viewer
        answer = await api.data(
            "query ($id: ID!) { node(id: $id) { id } webhooks { totalCount } }", id=made["webhook"]["id"]
        )
        found[name] = (answer["node"] is not None, answer["webhooks"]["totalCount"])
    assert found == {
        "owner": (True, 1),
        "admin": (True, 1),
        "itself": (True, 1),
        "manager": (False, 0),
        "stranger": (False, 0),
        "agent": (False, 0),
        "visitor": (False, 0),
    }


@pytest.mark.usefixtures("partner")
async def test_rotates_tests_removes_and_enables(api: Api, connection: asyncpg.Connection) -> None:
    made = (await create(api))["webhook"]["id"]
    key = await connection.fetchval("SELECT id FROM webhooks")
    rotate = "mutation ($id: ID!) { webhookSecretRotate(input: {webhookId: $id}) { secret } }"
    secret = (await api.data(rotate, id=made))["webhookSecretRotate"]["secret"]
    assert secret == rules.written(rules.secret(api.context.secret_key, webhook_id=key, number=2))
    assert await do(api, "webhookTest", webhookId=made) == []
    deliveries = (await api.data(DELIVERIES, id=made))["node"]["deliveries"]
    (waiting,) = deliveries["nodes"]
    assert (deliveries["totalCount"], waiting["state"], waiting["test"]) == (1, "PENDING", True)
    assert (await api.data(DELIVERIES, id=made, state="DEAD"))["node"]["deliveries"]["totalCount"] == 0
    assert await do(api, "webhookDeliveryRetry", deliveryId=waiting["id"]) == ["CONFLICT"]
    assert await do(api, "webhookEnable", webhookId=made) == ["CONFLICT"]
    await connection.execute("UPDATE webhooks SET state = 'DISABLED', state_reason = 'Away.'")
    assert await do(api, "webhookTest", webhookId=made) == ["CONFLICT"]
    assert await do(api, "webhookEnable", webhookId=made) == []
    await connection.execute("UPDATE webhook_deliveries SET state = 'DEAD', is_head = false")
    assert await do(api, "webhookDeliveryRetry", deliveryId=waiting["id"]) == []
    assert await do(api, "webhookRemove", webhookId=made) == []
    assert await connection.fetchval("SELECT count(*) FROM webhook_deliveries") == 0
    types = await connection.fetch("SELECT type FROM events ORDER BY id")
    assert [row["type"] for row in types] == [
        "WEBHOOK_CREATED",
        "WEBHOOK_SECRET_ROTATED",
        "WEBHOOK_ENABLED",
        "WEBHOOK_REMOVED",
    ]


async def test_loses_those_of_a_key_that_is_revoked(api: Api, partner: Viewer, connection: asyncpg.Connection) -> None:
    key = "INSERT INTO api_keys (partner_id, prefix, hash, scopes) VALUES ($1, $2, $3, '{EVENTS_READ}')"
    await connection.execute(key, partner.partner_id, "souk_prefix", bytes(32))
    first = (await create(api))["webhook"]["id"]
    api.context.viewer = replace(partner, key_prefix="souk_another")
    second = (await create(api))["webhook"]["id"]
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    revoke = """mutation ($id: ID!) {
        apiKeyRevoke(input: {partnerId: $id, prefix: "souk_prefix"}) { userErrors { code } } }"""
    await api.data(revoke, id=ids.encode("Partner", partner.partner_id or 0))
    states = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Webhook { state stateReason } } }"
    reason = "The API key that it was added with was revoked."
    assert (await api.data(states, ids=[first, second]))["nodes"] == [
        {"state": "DISABLED", "stateReason": reason},
        {"state": "ENABLED", "stateReason": ""},
    ]
