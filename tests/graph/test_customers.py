"""A customer ..."""

import json
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from tests.factories import catalogue, people
from tests.graph.conftest import Api, at_once

UPDATE = """mutation ($input: CustomerUpdateInput!) { customerUpdate(input: $input) {
    customer { displayName locale currency interests marketingConsentAt } userErrors { code field } } }"""
ADD = """mutation ($address: AddressInput!, $preferred: Boolean! = false) {
    customerAddressAdd(input: { address: $address, preferred: $preferred }) {
        address { id city preferred } userErrors { code field } } }"""
CHANGE = """mutation ($input: CustomerAddressUpdateInput!) { customerAddressUpdate(input: $input) {
    address { city preferred } userErrors { code field } } }"""
REMOVE = """mutation ($id: ID!) { customerAddressRemove(input: { addressId: $id }) {
    removedId userErrors { code message field } } }"""
EXPORT = """mutation ($password: String!) { customerDataExport(input: { password: $password }) {
    document userErrors { code } } }"""
ERASE = "mutation ($password: String!) { customerErase(input: { password: $password }) { erased userErrors { code } } }"
REQUEST = "mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { userErrors { code } } }"
BONN = {"name": "Ada", "line1": "1 Road", "city": "Bonn", "postalCode": "53111", "country": "DE"}


@pytest.fixture
async def ada(api: Api, connection: asyncpg.Connection) -> Viewer:
    api.context.viewer = await people.customer(connection, email="ada@example.com", display_name="Ada")
    return api.context.viewer


async def test_changes_what_is_given_of_the_profile(api: Api, ada: Viewer) -> None:
    assert ada
    given = {"displayName": " Ada  L. ", "locale": "PT-br", "currency": "EUR", "interests": ["Lamps", "lamps ", "Art"]}
    answer = (await api.data(UPDATE, input={**given, "marketingConsent": True}))["customerUpdate"]
    consent = answer["customer"].pop("marketingConsentAt")
    profile = {"displayName": "Ada L.", "locale": "pt-BR", "currency": "EUR", "interests": ["lamps", "art"]}
    assert (answer["customer"], answer["userErrors"], consent is not None) == (profile, [], True)
    again = await api.data(UPDATE, input={"locale": None, "displayName": None, "marketingConsent": True})
    assert again["customerUpdate"]["customer"] == {**profile, "locale": None, "marketingConsentAt": consent}
    last = (await api.data(UPDATE, input={"marketingConsent": False}))["customerUpdate"]["customer"]
    assert last["marketingConsentAt"] is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"displayName": " "}, ["displayName"]),
        ({"displayName": "x" * 101}, ["displayName"]),
        ({"interests": ["a"] * 3 + [""]}, ["interests"]),
        ({"locale": "german"}, None),
    ],
)
async def test_is_refused_a_profile_that_cannot_be(
    api: Api, ada: Viewer, connection: asyncpg.Connection, given: dict[str, Any], field: list[str] | None
) -> None:
    assert ada
    answer = await api.data(UPDATE, input=given)
    assert answer["customerUpdate"] == {"customer": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": field}]}
    assert await connection.fetchval("SELECT version FROM customers") == 1
    assert await connection.fetchval("SELECT count(*) FROM events") == 0


async def test_keeps_a_book_of_addresses(api: Api, ada: Viewer) -> None:
    assert ada
    first = (await api.data(ADD, address=BONN, preferred=True))["customerAddressAdd"]["address"]
    second = (await api.data(ADD, address={**BONN, "city": "Ulm"}, preferred=True))["customerAddressAdd"]["address"]
    assert (first["preferred"], second["preferred"]) == (True, True)
    changed = await api.data(CHANGE, input={"addressId": first["id"], "address": {**BONN, "city": "Kiel"}})
    assert changed["customerAddressUpdate"] == {"address": {"city": "Kiel", "preferred": False}, "userErrors": []}
    book = "{ viewer { customer { addresses { totalCount nodes { city preferred } } } } }"
    assert (await api.data(book))["viewer"]["customer"]["addresses"] == {
        "totalCount": 2,
        "nodes": [{"city": "Kiel", "preferred": False}, {"city": "Ulm", "preferred": True}],
    }
    preferred = await api.data(CHANGE, input={"addressId": first["id"], "preferred": True})
    assert preferred["customerAddressUpdate"]["address"] == {"city": "Kiel", "preferred": True}
    removed = await api.data(REMOVE, id=second["id"])
    assert removed["customerAddressRemove"] == {"removedId": second["id"], "userErrors": []}
    assert (await api.data(book))["viewer"]["customer"]["addresses"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"country": "Germany"}, "country"), ({"city": " "}, "city"), ({"line2": "x" * 201}, "line2")],
)
async def test_is_refused_an_address_that_cannot_be(
    api: Api, ada: Viewer, connection: asyncpg.Connection, wrong: dict[str, str], field: str
) -> None:
    assert ada
    answer = (await api.data(ADD, address={**BONN, **wrong}))["customerAddressAdd"]
    assert answer == {"address": None, "userErrors": [{"code": "BAD_USER_INPUT", "field": ["address", field]}]}
    assert await connection.fetchval("SELECT count(*) FROM customer_addresses") == 0


