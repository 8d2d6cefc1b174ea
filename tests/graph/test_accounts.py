"""An account ..."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

import resolvers.accounts
from domain.access import VISITOR
from graph import ids
from services import email_tokens, mails, passwords
from services.gateways.mail import Message
from tests.factories import people
from tests.graph.conftest import Api, at_once

REGISTER = """mutation ($email: String!, $password: String!) {
    customerRegister(input: { email: $email, password: $password, displayName: " Ada  Lovelace " }) {
        mailedTo userErrors { code field } } }"""
SESSION = "session { viewer { account { email } customer { id displayName } } } userErrors { code field }"
VERIFY = f"mutation ($token: String!) {{ emailVerify(input: {{ token: $token }}) {{ {SESSION} }} }}"
RESET = f"""mutation ($token: String!, $password: String!) {{
    passwordReset(input: {{ token: $token, password: $password }}) {{ {SESSION} }} }}"""
REQUEST = (
    "mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { mailedTo userErrors { code } } }"
)
CHANGE = """mutation ($old: String!, $new: String!) {
    passwordChange(input: { password: $old, newPassword: $new }) { changed userErrors { code field } } }"""
PASSWORD = "four words make one"


class Outbox:
    """A gateway that keeps what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def sent(api: Api, *, later: timedelta = timedelta(0)) -> list[str]:
    """Send what is due as the worker does; gives the subjects."""
    outbox, now = Outbox(), datetime.now(UTC) + later
    while await mails.send_due(api.context.database, outbox, key=api.context.secret_key, now=now):
        pass
    return [message.subject for message in outbox.sent]


async def mailed(api: Api, connection: asyncpg.Connection, purpose: str) -> str:
    """Send what is due, and give the token that the last mail holds."""
    await sent(api)
    token_id = await connection.fetchval("SELECT (facts ->> 'token_id')::bigint FROM mails ORDER BY id DESC LIMIT 1")
    return email_tokens.text_of(api.context.secret_key, purpose=purpose, token_id=token_id)


async def sign_in(api: Api, email: str, password: str) -> list[str]:
    answer = await api.document("sign_in", email=email, password=password)
    return [error["code"] for error in answer["sessionCreate"]["userErrors"]]


