"""Mutations of the terms of the shop, and what became of them."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import PlatformRole, Viewer
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

METHOD = """method { id code label merchant { slug } price { amount currency } freeFrom { amount } countries taxClass
    version }"""
REGION = "region { id country region name inclusive per rounding isDefault rates { taxClass percent } version }"
LADDER = """ladder { version levels { name threshold { amount currency } discountPercent
    freeShippingFrom { amount } pointsMultiplier } }"""
PROGRAMME = """programme { code name currency expiresAfterDays returnGraceDays version
    rates { merchant { slug } earned worth version } }"""
ANSWERS = {
    "deliveryMethodCreate": ("DeliveryMethodCreateInput", METHOD),
    "deliveryMethodUpdate": ("DeliveryMethodUpdateInput", METHOD),
    "deliveryMethodRemove": ("DeliveryMethodInput", "removedId"),
    "taxRegionCreate": ("TaxRegionCreateInput", REGION),
    "taxRegionUpdate": ("TaxRegionUpdateInput", REGION),
    "taxRegionRemove": ("TaxRegionInput", "removedId"),
    "membershipLevelsSet": ("MembershipLevelsSetInput", LADDER),
    "pointsProgrammeSet": ("PointsProgrammeSetInput", PROGRAMME),
    "pointsRatesSet": ("PointsRatesSetInput", PROGRAMME),
    "storeCreditIssue": (
        "StoreCreditIssueInput",
        "customer { storeCredit { amount currency } } replayed",
    ),
}


@pytest.fixture
def ask(api: Api) -> Callable[..., Any]:
    async def send(name: str, /, **given: Any) -> Any:
        of, answer = ANSWERS[name]
        document = f"""mutation ($input: {of}!) {{ answer: {name}(input: $input) {{
            {answer} userErrors {{ code message field }} }} }}"""
        return (await api.data(document, input=given))["answer"]

    return send


@pytest.fixture
async def admin(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    assert shop
    api.context.viewer = await people.staff(connection, PlatformRole.ADMIN)
    return api.context.viewer


async def everything(connection: asyncpg.Connection) -> list[Any]:
    tables = (
        *("delivery_methods", "tax_regions", "tax_rates", "membership_levels", "membership_ladder", "events"),
        *("points_programmes", "points_rates", "ledger_transactions", "products"),
    )
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608 - ours


async def told(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT type, subject_version FROM events ORDER BY id")
    return [tuple(row) for row in rows]


async def refused(ask: Callable[..., Any], name: str, given: dict[str, Any], code: str, field: str | None) -> str:
    answer = await ask(name, **given)
    (error,) = answer.pop("userErrors")
    assert (error["code"], error["field"] and ".".join(error["field"])) == (code, field), (name, given)
    answer.pop("replayed", None)
    assert list(answer.values()) == [None]
    return str(error["message"])
