"""The platform's commission ..."""

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.graph.conftest import Api

SET = """mutation ($merchant: ID, $category: ID, $rate: Decimal!) {
    commissionRuleSet(input: { merchantId: $merchant, categoryId: $category, ratePercent: $rate }) {
        rule { id merchant { name } category { name } ratePercent } userErrors { code field } } }"""
REMOVE = """mutation ($id: ID!) { commissionRuleRemove(input: { ruleId: $id }) { done userErrors { code field } } }"""
RULES = "{ commissionRules { totalCount nodes { id ratePercent } } }"


@pytest.fixture
async def admin(connection: asyncpg.Connection) -> Viewer:
    return await people.staff(connection, PlatformRole.ADMIN)


async def test_is_set_for_all_a_merchant_a_category_or_both(
    api: Api, connection: asyncpg.Connection, admin: Viewer
) -> None:
    merchant = ids.encode("Merchant", await catalogue.merchant(connection, name="Ada"))
    category = ids.encode("Category", await catalogue.category(connection, name="Lamps"))
    api.context.viewer = admin
    made = []
    for given in ({}, {"merchant": merchant}, {"category": category}, {"merchant": merchant, "category": category}):
        answer = (await api.data(SET, rate="12.5", **given))["commissionRuleSet"]
        assert answer["userErrors"] == []
        assert (answer["rule"]["merchant"] is not None, answer["rule"]["category"] is not None) == (
            "merchant" in given,
            "category" in given,
        )
        made.append(answer["rule"]["id"])
    assert len(set(made)) == 4
    again = (await api.data(SET, rate="7", merchant=merchant))["commissionRuleSet"]["rule"]
    assert (again["id"], again["ratePercent"]) == (made[1], "7")
    rules = (await api.data(RULES))["commissionRules"]
    assert [rule["ratePercent"] for rule in rules["nodes"]] == ["12.5", "7", "12.5", "12.5"]
    assert (await api.data(REMOVE, id=made[1]))["commissionRuleRemove"] == {"done": True, "userErrors": []}
    assert (await api.data(REMOVE, id=made[1]))["commissionRuleRemove"] == {
        "done": False,
        "userErrors": [{"code": "NOT_FOUND", "field": ["ruleId"]}],
    }
    events = await connection.fetch("SELECT subject_version FROM events WHERE type = 'COMMISSION_CHANGED' ORDER BY id")
    assert [row["subject_version"] for row in events] == [1, 1, 1, 1, 2, 3]


@pytest.mark.parametrize("rate", ["-1", "100.01", "12.345"])
async def test_is_a_percentage(api: Api, connection: asyncpg.Connection, admin: Viewer, rate: str) -> None:
    api.context.viewer = admin
    answer = (await api.data(SET, rate=rate))["commissionRuleSet"]
    assert answer == {"rule": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": ["ratePercent"]}]}
    assert await connection.fetchval("SELECT count(*) FROM commission_rules") == 0


async def test_is_administrators_to_see(api: Api, connection: asyncpg.Connection, admin: Viewer) -> None:
    api.context.viewer = admin
    await api.data(SET, rate="5")
    for viewer in (
        Viewer(),
        await people.staff(connection, PlatformRole.AGENT),
        await people.member(connection, await catalogue.merchant(connection), MerchantRole.OWNER),
    ):
        api.context.viewer = viewer
        assert (await api.data(RULES))["commissionRules"] == {"totalCount": 0, "nodes": []}
