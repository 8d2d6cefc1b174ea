"""A gift card ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.graph.conftest import Api

ISSUE = """mutation ($amount: Decimal!, $key: String!) {
    giftCardIssue(input: { amount: $amount, currency: "USD", idempotencyKey: $key }) {
        giftCardId code replayed userErrors { code message field } } }"""
CHECK = """mutation ($code: String!) { giftCardCheck(input: { code: $code }) {
    giftCard { lastFour balance { amount currency } expiresAt }
    userErrors { __typename code message field ... on TooManyAttemptsError { retryAt } } } }"""
DISABLE = """mutation ($id: ID!) { giftCardDisable(input: { giftCardId: $id }) {
    disabledId userErrors { code field } } }"""


@pytest.fixture
async def admin(api: Api, connection: asyncpg.Connection) -> Viewer:
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    return api.context.viewer


async def issued(api: Api, amount: str = "50.00", key: str = "1") -> Any:
    return (await api.data(ISSUE, amount=amount, key=key))["giftCardIssue"]


async def checked(api: Api, code: str) -> Any:
    return (await api.data(CHECK, code=code))["giftCardCheck"]


async def test_is_issued_once_for_one_key_and_its_code_told_again(
    api: Api, admin: Viewer, connection: asyncpg.Connection
) -> None:
    assert admin
    first = await issued(api)
    assert await issued(api) == {**first, "replayed": True}
    assert (first["replayed"], first["userErrors"]) == (False, [])
    assert await connection.fetchval("SELECT balance FROM ledger_accounts WHERE kind = 'GIFT_CARD'") == 5000
    kept = str(
        [
            dict(row)
            for table in ("gift_cards", "idempotency_keys", "events", "ledger_transactions")
            for row in await connection.fetch(f"TABLE {table}")
        ]
    )
    assert first["code"] not in kept
    assert first["code"].replace("-", "") not in kept


@pytest.mark.parametrize("amount", ["0", "-5.00", "0.001", "10000001"])
async def test_is_not_issued_over_an_amount_that_cannot_be(
    api: Api, admin: Viewer, connection: asyncpg.Connection, amount: str
) -> None:
    assert admin
    answer = await issued(api, amount)
    assert (answer["giftCardId"], answer["code"]) == (None, None)
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [("BAD_USER_INPUT", ["amount"])]
    assert await connection.fetchval("SELECT count(*) FROM gift_cards") == 0


async def test_is_checked_by_whoever_has_the_code(api: Api, admin: Viewer) -> None:
    assert admin
    code = (await issued(api))["code"]
    api.context.viewer = Viewer()
    balance = {"amount": "50.00", "currency": "USD"}
    assert await checked(api, code.lower().replace("-", " ")) == {
        "giftCard": {"lastFour": code[-4:], "balance": balance, "expiresAt": None},
        "userErrors": [],
    }


async def test_opens_nothing_after_it_was_disabled_as_if_there_were_none(api: Api, admin: Viewer) -> None:
    assert admin
    card = await issued(api)
    unknown = await checked(api, "ABCD-ABCD-ABCD-ABCD-ABCD")
    assert [error["code"] for error in unknown["userErrors"]] == ["GIFT_CARD_REFUSED"]
    gone = {"disabledId": None, "userErrors": [{"code": "NOT_FOUND", "field": None}]}
    done = {"disabledId": card["giftCardId"], "userErrors": []}
    assert (await api.data(DISABLE, id=card["giftCardId"]))["giftCardDisable"] == done
    assert (await api.data(DISABLE, id=card["giftCardId"]))["giftCardDisable"] == gone
    assert await checked(api, card["code"]) == unknown


async def test_makes_whoever_guesses_wait(api: Api, admin: Viewer, connection: asyncpg.Connection) -> None:
    assert admin
    code = (await issued(api))["code"]
    api.context.viewer = await people.customer(connection)
    for _ in range(4):
        await checked(api, "WRONG")
    assert (await checked(api, code))["userErrors"] == []  # the fifth succeeds, and the four are forgotten
    for _ in range(5):
        assert (await checked(api, "WRONG"))["userErrors"][0]["code"] == "GIFT_CARD_REFUSED"
    (error,) = (await checked(api, code))["userErrors"]
    assert (error["__typename"], error["code"]) == ("TooManyAttemptsError", "TOO_MANY_ATTEMPTS")
    assert error["retryAt"] is not None
    api.context.viewer = await people.customer(connection)
    assert (await checked(api, code))["userErrors"] == []  # another one does not wait


async def test_is_issued_and_disabled_by_administrators_alone(
    api: Api, admin: Viewer, connection: asyncpg.Connection
) -> None:
    assert admin
    card = await issued(api)
    others = (
        Viewer(),
        await people.customer(connection),
        await people.member(connection, await catalogue.merchant(connection), MerchantRole.OWNER),
        await people.staff(connection, PlatformRole.AGENT),
    )
    for viewer in others:
        api.context.viewer = viewer
        assert [error["code"] for error in (await issued(api, key="2"))["userErrors"]] == ["NOT_FOUND"]
        answer = await api.data(DISABLE, id=ids.encode("GiftCard", ids.decode(card["giftCardId"])[1]))
        assert [error["code"] for error in answer["giftCardDisable"]["userErrors"]] == ["NOT_FOUND"]
    assert [row["state"] for row in await connection.fetch("SELECT state FROM gift_cards")] == ["ACTIVE"]
