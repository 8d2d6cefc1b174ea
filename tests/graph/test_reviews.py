"""A review ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import orders, people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

WRITE = """mutation ($input: ReviewWriteInput!) { reviewWrite(input: $input) {
    review { id rating title body author { displayName } verified reply { body } } userErrors { code field } } }"""
REPLY = """mutation ($input: ReviewReplyInput!) { reviewReply(input: $input) {
    review { reply { body } } userErrors { code field } } }"""
HIDE = (
    """mutation ($input: ReviewHideInput!) { reviewHide(input: $input) { review { id } userErrors { code field } } }"""
)
RATED = 'query { product(slug: "chair") { rating { average count } reviews { nodes { id } } } }'


async def buyer(connection: asyncpg.Connection, shop: SmallShop, *, sent: int = 1) -> Viewer:
    viewer = await people.customer(connection)
    made = await orders.order(connection, shop.bob, shop.seat, customer_id=viewer.customer_id)
    await connection.execute(
        "UPDATE order_lines SET product_id = $2, fulfilled = $3 WHERE id = $1", made["OrderLine"], shop.chair, sent
    )
    return viewer


@pytest.fixture
async def ada(connection: asyncpg.Connection, shop: SmallShop) -> Viewer:
    return await buyer(connection, shop)


async def written(api: Api, viewer: Viewer, shop: SmallShop, **given: Any) -> dict[str, Any]:
    api.context.viewer = viewer
    wanted = {"productId": ids.encode("Product", shop.chair), "rating": 4, **given}
    return dict((await api.data(WRITE, input=wanted))["reviewWrite"])


async def test_is_written_once_by_who_was_sent_the_product(
    api: Api, ada: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    first = (await written(api, ada, shop, title=" Good ", body="It stands.\n"))["review"]
    assert first == {
        "id": first["id"],
        "rating": 4,
        "title": "Good",
        "body": "It stands.",
        "author": {"displayName": "Ada"},
        "verified": True,
        "reply": None,
    }
    changed = (await written(api, ada, shop, rating=2))["review"]
    assert (changed["id"], changed["rating"], changed["title"]) == (first["id"], 2, "")
    assert (await api.data(RATED))["product"]["rating"] == {"average": 2.0, "count": 1}
    told = await connection.fetch("SELECT type, subject_version AS version FROM events ORDER BY id")
    assert [(each["type"], each["version"]) for each in told if each["type"] == "REVIEW_WRITTEN"] == [
        ("REVIEW_WRITTEN", 1),
        ("REVIEW_WRITTEN", 2),
    ]
    assert [each["type"] for each in told].count("PRODUCT_CHANGED") == 2


async def test_is_refused_to_who_was_not_sent_it(
    api: Api, ada: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    waiting = await buyer(connection, shop, sent=0)
    unsold = ids.encode("Product", 999_999)
    for viewer, given, error in (
        (waiting, {}, {"code": "CONFLICT", "field": ["productId"]}),
        (await people.customer(connection), {}, {"code": "CONFLICT", "field": ["productId"]}),
        (ada, {"productId": unsold}, {"code": "NOT_FOUND", "field": ["productId"]}),
        (ada, {"rating": 0}, {"code": "BAD_USER_INPUT", "field": ["rating"]}),
        (ada, {"rating": 6}, {"code": "BAD_USER_INPUT", "field": ["rating"]}),
        (ada, {"title": "x" * 201}, {"code": "BAD_USER_INPUT", "field": ["title"]}),
        (ada, {"body": "x" * 5_001}, {"code": "BAD_USER_INPUT", "field": ["body"]}),
    ):
        refused = await written(api, viewer, shop, **given)
        assert refused == {"review": None, "userErrors": [error]}
    assert await connection.fetchval("SELECT count(*) FROM reviews WHERE product_id = $1", shop.chair) == 0


async def test_is_replied_to_by_its_merchant(
    api: Api, ada: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    review = (await written(api, ada, shop))["review"]["id"]
    bob = await people.member(connection, shop.bob, MerchantRole.MANAGER)
    other = await people.member(connection, shop.ada, MerchantRole.OWNER)
    api.context.viewer = bob
    for body, expected in (("Thanks.", {"body": "Thanks."}), (" Thank you! ", {"body": "Thank you!"}), ("", None)):
        done = (await api.data(REPLY, input={"reviewId": review, "body": body}))["reviewReply"]
        assert done == {"review": {"reply": expected}, "userErrors": []}
    long = (await api.data(REPLY, input={"reviewId": review, "body": "x" * 5_001}))["reviewReply"]
    assert long["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["body"]}]
    api.context.viewer = other
    refused = (await api.data(REPLY, input={"reviewId": review, "body": "Ha"}))["reviewReply"]
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "field": ["reviewId"]}]
    assert await connection.fetchval("SELECT reply FROM reviews WHERE customer_id = $1", ada.customer_id) is None


async def test_is_hidden_by_the_platform_and_does_not_count_then(
    api: Api, ada: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    review = (await written(api, ada, shop))["review"]["id"]
    agent = await people.staff(connection, PlatformRole.AGENT)
    for hidden, shown in ((True, []), (False, [{"id": review}])):
        api.context.viewer = agent
        await api.data(HIDE, input={"reviewId": review, "hidden": hidden})
        product = (await api.data(RATED))["product"]
        assert (product["rating"]["count"], product["reviews"]["nodes"]) == (len(shown), shown)
