"""Names, descriptions and prices ..."""

from typing import Any

import asyncpg
import pytest

from tests.factories import catalogue
from tests.factories.small_shop import SmallShop
from tests.graph.conftest import Api

TEXTS = """
query ($locale: String) {
  product(slug: "lamp") {
    name(locale: $locale) description(locale: $locale) category { name(locale: $locale) }
  }
}
"""


@pytest.fixture
async def translated(connection: asyncpg.Connection, shop: SmallShop) -> SmallShop:
    for locale, name, description in (
        ("de", "Leuchte", "Sie leuchtet."),
        ("de-AT", "Lampn", ""),
        ("pt", "Luminária", "Brilha."),
        ("en-GB", "Lamp, guv", "It shines, innit."),
    ):
        await catalogue.insert(
            connection,
            "product_translations",
            product_id=shop.lamp,
            locale=locale,
            name=name,
            description=description,
        )
    await catalogue.insert(
        connection, "category_translations", category_id=shop.desk_lamps, locale="de", name="Schreibtischlampen"
    )
    return shop


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        (None, ("Lamp", "It shines.", "Desk lamps")),
        ("en", ("Lamp", "It shines.", "Desk lamps")),
        ("de", ("Leuchte", "Sie leuchtet.", "Schreibtischlampen")),
        ("DE", ("Leuchte", "Sie leuchtet.", "Schreibtischlampen")),
        ("de-AT", ("Lampn", "Sie leuchtet.", "Schreibtischlampen")),
        ("de_at", ("Lampn", "Sie leuchtet.", "Schreibtischlampen")),
        ("de-CH", ("Leuchte", "Sie leuchtet.", "Schreibtischlampen")),
        ("pt-BR", ("Luminária", "Brilha.", "Desk lamps")),
        ("fr", ("Lamp", "It shines.", "Desk lamps")),
        ("en-GB", ("Lamp, guv", "It shines, innit.", "Desk lamps")),
        ("en-US", ("Lamp", "It shines.", "Desk lamps")),
    ],
)
async def test_are_in_the_best_locale_there_is(
    api: Api, translated: SmallShop, locale: str | None, texts: tuple[str, str, str]
) -> None:
    assert translated
    name, description, category = texts
    answer = await api.data(TEXTS, locale=locale)
    assert answer == {"product": {"name": name, "description": description, "category": {"name": category}}}


async def test_are_read_from_one_statement_a_type_in_any_locales(api: Api, translated: SmallShop) -> None:
    assert translated
    answer = await api.data('{ products { nodes { de: name(locale: "de") pt: name(locale: "pt-BR") name } } }')
    assert answer["products"]["nodes"] == [
        {"de": "Leuchte", "pt": "Luminária", "name": "Lamp"},
        {"de": "Chair", "pt": "Chair", "name": "Chair"},
    ]
    assert api.statements == 2


async def test_are_refused_in_what_is_no_locale(api: Api, translated: SmallShop) -> None:
    assert translated
    refused = await api.refused('{ product(slug: "lamp") { name(locale: "german") } }')
    assert refused == ("BAD_USER_INPUT", "'german' is no locale; write a language tag such as de or pt-BR")


PRICES = """
query ($currency: CurrencyCode) {
  products(sort: NAME) {
    nodes {
      priceRange(currency: $currency) { ...Range }
      variants { nodes { price(currency: $currency) { ...Money } compareAtPrice(currency: $currency) { ...Money } } }
    }
  }
}
fragment Range on PriceRange { min { ...Money } max { ...Money } }
fragment Money on Money { amount currency }
"""


def money(amount: str, currency: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("currency", "chair", "lamp_range", "lamps"),
    [
        (
            None,  # the shop's currency, or what there is
            money("120.00", "EUR"),
            (money("29.90", "USD"), money("45.00", "USD")),
            [(money("29.90", "USD"), money("39.90", "USD")), (money("45.00", "USD"), None)],
        ),
        (
            "USD",
            None,
            (money("29.90", "USD"), money("45.00", "USD")),
            [(money("29.90", "USD"), money("39.90", "USD")), (money("45.00", "USD"), None)],
        ),
        ("JPY", None, (money("4400", "JPY"), money("4400", "JPY")), [(money("4400", "JPY"), None), (None, None)]),
        ("CHF", None, None, [(None, None), (None, None)]),
    ],
)
async def test_are_in_the_currency_asked_for(
    api: Api, shop: SmallShop, currency: str | None, chair: Any, lamp_range: Any, lamps: Any
) -> None:
    assert shop
    answer = await api.data(PRICES, currency=currency)
    assert answer["products"]["nodes"] == [
        {
            "priceRange": chair and {"min": chair, "max": chair},
            "variants": {"nodes": [{"price": chair, "compareAtPrice": None}]},
        },
        {
            "priceRange": lamp_range and {"min": lamp_range[0], "max": lamp_range[1]},
            "variants": {"nodes": [{"price": price, "compareAtPrice": before} for price, before in lamps]},
        },
    ]


@pytest.mark.parametrize("currency", ["usd", "US", "EURO", ""])
async def test_are_refused_in_what_is_no_currency(api: Api, currency: str) -> None:
    with pytest.raises(Exception, match="is no ISO 4217 currency code"):
        await api.answer(PRICES, currency=currency)


async def test_of_media_come_in_pages(api: Api, shop: SmallShop) -> None:
    assert shop
    query = """query ($first: Int!, $after: String) {
      product(slug: "lamp") { media(first: $first, after: $after) {
        totalCount nodes { url } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    first = (await api.data(query, first=1))["product"]["media"]
    cursor = first["edges"][0]["cursor"]
    assert first == {
        "totalCount": 2,
        "nodes": [{"url": "/1.svg"}],
        "edges": [{"cursor": cursor}],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "endCursor": cursor},
    }
    second = (await api.data(query, first=1, after=cursor))["product"]["media"]
    assert second["nodes"] == [{"url": "/2.svg"}]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert (await api.data(query, first=5, after=second["pageInfo"]["endCursor"]))["product"]["media"]["nodes"] == []
    code, _ = await api.refused(query, first=1, after="x")
    assert code == "BAD_USER_INPUT"
