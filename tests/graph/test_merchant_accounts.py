"""A merchant's staff ..."""

from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, PlatformRole, Viewer
from graph import ids
from services import email_tokens
from tests.factories import catalogue, people
from tests.graph.conftest import Api, at_once

ACCOUNT = "merchantAccount { merchantId name slug state stateReason } userErrors { code field }"
APPLY = f"""mutation ($name: String!, $slug: String) {{
    merchantApply(input: {{ name: $name, slug: $slug }}) {{ {ACCOUNT} }} }}"""
DOCUMENT = """mutation ($id: ID!) { merchantDocumentAdd(input: {
    merchantId: $id, kind: REGISTRATION, fileName: "paper.pdf", mediaType: "application/pdf" }) {
    document { id state uploadPath path } userErrors { code field } } }"""
REVIEW = """mutation ($id: ID!, $accepted: Boolean!) { merchantDocumentReview(input: {
    documentId: $id, accepted: $accepted, note: "seen" }) { document { state note } userErrors { code } } }"""
INVITE = """mutation ($id: ID!, $email: String!, $role: MerchantRole!) { merchantInvitationCreate(input: {
    merchantId: $id, email: $email, role: $role }) {
    merchantAccount { invitations { email role } } userErrors { code field } } }"""
ACCEPT = """mutation ($token: String!) { merchantInvitationAccept(input: { token: $token }) {
    merchantAccount { name } userErrors { code } } }"""
REMOVE = """mutation ($id: ID!, $email: String!) { merchantMemberRemove(input: { merchantId: $id, email: $email }) {
    merchantAccount { members { email role } } userErrors { code field } } }"""
ROLE = """mutation ($id: ID!, $email: String!, $role: MerchantRole!) { merchantMemberUpdate(input: {
    merchantId: $id, email: $email, role: $role }) {
    merchantAccount { members { email role } } userErrors { code field } } }"""


def act(name: str, *, reason: bool = False) -> str:
    given = ', reason: "because"' if reason else ""
    return f"mutation ($id: ID!) {{ {name}(input: {{ merchantId: $id{given} }}) {{ {ACCOUNT} }} }}"


@pytest.fixture
async def merchant(connection: asyncpg.Connection) -> int:
    return await catalogue.merchant(connection, name="Ada's", slug="adas")


@pytest.fixture
async def owner(connection: asyncpg.Connection, merchant: int) -> Viewer:
    viewer = await people.member(connection, merchant, MerchantRole.OWNER)
    await connection.execute("UPDATE accounts SET email = 'owner@example.com' WHERE id = $1", viewer.account_id)
    return viewer


@pytest.fixture
async def admin(connection: asyncpg.Connection) -> Viewer:
    return await people.staff(connection, PlatformRole.ADMIN)


async def events(connection: asyncpg.Connection) -> list[str]:
    return [row["type"] for row in await connection.fetch("SELECT type FROM events ORDER BY id")]


async def test_applies_proves_itself_and_is_approved(api: Api, connection: asyncpg.Connection, admin: Viewer) -> None:
    applicant = api.context.viewer = await people.customer(connection, email="ada@example.com")
    account = (await api.data(APPLY, name="Ada's  Lamps"))["merchantApply"]["merchantAccount"]
    assert (account["name"], account["slug"], account["state"]) == ("Ada's Lamps", "adas-lamps", "APPLIED")
    owner = api.context.viewer
    assert owner.account_id == applicant.account_id
    merchant_id = account["merchantId"]
    assert await api.data('{ merchant(slug: "adas-lamps") { id } }') == {"merchant": None}
    document = (await api.data(DOCUMENT, id=merchant_id))["merchantDocumentAdd"]["document"]
    assert (document["state"], document["path"], document["uploadPath"][:12]) == ("AWAITED", None, "/files/send/")
    api.context.viewer = admin
    early = (await api.data(act("merchantApprove"), id=merchant_id))["merchantApprove"]
    assert early == {"merchantAccount": None, "userErrors": [{"code": "CONFLICT", "field": None}]}
    awaited = await api.data(REVIEW, id=document["id"], accepted=True)
    assert awaited["merchantDocumentReview"] == {"document": None, "userErrors": [{"code": "CONFLICT"}]}
    await connection.execute("UPDATE merchant_documents SET state = 'SUBMITTED', size_bytes = 1")
    reviewed = await api.data(REVIEW, id=document["id"], accepted=True)
    assert reviewed["merchantDocumentReview"]["document"] == {"state": "ACCEPTED", "note": "seen"}
    waiting = await api.data("{ merchantAccounts(state: APPLIED) { totalCount nodes { slug } } }")
    assert waiting["merchantAccounts"] == {"totalCount": 1, "nodes": [{"slug": "adas-lamps"}]}
    approved = await api.data(act("merchantApprove"), id=merchant_id)
    assert approved["merchantApprove"]["merchantAccount"]["state"] == "ACTIVE"
    assert (await api.data('{ merchant(slug: "adas-lamps") { id } }'))["merchant"] == {"id": merchant_id}
    mails = [tuple(row) for row in await connection.fetch("SELECT recipient, template FROM mails")]
    assert mails == [("ada@example.com", "merchant_approved")]
    assert await events(connection) == ["MERCHANT_APPLIED", "MERCHANT_DOCUMENT_ACCEPTED", "MERCHANT_APPROVED"]