async def test_has_at_most_fifty_addresses_however_many_come_at_once(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    for _ in range(47):
        await people.address(connection, ada.customer_id or 0)
    answers = await at_once(*(api.data(ADD, address=BONN) for _ in range(6)))
    codes = [error["code"] for each in answers for error in each["customerAddressAdd"]["userErrors"]]
    assert codes == ["BAD_USER_INPUT"] * 3
    assert await connection.fetchval("SELECT count(*) FROM customer_addresses") == 50


async def test_knows_nothing_of_the_addresses_of_others(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    bea = await people.customer(connection)
    address_id = await people.address(connection, bea.customer_id or 0)
    api.context.viewer = ada
    theirs, nothing = (ids.encode("CustomerAddress", key) for key in (address_id, 999_999))
    assert await api.data(REMOVE, id=theirs) == await api.data(REMOVE, id=nothing)
    wrong = [await api.data(REMOVE, id=ids.encode("Customer", key)) for key in (bea.customer_id or 0, 999_999)]
    assert wrong[0] == wrong[1]
    changed = [await api.data(CHANGE, input={"addressId": each, "preferred": True}) for each in (theirs, nothing)]
    assert changed[0] == changed[1]
    assert changed[0]["customerAddressUpdate"]["userErrors"] == [{"code": "NOT_FOUND", "field": ["addressId"]}]
    assert await connection.fetchval("SELECT preferred FROM customer_addresses") is False
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert await api.data(query, id=theirs) == {"node": None}
    assert await api.data(query, id=ids.encode("Customer", bea.customer_id or 0)) == {"node": None}


@pytest.mark.parametrize(
    ("role", "sees"), [(PlatformRole.ADMIN, True), (PlatformRole.AGENT, True), (MerchantRole.OWNER, False)]
)
async def test_is_seen_by_platform_staff_alone(
    api: Api, ada: Viewer, connection: asyncpg.Connection, role: Any, *, sees: bool
) -> None:
    if isinstance(role, PlatformRole):
        api.context.viewer = await people.staff(connection, role)
    else:
        api.context.viewer = await people.member(connection, await catalogue.merchant(connection), role)
    customer_id = ids.encode("Customer", ada.customer_id or 0)
    answer = await api.data("query ($id: ID!) { node(id: $id) { ... on Customer { email } } }", id=customer_id)
    assert answer == {"node": {"email": "ada@example.com"} if sees else None}


async def test_gets_all_that_is_known_for_the_password(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    await people.address(connection, ada.customer_id or 0)
    answer = (await api.data(EXPORT, password=people.PASSWORD))["customerDataExport"]
    document = json.loads(answer["document"])
    assert document["profile"][0]["display_name"] == "Ada"
    assert document["account"][0]["email"] == "ada@example.com"
    assert [address["city"] for address in document["addresses"]] == ["Bonn"]
    assert "argon2" not in answer["document"]
    wrong = await api.data(EXPORT, password="wrong one here")
    assert wrong["customerDataExport"] == {"document": None, "userErrors": [{"code": "INVALID_CREDENTIALS"}]}


async def test_is_forgotten_for_the_password(api: Api, ada: Viewer, connection: asyncpg.Connection) -> None:
    await people.address(connection, ada.customer_id or 0)
    await api.document("sign_in", email="ada@example.com", password=people.PASSWORD)
    await api.data(REQUEST, email="ada@example.com")
    wrong = await api.data(ERASE, password="wrong one here")
    assert wrong["customerErase"] == {"erased": False, "userErrors": [{"code": "INVALID_CREDENTIALS"}]}
    assert (await api.data(ERASE, password=people.PASSWORD))["customerErase"] == {"erased": True, "userErrors": []}
    customer = await connection.fetchrow("SELECT display_name, erased_at IS NOT NULL FROM customers")
    assert tuple(customer) == ("Erased customer", True)
    dump = await connection.fetchval(
        """SELECT jsonb_agg(to_jsonb(rows))::text FROM (
             SELECT to_jsonb(accounts) FROM accounts UNION ALL SELECT to_jsonb(customers) FROM customers
             UNION ALL SELECT to_jsonb(customer_addresses) FROM customer_addresses
             UNION ALL SELECT to_jsonb(mails) FROM mails UNION ALL SELECT to_jsonb(events) FROM events) AS rows"""
    )
    for secret in ("ada@example.com", '"Ada"', "Bonn", "argon2"):
        assert secret not in dump
    assert await connection.fetchval("SELECT count(*) FROM account_sessions") == 0
    # Who still holds an access token is nobody any more for what changes something.
    api.context.viewer = ada
    answer = await api.data(UPDATE, input={"displayName": "Ada"})
    assert answer["customerUpdate"]["userErrors"] == [{"code": "NOT_FOUND", "field": None}]


async def test_is_asked_for_the_password_more_slowly_after_failures(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    assert ada
    for _ in range(5):
        assert (await api.data(EXPORT, password="wrong one here"))["customerDataExport"]["userErrors"] == [
            {"code": "INVALID_CREDENTIALS"}
        ]
    for document, field in ((EXPORT, "customerDataExport"), (ERASE, "customerErase")):
        answer = await api.data(document, password=people.PASSWORD)
        assert answer[field]["userErrors"] == [{"code": "TOO_MANY_ATTEMPTS"}]
    assert await connection.fetchval("SELECT state FROM accounts") == "ACTIVE"
    await connection.execute("UPDATE sign_in_failures SET last_at = last_at - interval '1 s'")
    assert (await api.data(EXPORT, password=people.PASSWORD))["customerDataExport"]["userErrors"] == []
    assert await connection.fetchval("SELECT count(*) FROM sign_in_failures") == 0


async def test_cannot_be_forgotten_as_the_last_owner_of_a_merchant(
    api: Api, ada: Viewer, connection: asyncpg.Connection
) -> None:
    merchant = await catalogue.merchant(connection)
    for account_id in (ada.account_id, await people.account(connection)):
        await catalogue.insert(
            connection, "merchant_members", merchant_id=merchant, account_id=account_id, role="OWNER"
        )
    await connection.execute("UPDATE merchant_members SET role = 'PACKER' WHERE account_id <> $1", ada.account_id)
    refused = {"customerErase": {"erased": False, "userErrors": [{"code": "CONFLICT"}]}}
    assert await api.data(ERASE, password=people.PASSWORD) == refused
    assert await connection.fetchval("SELECT count(*) FROM accounts WHERE state = 'ERASED'") == 0
    await connection.execute("UPDATE merchant_members SET role = 'OWNER'")
    assert (await api.data(ERASE, password=people.PASSWORD))["customerErase"]["erased"] is True
