"""The terms of the shop ..."""

from collections.abc import Callable
from typing import Any

import asyncpg

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api
from tests.graph.shop_terms import admin, ask, everything, refused, told

__all__ = ["admin", "ask"]  # fixtures


async def test_of_the_club_are_its_levels(
    api: Api, ask: Callable[..., Any], admin: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert admin
    assert (await api.data("{ membershipLadder { version levels { name } } }"))["membershipLadder"] == {
        "version": 0,
        "levels": [],
    }
    levels = [
        {"name": "Bronze", "threshold": "0"},
        {
            "name": " Gold ",
            "threshold": "1000",
            "discountPercent": "7.5",
            "freeShippingFrom": "20",
            "pointsMultiplier": "1.5",
        },
    ]
    ladder = (await ask("membershipLevelsSet", currency="USD", levels=levels, expectedVersion=0))["ladder"]
    gold = {
        "name": "Gold",
        "threshold": {"amount": "1000.00", "currency": "USD"},
        "discountPercent": "7.5",
        "freeShippingFrom": {"amount": "20.00"},
        "pointsMultiplier": "1.5",
    }
    assert (ladder["version"], ladder["levels"][1]) == (1, gold)
    assert ladder["levels"][0]["threshold"] == {"amount": "0.00", "currency": "USD"}
    before = await everything(connection)
    given = {"currency": "USD", "levels": levels}
    wrong: list[tuple[dict[str, Any], str, str | None]] = [
        ({"expectedVersion": 0}, "CONFLICT", "expectedVersion"),
        ({"levels": [{"name": "A", "threshold": "5"}]}, "BAD_USER_INPUT", None),
        ({"levels": [{"name": " ", "threshold": "0"}]}, "BAD_USER_INPUT", "levels.0.name"),
        ({"levels": [{"name": "A", "threshold": "0.001"}]}, "BAD_USER_INPUT", "levels.0.threshold"),
        (
            {"levels": [{"name": "A", "threshold": "0", "discountPercent": "101"}]},
            "BAD_USER_INPUT",
            "levels.0.discountPercent",
        ),
        (
            {"levels": [{"name": "A", "threshold": "0", "pointsMultiplier": "101"}]},
            "BAD_USER_INPUT",
            "levels.0.pointsMultiplier",
        ),
        ({"levels": [{"name": str(at), "threshold": str(at)} for at in range(21)]}, "BAD_USER_INPUT", "levels"),
    ]
    for changed, code, field in wrong:
        await refused(ask, "membershipLevelsSet", {**given, **changed}, code, field)
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.OWNER)
    await refused(ask, "membershipLevelsSet", given, "NOT_FOUND", None)
    assert await everything(connection) == before
    assert await told(connection) == [("MEMBERSHIP_LEVELS_CHANGED", 1)]