async def test_applies_under_a_free_slug_or_the_one_it_asks_for(api: Api, connection: asyncpg.Connection) -> None:
    await catalogue.merchant(connection, slug="lamps")
    api.context.viewer = await people.customer(connection)
    slugs = [(await api.data(APPLY, name="Lamps"))["merchantApply"]["merchantAccount"]["slug"] for _ in range(2)]
    assert slugs == ["lamps-2", "lamps-3"]
    for slug in ("lamps", "No slug", ""):
        refused = (await api.data(APPLY, name="Lamps", slug=slug))["merchantApply"]
        assert refused["userErrors"] == [{"code": "BAD_USER_INPUT", "field": ["slug"]}]
    assert await connection.fetchval("SELECT count(*) FROM merchants") == 3


async def test_has_at_most_three_applications_open_however_many_come_at_once(
    api: Api, connection: asyncpg.Connection
) -> None:
    api.context.viewer = await people.customer(connection)
    answers = await at_once(*(api.data(APPLY, name="Lamps") for _ in range(6)))
    codes = [error["code"] for each in answers for error in each["merchantApply"]["userErrors"]]
    assert codes == ["CONFLICT"] * 3
    assert await connection.fetchval("SELECT count(*) FROM merchants") == 3


async def test_is_suspended_goes_on_and_closes(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer, admin: Viewer
) -> None:
    merchant_id = ids.encode("Merchant", merchant)
    await catalogue.product(connection, merchant, slug="lamp")
    listed = "query { products { nodes { slug } } }"
    api.context.viewer = admin
    suspended = (await api.data(act("merchantSuspend", reason=True), id=merchant_id))["merchantSuspend"]
    assert (suspended["merchantAccount"]["state"], suspended["merchantAccount"]["stateReason"]) == (
        "SUSPENDED",
        "because",
    )
    assert await api.data(listed) == {"products": {"nodes": []}}
    twice = (await api.data(act("merchantSuspend", reason=True), id=merchant_id))["merchantSuspend"]
    assert twice == {"merchantAccount": None, "userErrors": [{"code": "CONFLICT", "field": None}]}
    await api.data(act("merchantReactivate"), id=merchant_id)
    assert await api.data(listed) == {"products": {"nodes": [{"slug": "lamp"}]}}
    api.context.viewer = owner
    closed = (await api.data(act("merchantClose", reason=True), id=merchant_id))["merchantClose"]
    assert closed["merchantAccount"]["state"] == "CLOSED"
    assert await api.data(listed) == {"products": {"nodes": []}}
    update = 'mutation ($id: ID!) { merchantUpdate(input: { merchantId: $id, name: "New" }) { userErrors { code } } }'
    assert (await api.data(update, id=merchant_id))["merchantUpdate"]["userErrors"] == [{"code": "CONFLICT"}]
    assert await events(connection) == ["MERCHANT_SUSPENDED", "MERCHANT_REACTIVATED", "MERCHANT_CLOSED"]


