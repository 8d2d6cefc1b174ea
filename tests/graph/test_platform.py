"""An administrator ..."""

import asyncpg
import pytest

from domain.access import VISITOR, PlatformRole, Viewer
from tests.factories import people
from tests.graph.conftest import Api, at_once

SET = """mutation ($email: String!, $role: PlatformRole) { platformMemberSet(input: { email: $email, role: $role }) {
    done userErrors { code field } } }"""


def act(name: str) -> str:
    return f"mutation ($email: String!) {{ {name}(input: {{ email: $email }}) {{ done userErrors {{ code field }} }} }}"


@pytest.fixture
async def admin(api: Api, connection: asyncpg.Connection) -> Viewer:
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    await connection.execute("UPDATE accounts SET email = 'admin@example.com'")
    return api.context.viewer


async def test_suspends_an_account_which_then_cannot_sign_in(
    api: Api, connection: asyncpg.Connection, admin: Viewer
) -> None:
    await people.customer(connection, email="ada@example.com")
    api.context.viewer = VISITOR
    credentials = {"email": "ada@example.com", "password": people.PASSWORD}
    assert (await api.document("sign_in", **credentials))["sessionCreate"]["userErrors"] == []
    api.context.viewer = admin
    assert (await api.data(act("accountSuspend"), email="Ada@example.com"))["accountSuspend"]["done"] is True
    assert await connection.fetchval("SELECT count(*) FROM account_sessions WHERE ended_at IS NULL") == 0
    api.context.viewer = VISITOR
    refused = (await api.document("sign_in", **credentials))["sessionCreate"]["userErrors"]
    assert [error["code"] for error in refused] == ["INVALID_CREDENTIALS"]
    api.context.viewer = admin
    assert (await api.data(act("accountReactivate"), email="ada@example.com"))["accountReactivate"]["done"] is True
    api.context.viewer = VISITOR
    assert (await api.document("sign_in", **credentials))["sessionCreate"]["userErrors"] == []
    events = await connection.fetch("SELECT type FROM events WHERE type LIKE 'ACCOUNT%' ORDER BY id")
    assert [row["type"] for row in events] == ["ACCOUNT_SUSPENDED", "ACCOUNT_REACTIVATED"]


async def test_knows_who_has_an_account_and_who_has_none(api: Api, admin: Viewer) -> None:
    assert admin
    answer = (await api.data(act("accountSuspend"), email="nobody@example.com"))["accountSuspend"]
    assert answer == {"done": False, "userErrors": [{"code": "NOT_FOUND", "field": ["email"]}]}


async def test_makes_staff_and_lets_them_go(api: Api, connection: asyncpg.Connection, admin: Viewer) -> None:
    assert admin
    await people.account(connection, email="ada@example.com")
    for role in ("AGENT", "ADMIN", None):
        assert (await api.data(SET, email="ada@example.com", role=role))["platformMemberSet"]["done"] is True
        sql = "SELECT role FROM platform_members JOIN accounts ON id = account_id WHERE email = 'ada@example.com'"
        assert await connection.fetchval(sql) == role


@pytest.mark.parametrize("way", ["accountSuspend", "platformMemberSet"])
async def test_remains_also_when_two_take_each_other_away(
    api: Api, connection: asyncpg.Connection, admin: Viewer, way: str
) -> None:
    other = await people.staff(connection, PlatformRole.ADMIN)
    await connection.execute("UPDATE accounts SET email = 'other@example.com' WHERE id = $1", other.account_id)

    async def take(email: str) -> list[str]:
        query = SET if way == "platformMemberSet" else act(way)
        return [error["code"] for error in (await api.data(query, email=email))[way]["userErrors"]]

    api.context.viewer = admin
    answers = await at_once(take("other@example.com"), take("admin@example.com"))
    assert sorted(map(len, answers)) == [0, 1]
    left = """SELECT count(*) FROM platform_members JOIN accounts ON id = account_id
              WHERE role = 'ADMIN' AND state = 'ACTIVE'"""
    assert await connection.fetchval(left) == 1