async def templates(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    return [tuple(row) for row in await connection.fetch("SELECT recipient, template FROM mails ORDER BY id")]


async def test_is_registered_confirmed_and_signed_in(api: Api, connection: asyncpg.Connection) -> None:
    answer = await api.data(REGISTER, email=" Ada@Example.com ", password=PASSWORD)
    assert answer == {"customerRegister": {"mailedTo": "ada@example.com", "userErrors": []}}
    assert await templates(connection) == [("ada@example.com", "verify_email")]
    assert await sign_in(api, "ada@example.com", PASSWORD) == ["INVALID_CREDENTIALS"]
    token = await mailed(api, connection, "VERIFY")
    session = (await api.data(VERIFY, token=token))["emailVerify"]["session"]
    customer_id = await connection.fetchval("SELECT id FROM customers")
    assert session["viewer"] == {
        "account": {"email": "ada@example.com"},
        "customer": {"id": ids.encode("Customer", customer_id), "displayName": "Ada Lovelace"},
    }
    api.context.viewer = VISITOR
    assert await sign_in(api, "ada@example.com", PASSWORD) == []
    refused = {"emailVerify": {"session": None, "userErrors": [{"code": "INVALID_TOKEN", "field": ["token"]}]}}
    assert await api.data(VERIFY, token=token) == refused
    events = [row["type"] for row in await connection.fetch("SELECT type FROM events ORDER BY id")]
    assert events == ["CUSTOMER_REGISTERED", "ACCOUNT_EMAIL_VERIFIED"]


async def test_that_exists_is_not_told_of_to_who_registers_it_again(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    answer = await api.data(REGISTER, email="ada@example.com", password=PASSWORD)
    assert answer == {"customerRegister": {"mailedTo": "ada@example.com", "userErrors": []}}
    assert await templates(connection) == [("ada@example.com", "already_registered")]
    assert await sign_in(api, "ada@example.com", PASSWORD) == ["INVALID_CREDENTIALS"]
    assert await sign_in(api, "ada@example.com", people.PASSWORD) == []


async def test_is_made_once_by_two_who_register_at_once(api: Api, connection: asyncpg.Connection) -> None:
    await at_once(*(api.data(REGISTER, email="ada@example.com", password=PASSWORD) for _ in range(4)))
    assert await connection.fetchval("SELECT count(*) FROM customers") == 1
    assert sorted(template for _, template in await templates(connection)) == ["already_registered"] * 3 + [
        "verify_email"
    ]


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("ada", PASSWORD, "email"),
        ("ada@", PASSWORD, "email"),
        ("a b@example.com", PASSWORD, "email"),
        ("ada@example.com", "short", "password"),
        ("ada@example.com", "x" * 201, "password"),
        ("ada@example.com", "aaaaaaaaaaaa", "password"),
        ("ada@example.com", "Ada@Example.com", "password"),
    ],
)
async def test_is_not_made_of_what_cannot_be(
    api: Api, connection: asyncpg.Connection, email: str, password: str, field: str
) -> None:
    answer = await api.data(REGISTER, email=email, password=password)
    refused = {"mailedTo": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": [field]}]}
    assert answer == {"customerRegister": refused}
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 0


async def test_gets_a_new_password_by_mail(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    assert await sign_in(api, "ada@example.com", people.PASSWORD) == []
    api.context.viewer = VISITOR
    for email in ("ada@example.com", "nobody@example.com"):
        assert await api.data(REQUEST, email=email) == {"passwordResetRequest": {"mailedTo": email, "userErrors": []}}
    both = [("ada@example.com", "reset_password"), ("nobody@example.com", "reset_password")]
    assert await templates(connection) == both
    assert await sent(api) == ["Your new password"]
    assert await templates(connection) == both[:1]
    token = await mailed(api, connection, "RESET")
    answer = await api.data(RESET, token=token, password=PASSWORD)
    assert answer["passwordReset"]["session"]["viewer"]["account"] == {"email": "ada@example.com"}
    assert await connection.fetchval("SELECT count(*) FROM account_sessions WHERE ended_at IS NULL") == 1
    assert await sign_in(api, "ada@example.com", people.PASSWORD) == ["INVALID_CREDENTIALS"]
    assert await sign_in(api, "ada@example.com", PASSWORD) == []
    again = await api.data(RESET, token=token, password="another long one")
    assert [error["code"] for error in again["passwordReset"]["userErrors"]] == ["INVALID_TOKEN"]


@pytest.mark.parametrize("spoil", ["beside one that was used", "expired", "forged", "other purpose", "nonsense"])
async def test_gets_no_new_password_by_a_token_that_is_none(
    api: Api, connection: asyncpg.Connection, spoil: str
) -> None:
    await people.customer(connection, email="ada@example.com")
    await api.data(REQUEST, email="ada@example.com")
    token = await mailed(api, connection, "RESET")
    match spoil:
        case "beside one that was used":
            await connection.execute("UPDATE mails SET sent_at = sent_at - interval '1 minute'")
            await api.data(REQUEST, email="ada@example.com")
            other = await mailed(api, connection, "RESET")
            assert other != token
            assert (await api.data(RESET, token=other, password="another long one"))["passwordReset"]["session"]
        case "expired":
            await connection.execute("UPDATE email_tokens SET expires_at = now() - $1::interval", timedelta(seconds=1))
        case "forged":
            token = token[:-2] + ("AA" if not token.endswith("AA") else "BB")
        case "other purpose":
            token = await mailed(api, connection, "VERIFY")
        case "nonsense":
            token = "ä.b"
    before = await connection.fetchval("SELECT password_hash FROM accounts")
    answer = await api.data(RESET, token=token, password=PASSWORD)
    assert answer == {"passwordReset": {"session": None, "userErrors": [{"code": "INVALID_TOKEN", "field": ["token"]}]}}
    assert await connection.fetchval("SELECT password_hash FROM accounts") == before


async def test_is_mailed_what_anybody_can_ask_for_once_a_minute(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    for _ in range(3):
        await api.data(REQUEST, email="ada@example.com")
        await api.data(REGISTER, email="ada@example.com", password=PASSWORD)
    assert await sent(api) == ["Your new password", "You have an account already"]
    await api.data(REQUEST, email="ada@example.com")
    assert await sent(api) == []
    assert await connection.fetchval("SELECT count(*) FROM email_tokens") == 1
    await api.data(REQUEST, email="ada@example.com")
    assert await sent(api, later=timedelta(minutes=1, seconds=1)) == ["Your new password"]
    # Whoever asks again and again does not take from the owner the one that is on its way.
    assert await connection.fetchval("SELECT count(*) FROM email_tokens WHERE used_at IS NULL") == 2


async def test_that_is_unknown_takes_as_many_statements_and_as_long(
    api: Api, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.customer(connection, email="ada@example.com")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(resolvers.accounts.asyncio, "sleep", sleep)
    taken = []
    for email in ("ada@example.com", "nobody@example.com"):
        began = datetime.now(UTC)
        await api.data(REGISTER, email=email, password=PASSWORD)
        assert datetime.now(UTC) - began + timedelta(seconds=slept[-1]) >= resolvers.accounts.ANSWERED_AFTER
        await api.data(REQUEST, email=email)
        taken.append(api.statements)
    assert taken[0] == taken[1]
    assert len(slept) == 2


async def test_changes_its_password_with_the_old_one(api: Api, connection: asyncpg.Connection) -> None:
    await people.customer(connection, email="ada@example.com")
    for _ in range(2):
        api.context.viewer = VISITOR
        await sign_in(api, "ada@example.com", people.PASSWORD)
    refused = {"changed": False, "userErrors": [{"code": "INVALID_CREDENTIALS", "field": None}]}
    assert await api.data(CHANGE, old="wrong old one", new=PASSWORD) == {"passwordChange": refused}
    assert await api.data(CHANGE, old=people.PASSWORD, new=PASSWORD) == {
        "passwordChange": {"changed": True, "userErrors": []}
    }
    assert await connection.fetchval("SELECT count(*) FROM account_sessions WHERE ended_at IS NULL") == 1
    assert await templates(connection) == [("ada@example.com", "password_changed")]
    api.context.viewer = VISITOR
    assert await sign_in(api, "ada@example.com", PASSWORD) == []


async def test_has_its_password_kept_as_argon2id(api: Api, connection: asyncpg.Connection) -> None:
    await api.data(REGISTER, email="ada@example.com", password=PASSWORD)
    kept = await connection.fetchval("SELECT password_hash FROM accounts")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kept


async def test_is_compared_as_long_when_there_is_none(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    compared: list[Any] = []
    fits = passwords._fits  # noqa: SLF001 - to see that the work is done

    def seen(password: str, password_hash: str | None) -> bool:
        compared.append(password_hash)
        return fits(password, password_hash)

    monkeypatch.setattr(passwords, "_fits", seen)
    assert await sign_in(api, "nobody@example.com", PASSWORD) == ["INVALID_CREDENTIALS"]
    assert compared == [None]


async def test_is_seen_by_who_is_signed_in(api: Api, connection: asyncpg.Connection) -> None:
    query = "{ viewer { account { email } customer { displayName } permissions } }"
    visitor = {"account": None, "customer": None, "permissions": ["ENTER", "SHOP"]}
    assert await api.data(query) == {"viewer": visitor}
    api.context.viewer = await people.customer(connection, email="ada@example.com", display_name="Ada")
    permissions = ["ENTER", "MERCHANT_APPLY", "OWN_ACCOUNT", "OWN_CUSTOMER", "SHOP", "TICKETS_TALK"]
    assert await api.data(query) == {
        "viewer": {
            "account": {"email": "ada@example.com"},
            "customer": {"displayName": "Ada"},
            "permissions": permissions,
        }
    }