async def test_changes_the_profile(api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer) -> None:
    api.context.viewer = owner
    answer = await api.data(
        """mutation ($id: ID!) { merchantUpdate(input: { merchantId: $id, description: " Light. ", name: null }) {
             merchantAccount { name description } } }""",
        id=ids.encode("Merchant", merchant),
    )
    assert answer["merchantUpdate"]["merchantAccount"] == {"name": "Ada's", "description": "Light."}
    assert await events(connection) == ["MERCHANT_CHANGED"]


async def invited(api: Api, connection: asyncpg.Connection) -> str:
    token_id = await connection.fetchval("SELECT max(id) FROM merchant_invitations")
    return email_tokens.text_of(api.context.secret_key, purpose="INVITE", token_id=token_id)


async def test_invites_who_then_works_there(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer
) -> None:
    api.context.viewer = owner
    merchant_id = ids.encode("Merchant", merchant)
    answer = await api.data(INVITE, id=merchant_id, email="Bea@example.com", role="MANAGER")
    assert answer["merchantInvitationCreate"]["merchantAccount"]["invitations"] == [
        {"email": "bea@example.com", "role": "MANAGER"}
    ]
    token = await invited(api, connection)
    refused = {"merchantInvitationAccept": {"merchantAccount": None, "userErrors": [{"code": "INVALID_TOKEN"}]}}
    api.context.viewer = await people.customer(connection, email="eve@example.com")
    assert await api.data(ACCEPT, token=token) == refused
    bea = api.context.viewer = await people.customer(connection, email="bea@example.com")
    accepted = await api.data(ACCEPT, token=token)
    assert accepted == {"merchantInvitationAccept": {"merchantAccount": {"name": "Ada's"}, "userErrors": []}}
    works = "{ viewer { merchants { role merchant { slug members { email } } } } }"
    assert (await api.data(works))["viewer"]["merchants"] == [
        {"role": "MANAGER", "merchant": {"slug": "adas", "members": []}}
    ]
    api.context.viewer = bea
    assert await api.data(ACCEPT, token=token) == refused


async def test_counts_its_version_up_with_each_event_about_it(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer, admin: Viewer
) -> None:
    """Who follows events passes over the versions that are known already."""
    api.context.viewer = owner
    merchant_id = ids.encode("Merchant", merchant)
    for _ in range(2):
        await api.data(INVITE, id=merchant_id, email="bea@example.com", role="PACKER")
    api.context.viewer = await people.customer(connection, email="bea@example.com")
    await api.data(ACCEPT, token=await invited(api, connection))
    api.context.viewer = owner
    await api.data(ROLE, id=merchant_id, email="bea@example.com", role="MANAGER")
    await api.data(REMOVE, id=merchant_id, email="bea@example.com")
    document = await people.document(connection, merchant)
    api.context.viewer = admin
    for accepted in (True, False):
        await api.data(REVIEW, id=ids.encode("MerchantDocument", document), accepted=accepted)
    told = await connection.fetch(
        "SELECT type, subject_version FROM events WHERE subject_type = 'merchant' ORDER BY id"
    )
    assert [tuple(row) for row in told] == [
        *(("MERCHANT_STAFF_CHANGED", version) for version in (2, 3, 4, 5, 6)),
        ("MERCHANT_DOCUMENT_ACCEPTED", 7),
        ("MERCHANT_DOCUMENT_REJECTED", 8),
    ]


@pytest.mark.parametrize("end", ["withdrawn", "invited again", "expired"])
async def test_cannot_be_joined_by_an_invitation_that_has_ended(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer, end: str
) -> None:
    api.context.viewer = owner
    merchant_id = ids.encode("Merchant", merchant)
    await api.data(INVITE, id=merchant_id, email="bea@example.com", role="PACKER")
    token = await invited(api, connection)
    withdraw = """mutation ($id: ID!) { merchantInvitationWithdraw(input: {
        merchantId: $id, email: "bea@example.com" }) { userErrors { code field } } }"""
    match end:
        case "withdrawn":
            assert (await api.data(withdraw, id=merchant_id))["merchantInvitationWithdraw"]["userErrors"] == []
            again = (await api.data(withdraw, id=merchant_id))["merchantInvitationWithdraw"]["userErrors"]
            assert again == [{"code": "NOT_FOUND", "field": ["email"]}]
        case "invited again":
            await api.data(INVITE, id=merchant_id, email="bea@example.com", role="MANAGER")
        case "expired":
            await connection.execute("UPDATE merchant_invitations SET expires_at = now()")
    api.context.viewer = await people.customer(connection, email="bea@example.com")
    assert (await api.data(ACCEPT, token=token))["merchantInvitationAccept"]["userErrors"] == [
        {"code": "INVALID_TOKEN"}
    ]
    assert await connection.fetchval("SELECT count(*) FROM merchant_members") == 1


