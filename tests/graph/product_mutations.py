"""Mutations of a merchant's products and variants, and what became of them."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from domain.access import MerchantRole, Viewer
from tests.factories import people
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

ERRORS = "userErrors { __typename code message field }"
PRODUCT = """product { id name slug status description publishedAt category { slug } options { name values }
    attributes { name value kind unit } media { nodes { url alt } } german: name(locale: "de")
    variants { nodes { sku name selectedOptions { name value } price { amount currency } barcode weightGrams } } }"""


def product_mutation(name: str) -> str:
    input_type = {
        "productCreate": "ProductCreateInput",
        "productUpdate": "ProductUpdateInput",
        "productMediaSet": "ProductMediaSetInput",
        "variantRemove": "VariantRemoveInput",
    }.get(name, "ProductInput")
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {PRODUCT} {ERRORS} }} }}"


def variant_mutation(name: str) -> str:
    input_type = f"{name[0].upper()}{name[1:]}Input"
    return f"""mutation ($input: {input_type}!) {{ {name}(input: $input) {{
        variant {{ id sku name weightGrams barcode selectedOptions {{ name value }}
            usd: price(currency: "USD") {{ amount }} was: compareAtPrice(currency: "USD") {{ amount }}
            eur: price(currency: "EUR") {{ amount }} product {{ options {{ name values }} }} }} {ERRORS} }} }}"""


def priced(amount: str, currency: str = "USD", **more: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency, **more}


@pytest.fixture
async def manager(connection: asyncpg.Connection, shop: SmallShop, api: Api) -> Viewer:
    """Somebody who works for Ada, and asks from now on."""
    api.context.viewer = await people.member(connection, shop.ada, MerchantRole.MANAGER)
    return api.context.viewer


@pytest.fixture
def ask(api: Api, manager: Viewer) -> Callable[..., Any]:
    assert manager

    async def send(name: str, /, **given: Any) -> Any:
        mutation = product_mutation(name) if name.startswith("product") else variant_mutation(name)
        if name == "variantRemove":
            mutation = product_mutation(name).replace("product {", "removedId product {", 1)
        return (await api.data(mutation, input=given))[name]

    return send


async def contents(connection: asyncpg.Connection) -> list[Any]:
    tables = ("products", "product_translations", "variants", "variant_prices", "stock_levels", "warehouses", "events")
    return [await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608 - ours


async def events(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT type, subject_type, subject_id, subject_version FROM events ORDER BY id")
    return [tuple(row) for row in rows]


def fault(answer: Any) -> tuple[str, list[str] | None]:
    (error,) = answer["userErrors"]
    return error["code"], error["field"]
