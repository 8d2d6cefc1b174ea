"""A session ..."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.access import VISITOR, Viewer
from graph import ids
from services.access_tokens import AccessTokenError, AccessTokenExpiredError, AccessTokens
from tests.factories import people
from tests.graph.conftest import DOCUMENTS, Api, at_once

ORIGINAL = Path(__file__).parents[3] / "shared" / "operations" / "sign_in.graphql"
REFRESH = """mutation ($token: String!) { sessionRefresh(input: { refreshToken: $token }) {
    session { refreshToken viewer { customer { id } } } userErrors { __typename code message field } } }"""


def test_is_opened_by_the_clients_own_document() -> None:
    if not ORIGINAL.exists():
        pytest.skip("the clients' own documents are not here")
    assert (DOCUMENTS / "sign_in.graphql").read_bytes() == ORIGINAL.read_bytes()


async def signed_in(api: Api, email: str, password: str = people.PASSWORD) -> Any:
    return (await api.document("sign_in", email=email, password=password))["sessionCreate"]


async def test_is_opened_for_the_right_password(api: Api, connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection, email="ada@example.com", display_name="Ada")
    answer = await signed_in(api, " Ada@Example.com")
    assert answer["userErrors"] == []
    session = answer["session"]
    assert session["viewer"] == {
        "customer": {"id": ids.encode("Customer", customer.customer_id or 0), "displayName": "Ada"}
    }
    viewer = AccessTokens(api.context.secret_key).read(session["accessToken"])
    assert (viewer.account_id, viewer.customer_id) == (customer.account_id, customer.customer_id)
    left = datetime.fromisoformat(session["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=14, seconds=50) < left <= timedelta(minutes=15)
    kept = await connection.fetchrow("SELECT account_id, ended_at FROM account_sessions")
    assert tuple(kept) == (customer.account_id, None)


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.com", "wrong horse battery"), ("nobody@example.com", people.PASSWORD)]
)
async def test_is_refused_alike_for_a_wrong_password_and_a_wrong_address(
    api: Api, connection: asyncpg.Connection, email: str, password: str
) -> None:
    await people.customer(connection, email="ada@example.com")
    assert await signed_in(api, email, password) == {
        "session": None,
        "userErrors": [
            {
                "code": "INVALID_CREDENTIALS",
                "message": "The e-mail and the password do not belong together, or the address is not confirmed yet."
                " You can ask for a new password.",
                "field": None,
            }
        ],
    }
    assert await connection.fetchval("SELECT count(*) FROM account_sessions") == 0


@pytest.mark.parametrize("unfit", [{"email_verified_at": None}, {"state": "SUSPENDED"}, {"password_hash": None}])
async def test_is_refused_to_an_account_that_may_not_sign_in(
    api: Api, connection: asyncpg.Connection, unfit: dict[str, Any]
) -> None:
    await people.account(connection, email="ada@example.com", **unfit)
    assert [error["code"] for error in (await signed_in(api, "ada@example.com"))["userErrors"]] == [
        "INVALID_CREDENTIALS"
    ]


async def test_is_refused_for_a_text_that_is_no_address(api: Api) -> None:
    (error,) = (await signed_in(api, "ada"))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["email"])


async def test_is_slow_to_come_after_failures_but_not_for_others(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    api.context.client = "192.0.2.1"
    answers = await at_once(*(signed_in(api, "ada@example.com", "wrong horse") for _ in range(5)))
    assert [each["userErrors"][0]["code"] for each in answers] == ["INVALID_CREDENTIALS"] * 5
    late = await api.data(
        """mutation { sessionCreate(input: { email: "ada@example.com", password: "correct horse battery" }) {
             session { accessToken } userErrors { code ... on TooManyAttemptsError { retryAt } } } }"""
    )
    (error,) = late["sessionCreate"]["userErrors"]
    assert (error["code"], late["sessionCreate"]["session"]) == ("TOO_MANY_ATTEMPTS", None)
    assert datetime.fromisoformat(error["retryAt"]) - datetime.now(UTC) < timedelta(seconds=1)
    api.context.client = "192.0.2.2"
    assert (await signed_in(api, "ada@example.com"))["userErrors"] == []


async def test_goes_on_once_with_each_refresh_token(api: Api, connection: asyncpg.Connection) -> None:
    customer = await people.customer(connection, email="ada@example.com")
    first = (await signed_in(api, "ada@example.com"))["session"]["refreshToken"]
    answer = (await api.data(REFRESH, token=first))["sessionRefresh"]
    assert answer["userErrors"] == []
    second = answer["session"]["refreshToken"]
    assert second != first
    assert answer["session"]["viewer"]["customer"]["id"] == ids.encode("Customer", customer.customer_id or 0)
    refused = {
        "session": None,
        "userErrors": [
            {
                "__typename": "GeneralError",
                "code": "INVALID_TOKEN",
                "message": "refreshToken: its session has ended; sign in again",
                "field": ["refreshToken"],
            }
        ],
    }
    # A token that was used before has been copied: the whole session ends, the newest token with it.
    assert (await api.data(REFRESH, token=first))["sessionRefresh"] == refused
    assert await connection.fetchval("SELECT count(*) FROM account_sessions WHERE ended_at IS NULL") == 0
    assert (await api.data(REFRESH, token=second))["sessionRefresh"] == refused
    assert (await api.data(REFRESH, token="nonsense"))["sessionRefresh"] == refused


async def test_that_is_refreshed_twice_at_once_ends(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    token = (await signed_in(api, "ada@example.com"))["session"]["refreshToken"]
    answers = await at_once(*(api.data(REFRESH, token=token) for _ in range(4)))
    assert sum(answer["sessionRefresh"]["session"] is not None for answer in answers) == 1
    assert await connection.fetchval("SELECT count(*) FROM account_sessions WHERE ended_at IS NULL") == 0


async def test_of_a_suspended_account_does_not_go_on(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    token = (await signed_in(api, "ada@example.com"))["session"]["refreshToken"]
    await connection.execute("UPDATE accounts SET state = 'SUSPENDED'")
    answer = (await api.data(REFRESH, token=token))["sessionRefresh"]
    assert [error["code"] for error in answer["userErrors"]] == ["INVALID_TOKEN"]
    assert await connection.fetchval("SELECT count(*) FROM refresh_tokens WHERE used_at IS NOT NULL") == 0


@pytest.mark.parametrize(("everywhere", "left"), [("false", 1), ("true", 0)])
async def test_ends_alone_or_with_all_others(
    api: Api, connection: asyncpg.Connection, everywhere: str, left: int
) -> None:
    await people.customer(connection, email="ada@example.com")
    other = await people.customer(connection, email="bea@example.com")
    for email in ("bea@example.com", "ada@example.com", "ada@example.com"):
        api.context.viewer = VISITOR
        await signed_in(api, email)
    answer = await api.data(f"mutation {{ sessionRevoke(input: {{ everywhere: {everywhere} }}) {{ ended }} }}")
    assert answer == {"sessionRevoke": {"ended": 2 - left}}
    sql = "SELECT count(*) FROM account_sessions WHERE ended_at IS NULL AND account_id {} $1"
    assert await connection.fetchval(sql.format("="), other.account_id) == 1
    assert await connection.fetchval(sql.format("<>"), other.account_id) == left


async def test_is_needed_to_sign_out(api: Api) -> None:
    answer = await api.data("mutation { sessionRevoke(input: {}) { ended userErrors { code } } }")
    assert answer == {"sessionRevoke": {"ended": None, "userErrors": [{"code": "NOT_FOUND"}]}}


async def test_is_proved_by_a_token_that_ends_and_cannot_be_made_by_others() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tokens = AccessTokens("one key that is long enough to sign")
    token = tokens.issue(Viewer(account_id=7, session_id=3, customer_id=9), now=now)
    assert tokens.read(token.text, now=now + timedelta(minutes=14, seconds=59)).customer_id == 9
    with pytest.raises(AccessTokenExpiredError):
        tokens.read(token.text, now=now + timedelta(minutes=15))
    with pytest.raises(AccessTokenError, match="none of this shop's"):
        AccessTokens("another key, as long as the first one").read(token.text, now=now)
    with pytest.raises(AccessTokenError, match="none of this shop's"):
        tokens.read("nonsense", now=now)


async def test_is_proved_by_the_very_token_however_often_it_was_read() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tokens = AccessTokens("one key that is long enough to sign")
    token = tokens.issue(Viewer(account_id=7, customer_id=9), now=now)
    assert tokens.read(token.text, now=now) is tokens.read(token.text, now=now)
    head, claims, signature = token.text.split(".")
    forged = claims[:-4] + ("AAAA" if claims[-4:] != "AAAA" else "BBBB")
    for text in (f"{head}.{forged}.{signature}", f"{head}.{claims}.{signature[::-1]}", f"{head}.{claims}."):
        for _ in range(2):  # what was refused is not known either
            with pytest.raises(AccessTokenError, match="none of this shop's"):
                tokens.read(text, now=now)
    for number in range(5_000):
        tokens.read(tokens.issue(Viewer(account_id=number), now=now).text, now=now)
    assert len(tokens._known) <= 4_096  # noqa: SLF001 - that it is bounded
    assert tokens.read(token.text, now=now).customer_id == 9