async def test_of_the_club_are_what_points_are_earned_for_and_worth(
    ask: Callable[..., Any], admin: Viewer, shop: SmallShop, connection: asyncpg.Connection
) -> None:
    assert admin
    await refused(ask, "pointsRatesSet", {"earned": "1", "worth": "1"}, "BAD_USER_INPUT", None)
    given = {"name": "Souk points", "currency": "USD"}
    made = (await ask("pointsProgrammeSet", **given, expiresAfterDays=365, expectedVersion=0))["programme"]
    programme = {"code": "SOUK", **given, "expiresAfterDays": 365, "returnGraceDays": 30, "version": 1, "rates": []}
    assert made == programme
    ada = ids.encode("Merchant", shop.ada)
    await ask("pointsRatesSet", earned="1", worth="1", expectedVersion=0)
    await ask("pointsRatesSet", merchantId=ada, earned="2.5", worth="0.5", expectedVersion=0)
    changed = (await ask("pointsRatesSet", merchantId=ada, earned="3", worth="0.5", expectedVersion=1))["programme"]
    assert changed["rates"] == [
        {"merchant": None, "earned": "1", "worth": "1", "version": 1},
        {"merchant": {"slug": "ada"}, "earned": "3", "worth": "0.5", "version": 2},
    ]
    stored = await connection.fetch("SELECT earn_bp, burn_bp FROM points_rates ORDER BY id")
    assert [tuple(row) for row in stored] == [(100, 10_000), (300, 5_000)]
    before = await everything(connection)
    rates = {"earned": "1", "worth": "1"}
    wrong: list[tuple[str, dict[str, Any], str, str]] = [
        ("pointsProgrammeSet", {**given, "currency": "EUR"}, "BAD_USER_INPUT", "currency"),
        ("pointsProgrammeSet", {**given, "name": ""}, "BAD_USER_INPUT", "name"),
        ("pointsProgrammeSet", {**given, "expiresAfterDays": 0}, "BAD_USER_INPUT", "expiresAfterDays"),
        ("pointsProgrammeSet", {**given, "returnGraceDays": -1}, "BAD_USER_INPUT", "returnGraceDays"),
        ("pointsProgrammeSet", {**given, "expectedVersion": 2}, "CONFLICT", "expectedVersion"),
        ("pointsRatesSet", {**rates, "earned": "-1"}, "BAD_USER_INPUT", "earned"),
        ("pointsRatesSet", {**rates, "worth": "0.00001"}, "BAD_USER_INPUT", "worth"),
        ("pointsRatesSet", {**rates, "expectedVersion": 0}, "CONFLICT", "expectedVersion"),
        ("pointsRatesSet", {**rates, "merchantId": ids.encode("Merchant", 999_999)}, "NOT_FOUND", "merchantId"),
    ]
    for name, sent, code, field in wrong:
        await refused(ask, name, sent, code, field)
    assert await everything(connection) == before
    assert await told(connection) == [
        ("POINTS_PROGRAMME_CHANGED", 1),
        ("POINTS_RATES_CHANGED", 1),
        ("POINTS_RATES_CHANGED", 1),
        ("POINTS_RATES_CHANGED", 2),
    ]


async def test_let_store_credit_be_given_with_a_reason_once_for_a_key(
    api: Api, ask: Callable[..., Any], admin: Viewer, connection: asyncpg.Connection
) -> None:
    customer = await people.customer(connection)
    whom = ids.encode("Customer", customer.customer_id or 0)
    given = {"customerId": whom, "amount": "12.50", "currency": "USD", "reason": "late parcel"}
    for key, amount, replayed in (("a", "12.50", False), ("a", "12.50", True), ("b", "25.00", False)):
        answer = await ask("storeCreditIssue", **given, idempotencyKey=key)
        assert answer["customer"]["storeCredit"] == [{"amount": amount, "currency": "USD"}]
        assert answer["replayed"] is replayed
    rows = await connection.fetch("SELECT reason, note, reference_type, reference_id FROM ledger_transactions")
    assert [tuple(row) for row in rows] == [("STORE_CREDIT_GIVEN", "late parcel", "ACCOUNT", admin.account_id)] * 2
    before = await everything(connection)
    for changed, code, field in (
        ({"amount": "0"}, "BAD_USER_INPUT", "amount"),
        ({"amount": "-1"}, "BAD_USER_INPUT", "amount"),
        ({"amount": "999999999999999"}, "BAD_USER_INPUT", "amount"),
        ({"reason": " "}, "BAD_USER_INPUT", "reason"),
        ({"customerId": ids.encode("Customer", 999_999)}, "NOT_FOUND", "customerId"),
    ):
        await refused(ask, "storeCreditIssue", {**given, **changed, "idempotencyKey": "c"}, code, field)
    api.context.viewer = await people.staff(connection, PlatformRole.AGENT)
    await refused(ask, "storeCreditIssue", {**given, "idempotencyKey": "d"}, "NOT_FOUND", None)
    assert await everything(connection) == before
    api.context.viewer = customer
    own = "{ viewer { customer { storeCredit { amount } } } }"
    assert (await api.data(own))["viewer"]["customer"]["storeCredit"] == [{"amount": "25.00"}]