async def test_keeps_an_owner_also_when_two_leave_at_once(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer
) -> None:
    api.context.viewer = owner
    merchant_id = ids.encode("Merchant", merchant)
    alone = (await api.data(REMOVE, id=merchant_id, email="owner@example.com"))["merchantMemberRemove"]
    assert alone == {"merchantAccount": None, "userErrors": [{"code": "CONFLICT", "field": ["email"]}]}
    second = await people.member(connection, merchant, MerchantRole.OWNER)
    await connection.execute("UPDATE accounts SET email = 'second@example.com' WHERE id = $1", second.account_id)
    requests: list[tuple[str, dict[str, Any]]] = [
        (ROLE, {"email": "second@example.com", "role": "PACKER"}),
        (REMOVE, {"email": "owner@example.com"}),
    ]
    answers = await at_once(*(api.data(query, id=merchant_id, **given) for query, given in requests))
    refused = [error["code"] for each in answers for field in each.values() for error in field["userErrors"]]
    assert len(refused) == 1
    assert await connection.fetchval("SELECT count(*) FROM merchant_members WHERE role = 'OWNER'") == 1


async def test_gives_partners_keys_that_are_told_once(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer
) -> None:
    api.context.viewer = owner
    merchant_id = ids.encode("Merchant", merchant)
    add = """mutation ($id: ID) { partnerAdd(input: { merchantId: $id, kind: DELIVERY, name: "Swift" }) {
        partner { id name kind } userErrors { code field } } }"""
    partner = (await api.data(add, id=merchant_id))["partnerAdd"]["partner"]
    assert (partner["name"], partner["kind"]) == ("Swift", "DELIVERY")
    nobodys = (await api.data(add, id=None))["partnerAdd"]
    assert nobodys == {"partner": None, "userErrors": [{"code": "NOT_FOUND", "field": ["merchantId"]}]}
    make = """mutation ($id: ID!) { apiKeyCreate(input: { partnerId: $id, scopes: [EVENTS_READ, EVENTS_READ] }) {
        key partner { keys { prefix scopes revokedAt } } userErrors { code } } }"""
    made = (await api.data(make, id=partner["id"]))["apiKeyCreate"]
    (kept,) = made["partner"]["keys"]
    assert made["key"].startswith(kept["prefix"])
    assert (kept["scopes"], kept["revokedAt"]) == (["EVENTS_READ"], None)
    assert made["key"] not in str(await connection.fetch("SELECT api_keys::text FROM api_keys"))
    revoke = """mutation ($id: ID!, $prefix: String!) { apiKeyRevoke(input: { partnerId: $id, prefix: $prefix }) {
        partner { keys { revokedAt } } userErrors { code field } } }"""
    revoked = (await api.data(revoke, id=partner["id"], prefix=kept["prefix"]))["apiKeyRevoke"]
    assert revoked["partner"]["keys"][0]["revokedAt"] is not None
    again = (await api.data(revoke, id=partner["id"], prefix=kept["prefix"]))["apiKeyRevoke"]
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": ["prefix"]}]


async def test_sees_only_its_own_merchant(
    api: Api, connection: asyncpg.Connection, merchant: int, owner: Viewer
) -> None:
    other = await catalogue.merchant(connection, slug="other")
    query = "query ($id: ID!) { node(id: $id) { ... on MerchantAccount { slug members { email } } } }"
    api.context.viewer = owner
    mine = await api.data(query, id=ids.encode("MerchantAccount", merchant))
    assert mine == {"node": {"slug": "adas", "members": [{"email": "owner@example.com"}]}}
    assert await api.data(query, id=ids.encode("MerchantAccount", other)) == {"node": None}
    listed = await api.data("{ merchantAccounts { nodes { slug } totalCount } }")
    assert listed["merchantAccounts"] == {"nodes": [{"slug": "adas"}], "totalCount": 1}
