"""A promotion ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, club, people, promotions
from tests.graph.conftest import Api

FIELDS = """promotion { id title method state startsAt endsAt currencies minimumSpend { amount } minimumQuantity level
    segments firstOrder exclusive group combinesWith priority platformSharePercent budget { amount currency } totalLimit
    customerLimit claimFrom claimUntil validDays merchant { name }
    scope { merchantIds categoryIds collectionIds productIds label }
    discount { __typename ... on FixedDiscount { amount { amount } } ... on PercentageDiscount { percent }
        ... on SpendStepsDiscount { steps { spend { amount } save { amount } } } }
    uses { claimed reserved redeemed spent { amount } } codes { totalCount nodes { code useLimit } } }
    userErrors { code message field }"""
CREATE = (
    "mutation ($id: ID!, $terms: PromotionTermsInput!)"
    " { promotionCreate(input: { merchantId: $id, promotion: $terms }) { " + FIELDS + " } }"
)
CREATE_OF_PLATFORM = (
    "mutation ($terms: PromotionTermsInput!) { platformPromotionCreate(input: { promotion: $terms }) { "
    + FIELDS
    + " } }"
)
UPDATE = (
    "mutation ($id: ID!, $terms: PromotionTermsInput!)"
    " { promotionUpdate(input: { promotionId: $id, promotion: $terms }) { " + FIELDS + " } }"
)
STEP = """mutation ($id: ID!, $key: String!) { %s(input: { promotionId: $id, idempotencyKey: $key }) {
    replayed promotion { state } userErrors { code field } } }"""
PAUSE = """mutation ($id: ID!) { promotionPause(input: { promotionId: $id }) {
    promotion { state } userErrors { code field } } }"""
CODES = """mutation ($id: ID!, $codes: [String!]!, $generate: Int!, $key: String!) {
    promotionCodesAdd(
        input: { promotionId: $id, codes: $codes, generate: $generate, useLimit: 1, idempotencyKey: $key }
    ) {
        added replayed promotion { codes { nodes { code useLimit } } } userErrors { code message field } } }"""
TERMS: dict[str, Any] = {
    "title": "  Ten   off lamps ",
    "method": "CODE",
    "benefit": {"fixedSum": {"amount": "10.00"}},
    "currencies": ["USD"],
    "conditions": {
        "minimumSpend": "50.00",
        "firstOrder": True,
        "rule": '{"field": "quantity", "is": "at_least", "value": 2}',
    },
    "scope": {"label": "lamps"},
    "budget": "250.00",
    "totalLimit": 50,
}


@pytest.fixture
async def merchant(connection: asyncpg.Connection) -> int:
    return await catalogue.merchant(connection, name="Northwind")


@pytest.fixture
async def manager(api: Api, connection: asyncpg.Connection, merchant: int) -> Viewer:
    api.context.viewer = await people.member(connection, merchant, MerchantRole.MANAGER)
    return api.context.viewer


async def created(api: Api, merchant: int, **terms: Any) -> Any:
    return (await api.data(CREATE, id=ids.encode("Merchant", merchant), terms={**TERMS, **terms}))["promotionCreate"]


async def step(api: Api, name: str, global_id: str, key: str = "1") -> Any:
    return (await api.data(STEP % name, id=global_id, key=f"{name} {key}"))[name]


async def test_is_drafted_for_the_merchants_own_goods(api: Api, manager: Viewer, merchant: int) -> None:
    assert manager
    answer = await created(api, merchant)
    assert answer["userErrors"] == []
    promotion = answer["promotion"]
    assert promotion.pop("id")
    assert promotion == {
        "title": "Ten off lamps",
        "method": "CODE",
        "state": "DRAFT",
        "startsAt": None,
        "endsAt": None,
        "currencies": ["USD"],
        "minimumSpend": {"amount": "50.00"},
        "minimumQuantity": 0,
        "level": None,
        "segments": [],
        "firstOrder": True,
        "exclusive": False,
        "group": None,
        "combinesWith": None,
        "priority": 0,
        "platformSharePercent": "0",
        "budget": {"amount": "250.00", "currency": "USD"},
        "totalLimit": 50,
        "customerLimit": None,
        "claimFrom": None,
        "claimUntil": None,
        "validDays": None,
        "merchant": {"name": "Northwind"},
        "scope": {
            "merchantIds": [ids.encode("Merchant", merchant)],
            "categoryIds": [],
            "collectionIds": [],
            "productIds": [],
            "label": "lamps",
        },
        "discount": {"__typename": "FixedDiscount", "amount": {"amount": "10.00"}},
        "uses": {"claimed": 0, "reserved": 0, "redeemed": 0, "spent": {"amount": "0.00"}},
        "codes": {"totalCount": 0, "nodes": []},
    }


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"title": " "}, ["promotion", "title"]),
        ({"benefit": {}}, ["promotion", "benefit"]),
        ({"benefit": {"percentage": {"percent": "5"}, "freeShipping": {}}}, ["promotion", "benefit"]),
        ({"benefit": {"percentage": {"percent": "100.5"}}}, ["promotion", "benefit", "percentage", "percent"]),
        ({"benefit": {"fixedSum": {"amount": "0.001"}}}, ["promotion", "benefit", "fixedSum", "amount"]),
        ({"benefit": {"fixedSum": {"amount": "0"}}}, ["promotion"]),
        ({"benefit": {"spendSteps": [{"spend": "5", "save": "6"}]}}, ["promotion"]),
        ({"benefit": {"spendSteps": []}}, ["promotion"]),
        ({"benefit": {"buyGet": {"buy": 0, "get": 1}}}, ["promotion"]),
        ({"currencies": []}, ["promotion", "currencies"]),
        ({"currencies": ["USD", "EUR"]}, ["promotion", "currencies"]),
        ({"startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}, ["promotion"]),
        ({"totalLimit": 0}, ["promotion", "totalLimit"]),
        ({"budget": "0"}, ["promotion", "budget"]),
        ({"validDays": 5}, ["promotion", "method"]),
        ({"platformSharePercent": "50"}, ["promotion", "platformSharePercent"]),
        ({"conditions": {"level": "Gold"}}, ["promotion", "conditions", "level"]),
        ({"conditions": {"rule": "{"}}, ["promotion", "conditions", "rule"]),
        ({"conditions": {"rule": '{"field": "moon"}'}}, ["promotion"]),
        ({"conditions": {"minimumQuantity": -1}}, ["promotion"]),
        ({"priority": 2**31 - 1, "totalLimit": -5}, ["promotion", "totalLimit"]),
    ],
)
async def test_that_contradicts_itself_is_refused_with_the_field(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection, terms: dict[str, Any], field: list[str]
) -> None:
    assert manager
    answer = await created(api, merchant, **terms)
    assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [("BAD_USER_INPUT", field)]
    assert answer["promotion"] is None
    assert await connection.fetchval("SELECT count(*) FROM promotions") == 0


async def test_names_neither_others_goods_nor_others_gifts(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection
) -> None:
    assert manager
    other = await catalogue.merchant(connection)
    gift = await catalogue.variant(connection, await catalogue.product(connection, other))
    scope = {"merchantIds": [ids.encode("Merchant", other)]}
    answers = [
        await created(api, merchant, scope=scope),
        await created(api, merchant, benefit={"buyGet": {"buy": 1, "get": 1, "gets": scope}}),
        await created(api, merchant, benefit={"gift": {"variantId": ids.encode("Variant", gift)}}),
        await created(api, other),
    ]
    assert [answer["userErrors"][0]["code"] for answer in answers] == ["BAD_USER_INPUT"] * 2 + ["NOT_FOUND"] * 2
    assert await connection.fetchval("SELECT count(*) FROM promotions") == 0


async def test_is_changed_as_a_draft_and_never_after(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection
) -> None:
    assert manager
    drafted = (await created(api, merchant))["promotion"]["id"]
    steps = [{"spend": "50", "save": "5"}, {"spend": "100", "save": "15"}]
    terms = {"title": "Save", "method": "AUTOMATIC", "benefit": {"spendSteps": steps}, "currencies": ["USD"]}
    answer = (await api.data(UPDATE, id=drafted, terms=terms))["promotionUpdate"]
    assert (answer["userErrors"], answer["promotion"]["title"]) == ([], "Save")
    assert (answer["promotion"]["budget"], answer["promotion"]["minimumSpend"]) == (None, None)
    assert answer["promotion"]["discount"]["steps"][1] == {"spend": {"amount": "100.00"}, "save": {"amount": "15.00"}}
    assert (await step(api, "promotionActivate", drafted))["promotion"] == {"state": "ACTIVE"}
    answer = (await api.data(UPDATE, id=drafted, terms=TERMS))["promotionUpdate"]
    assert [each["code"] for each in answer["userErrors"]] == ["CONFLICT"]
    assert await connection.fetchval("SELECT title FROM promotions") == "Save"


async def test_goes_through_its_states_and_says_so(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection
) -> None:
    assert manager
    drafted = (await created(api, merchant))["promotion"]["id"]
    assert (await step(api, "promotionActivate", drafted))["userErrors"] == [
        {"code": "CONFLICT", "field": None}
    ]  # no codes
    assert await codes(api, drafted, ["spring"]) == ["SPRING"]
    first = await step(api, "promotionActivate", drafted, "2")
    assert first == {"replayed": False, "promotion": {"state": "ACTIVE"}, "userErrors": []}
    assert await step(api, "promotionActivate", drafted, "2") == {**first, "replayed": True}
    assert (await api.data(PAUSE, id=drafted))["promotionPause"]["promotion"] == {"state": "PAUSED"}
    assert (await api.data(PAUSE, id=drafted))["promotionPause"]["userErrors"] == [{"code": "CONFLICT", "field": None}]
    assert (await step(api, "promotionActivate", drafted, "3"))["promotion"] == {"state": "ACTIVE"}
    assert (await step(api, "promotionEnd", drafted))["promotion"] == {"state": "ENDED"}
    assert (await step(api, "promotionActivate", drafted, "4"))["userErrors"] == [{"code": "CONFLICT", "field": None}]
    told = await connection.fetch(
        "SELECT type, subject_version FROM events WHERE subject_type = 'promotion' ORDER BY id"
    )
    assert [tuple(row) for row in told] == [
        ("PROMOTION_CREATED", 1),
        ("PROMOTION_CODES_ADDED", 2),
        ("PROMOTION_ACTIVATED", 3),
        ("PROMOTION_PAUSED", 4),
        ("PROMOTION_ACTIVATED", 5),
        ("PROMOTION_ENDED", 6),
    ]
    balances = await connection.fetch("SELECT balance FROM ledger_accounts WHERE kind = 'COUPON_FUND'")
    assert [row["balance"] for row in balances] == [0]


async def codes(api: Api, global_id: str, given: list[str], generate: int = 0, key: str = "1") -> Any:
    answer = (await api.data(CODES, id=global_id, codes=given, generate=generate, key=key))["promotionCodesAdd"]
    if answer["userErrors"]:
        return [(each["code"], each["field"]) for each in answer["userErrors"]]
    return [node["code"] for node in answer["promotion"]["codes"]["nodes"]]


async def test_has_codes_of_its_own_which_others_may_have_too(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection
) -> None:
    assert manager
    other = await promotions.promotion(connection, method="CODE", merchant_id=await catalogue.merchant(connection))
    await promotions.code(connection, other, "SPRING")
    drafted = (await created(api, merchant))["promotion"]["id"]
    assert await codes(api, drafted, ["spring"]) == ["SPRING"]
    assert await codes(api, drafted, ["Spring"], key="2") == [("BAD_USER_INPUT", ["codes"])]
    assert await codes(api, drafted, ["no spaces?"], key="3") == [("BAD_USER_INPUT", ["codes", "0"])]
    assert await codes(api, drafted, [], key="4") == [("BAD_USER_INPUT", ["codes"])]
    many = await codes(api, drafted, [], generate=15, key="5")
    assert (len(many), many[0]) == (16, "SPRING")
    assert await codes(api, drafted, [], generate=15, key="5") == many
    assert await connection.fetchval("SELECT count(*) FROM coupons WHERE use_limit = 1") == 16
    automatic = (await created(api, merchant, method="AUTOMATIC"))["promotion"]["id"]
    assert await codes(api, automatic, ["SUMMER"], key="6") == [("CONFLICT", None)]


async def test_of_the_platform_is_for_administrators(
    api: Api, manager: Viewer, merchant: int, connection: asyncpg.Connection
) -> None:
    await club.levels(connection)
    terms = {**TERMS, "conditions": {"level": "Gold"}, "scope": {"merchantIds": [ids.encode("Merchant", merchant)]}}
    refused = (await api.data(CREATE_OF_PLATFORM, terms=terms))["platformPromotionCreate"]
    assert [each["code"] for each in refused["userErrors"]] == ["NOT_FOUND"]
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    made = (await api.data(CREATE_OF_PLATFORM, terms=terms))["platformPromotionCreate"]["promotion"]
    assert (made["platformSharePercent"], made["level"], made["merchant"]) == ("100", "Gold", None)
    shared = await created(api, merchant, platformSharePercent="40")
    assert shared["promotion"]["platformSharePercent"] == "40"
    listed = "{ promotions { totalCount nodes { id } } }"
    assert (await api.data(listed))["promotions"]["totalCount"] == 2
    api.context.viewer = manager
    assert [node["id"] for node in (await api.data(listed))["promotions"]["nodes"]] == [shared["promotion"]["id"]]
    assert (await api.data(UPDATE, id=made["id"], terms=TERMS))["promotionUpdate"]["userErrors"][0][
        "code"
    ] == "NOT_FOUND"
    for name in ("promotionActivate", "promotionEnd"):
        assert (await step(api, name, made["id"]))["userErrors"] == [{"code": "NOT_FOUND", "field": ["promotionId"]}]
    api.context.viewer = await people.member(connection, merchant, MerchantRole.PACKER)
    assert (await api.data(listed))["promotions"]["totalCount"] == 0


async def test_of_another_merchant_is_not_written_by_whoever_forgets_to_ask(
    connection: asyncpg.Connection, merchant: int
) -> None:
    """What Postgres holds a transaction of staff to."""
    mine = await promotions.promotion(connection, merchant_id=merchant, method="CODE")
    theirs = await promotions.promotion(connection, merchant_id=await catalogue.merchant(connection), method="CODE")
    platform = await promotions.promotion(connection, method="CODE")
    for promotion_id in (mine, theirs, platform):
        await promotions.code(connection, promotion_id)
    async with connection.transaction():
        await connection.execute(
            "SELECT set_config('souk.merchants', $1, true), set_config('role', 'souk_app', true)", f"{{{merchant}}}"
        )
        assert await connection.execute("UPDATE promotions SET title = 'Mine'") == "UPDATE 1"
        assert await connection.execute("DELETE FROM coupons") == "DELETE 1"
        for promotion_id in (theirs, platform):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await promotions.code(connection, promotion_id, "MINE")


async def test_puts_customers_into_segments(api: Api, connection: asyncpg.Connection) -> None:
    ada = await people.customer(connection)
    mutation = """mutation ($id: ID!, $segments: [String!]!) {
        customerSegmentsSet(input: { customerId: $id, segments: $segments }) {
            customer { id } segments userErrors { code field } } }"""
    global_id = ids.encode("Customer", ada.customer_id or 0)
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    for segments in (["vip", "early", "vip"], ["vip"]):
        answer = (await api.data(mutation, id=global_id, segments=segments))["customerSegmentsSet"]
        assert (answer["segments"], answer["userErrors"]) == (sorted(set(segments)), [])
    refused = (await api.data(mutation, id=global_id, segments=["Very Important"]))["customerSegmentsSet"]
    assert refused["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["segments", "0"]}]
    kept = await connection.fetch("SELECT segment FROM customer_segments WHERE customer_id = $1", ada.customer_id)
    assert [row["segment"] for row in kept] == ["vip"]
