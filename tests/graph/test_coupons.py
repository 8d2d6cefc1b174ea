"""Coupons ..."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people, promotions
from tests.graph.conftest import Api, at_once

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
OFFERS = """query ($after: String) { couponOffers(first: 2, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id title remaining customerLimit claimUntil validFrom validUntil validDays merchant { name }
        discount { __typename } } } }"""
CLAIM = """mutation ($id: ID!, $key: String!) { couponClaim(input: { offerId: $id, idempotencyKey: $key }) {
    coupon { id code status validUntil } replayed userErrors { code message field } } }"""
DISCOUNTS = """{ viewer { customer { membership { coupons { nodes { discount { __typename
    ... on PercentageDiscount { percent most: maximum { amount currency } }
    ... on FixedDiscount { amount { amount } }
    ... on SpendStepsDiscount { steps { spend { amount } save { amount } } }
    ... on FreeShippingDiscount { maximum { amount } }
    ... on BuyGetDiscount { buy get percent times }
    ... on GiftDiscount { name quantity }
} } } } } } }"""


def written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


@pytest.fixture
async def ada(api: Api, connection: asyncpg.Connection) -> Viewer:
    api.context.viewer = await people.customer(connection)
    return api.context.viewer


async def claim(api: Api, promotion_id: int, key: str = "1") -> Any:
    return (await api.data(CLAIM, id=ids.encode("CouponOffer", promotion_id), key=key))["couponClaim"]


async def wallet(api: Api) -> Any:
    return (await api.document("membership"))["viewer"]["customer"]["membership"]["coupons"]["nodes"]


async def test_lie_in_the_wallet_with_what_can_be_done_with_them(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    customer = ada.customer_id or 0
    usual = await promotions.promotion(connection, method="CLAIM", customer_limit=9, title="Ten off", percent_bp=1_250)
    for columns in ({"redeemed": 1}, {"reserved": 1}, {"valid_until": NOW - DAY}, {"valid_until": NOW + DAY}):
        await promotions.claimed(connection, usual, customer, **columns)
    for other in ({"state": "PAUSED"}, {"state": "ENDED"}, {"starts_at": NOW + DAY}):
        offer = await promotions.promotion(connection, method="CLAIM", **other)
        await promotions.claimed(connection, offer, customer)
    await promotions.claimed(connection, usual, (await people.customer(connection)).customer_id or 0)
    nodes = await wallet(api)
    statuses = [node["status"] for node in nodes]
    assert statuses == ["UPCOMING", "EXPIRED", "PAUSED", "AVAILABLE", "EXPIRED", "RESERVED", "REDEEMED"]
    available = nodes[3]
    del available["id"]
    assert available.pop("code").startswith("MINE-")
    assert available == {
        "title": "Ten off",
        "status": "AVAILABLE",
        "validUntil": written(NOW + DAY),
        "discount": {"__typename": "PercentageDiscount", "percent": "12.5"},
    }
    assert api.statements == 4


async def test_tell_what_they_give(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    merchant = await catalogue.merchant(connection)
    mug = await catalogue.variant(connection, await catalogue.product(connection, merchant, name="Mug"))
    sums: dict[str, Any] = {"currencies": ["USD"], "percent_bp": None}
    for columns in (
        {"percent_bp": 500, "maximum": 2_000, "currencies": ["USD"]},
        {"benefit": "FIXED_SUM", "amount": 999, **sums},
        {"benefit": "SPEND_STEPS", "step_spends": [5_000, 10_000], "step_saves": [500, 1_500], **sums},
        {"benefit": "FREE_SHIPPING", "percent_bp": None},
        {"benefit": "BUY_GET", "percent_bp": 10_000, "buy_quantity": 2, "get_quantity": 1},
        {"benefit": "GIFT", "gift_variant_id": mug, "gift_quantity": 2, **sums},
    ):
        offer = await promotions.promotion(connection, method="CLAIM", **columns)
        await promotions.claimed(connection, offer, ada.customer_id or 0)
    nodes = (await api.data(DISCOUNTS))["viewer"]["customer"]["membership"]["coupons"]["nodes"]
    assert [node["discount"] for node in nodes] == [
        {"__typename": "GiftDiscount", "name": "Mug", "quantity": 2},
        {"__typename": "BuyGetDiscount", "buy": 2, "get": 1, "percent": "100", "times": None},
        {"__typename": "FreeShippingDiscount", "maximum": None},
        {
            "__typename": "SpendStepsDiscount",
            "steps": [
                {"spend": {"amount": "50.00"}, "save": {"amount": "5.00"}},
                {"spend": {"amount": "100.00"}, "save": {"amount": "15.00"}},
            ],
        },
        {"__typename": "FixedDiscount", "amount": {"amount": "9.99"}},
        {"__typename": "PercentageDiscount", "percent": "5", "most": {"amount": "20.00", "currency": "USD"}},
    ]


async def test_are_claimed_once_for_one_key(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    assert ada
    offer = await promotions.promotion(connection, method="CLAIM", total_limit=3, customer_limit=2, valid_days=10)
    first = await claim(api, offer)
    assert (first["coupon"]["status"], first["replayed"], first["userErrors"]) == ("AVAILABLE", False, [])
    assert await claim(api, offer) == {**first, "replayed": True}
    assert [node["code"] for node in await wallet(api)] == [first["coupon"]["code"]]
    assert (await claim(api, offer, key="2"))["userErrors"] == []
    refused = await claim(api, offer, key="3")
    assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [("COUPON_CUSTOMER_LIMIT", ["offerId"])]
    api.context.viewer = await people.customer(connection)
    assert (await claim(api, offer))["userErrors"] == []
    api.context.viewer = await people.customer(connection)
    assert [each["code"] for each in (await claim(api, offer))["userErrors"]] == ["COUPON_USED_UP"]
    assert await connection.fetchval("SELECT count(*) FROM coupons") == 3


async def test_are_claimed_by_one_customer_who_asks_twenty_times_at_once_as_often_as_allowed(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    assert ada
    offer = await promotions.promotion(connection, method="CLAIM", customer_limit=1)
    answers = await at_once(*(claim(api, offer, key=str(number)) for number in range(20)))
    codes = sorted(error["code"] for answer in answers for error in answer["userErrors"])
    assert codes == ["COUPON_CUSTOMER_LIMIT"] * 19
    assert await connection.fetchval("SELECT count(*) FROM coupons") == 1


async def test_that_cannot_be_claimed_are_answered_like_none(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    assert ada
    answers = [(await claim(api, 999_999, key="0"))["userErrors"]]
    for key, columns in enumerate(
        (
            {"state": "DRAFT"},
            {"state": "PAUSED"},
            {"segments": ["vip"]},
            {"claim_until": NOW - DAY},
            {"claim_from": NOW + DAY},
            {"ends_at": NOW - DAY},
        ),
        1,
    ):
        offer = await promotions.promotion(connection, method="CLAIM", **columns)
        answers.append((await claim(api, offer, key=str(key)))["userErrors"])
        node = "query ($id: ID!) { node(id: $id) { id } }"
        assert await api.data(node, id=ids.encode("CouponOffer", offer)) == {"node": None}
    assert [error["code"] for error in answers[0]] == ["NOT_FOUND"]
    assert answers == [answers[0]] * 7
    assert await connection.fetchval("SELECT count(*) FROM coupons") == 0
    assert await connection.fetchval("SELECT count(*) FROM promotion_customers") == 0
    assert (await api.data(OFFERS))["couponOffers"]["nodes"] == []


async def test_that_can_be_claimed_are_listed_for_whom_they_are_for(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection, name="Northwind")
    plain = await promotions.promotion(connection, method="CLAIM", title="Plain")
    await promotions.promotion(connection, method="CLAIM", title="Invited", segments=["vip"])
    await promotions.promotion(
        connection, method="CLAIM", title="Theirs", merchant_id=merchant, total_limit=5, ends_at=NOW + DAY
    )
    await connection.execute("UPDATE promotion_counters SET claimed = 2")
    page = (await api.data(OFFERS))["couponOffers"]
    assert (page["totalCount"], [node["title"] for node in page["nodes"]]) == (2, ["Theirs", "Plain"])
    theirs = page["nodes"][0]
    assert (theirs["remaining"], theirs["validUntil"], theirs["merchant"]) == (
        5 - 2,
        written(NOW + DAY),
        {"name": "Northwind"},
    )
    await connection.execute("INSERT INTO customer_segments (customer_id, segment) VALUES ($1, 'vip')", ada.customer_id)
    page = (await api.data(OFFERS))["couponOffers"]
    assert (page["totalCount"], [node["title"] for node in page["nodes"]]) == (3, ["Theirs", "Invited"])
    page = (await api.data(OFFERS, after=page["pageInfo"]["endCursor"]))["couponOffers"]
    assert [node["id"] for node in page["nodes"]] == [ids.encode("CouponOffer", plain)]
    api.context.viewer = Viewer()
    assert (await api.data(OFFERS))["couponOffers"]["totalCount"] == 2


async def test_are_seen_by_their_customer_and_by_platform_staff(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    coupon = ids.encode("Coupon", await promotions.claimed_id(connection, ada.customer_id or 0))
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert await api.data(node, id=coupon) == {"node": {"id": coupon}}
    api.context.viewer = await people.staff(connection, PlatformRole.AGENT)
    assert await api.data(node, id=coupon) == {"node": {"id": coupon}}
    merchant = await catalogue.merchant(connection)
    for viewer in (
        Viewer(),
        await people.customer(connection),
        await people.member(connection, merchant, MerchantRole.OWNER),
    ):
        api.context.viewer = viewer
        assert await api.data(node, id=coupon) == {"node": None}
