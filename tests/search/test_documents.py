"""A product's document ..."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from search import documents

FLOATS = st.floats(allow_nan=False, allow_infinity=True)


async def made(shop: Any, *ids: int) -> list[dict[str, Any]]:
    async with shop.database.connection() as connection:
        return await documents.products(connection, ids, locale="en")


async def test_holds_what_search_needs_and_nothing_else(shop: Any) -> None:
    await shop.category("garden", de="Garten")
    await shop.category("lamps", "garden")
    colour = await shop.attribute("colour", "ENUMERATION", allowed=["red", "blue"], searchable=True)
    width = await shop.attribute("width", "NUMBER", unit="cm", sortable=True)
    since = await shop.attribute("since", "DATE")
    await shop.attribute("outdoor", "BOOLEAN")
    await shop.attribute("note", "TEXT", filterable=False)
    assert colour < width < since
    product_id = await shop.product(
        "Garden lamp",
        description="Shines.",
        category="lamps",
        prices={"USD": 1990, "EUR": 1890},
        ratings=[5, 4, 4],
        attributes={
            "colour": ["red", "blue"],
            "width": 20.0,
            "since": "2026-01-31",
            "outdoor": False,
            "note": "x",
            "undefined": "y",
        },
        translations={"de": ("Gartenlampe", ""), "fr": ("Lampe", "Brille.")},
    )
    assert await made(shop, product_id) == [
        {
            "id": product_id,
            "names": {"en": "Garden lamp", "de": "Gartenlampe", "fr": "Lampe"},
            "descriptions": {"en": "Shines.", "fr": "Brille."},
            "merchant": "acme",
            "merchant_name": "Acme",
            "categories": ["garden", "lamps"],
            "category_names": ["Garden", "Lamps", "Garten"],
            "skus": ["SKU1"],
            "barcodes": ["40000001"],
            "prices": {"USD": 1990, "EUR": 1890},
            "rating": 43_333,
            "rating_floor": 4,
            "rating_count": 3,
            "available": True,
            "published_at": 1_767_312_000,
            "values": ["since=2026-01-31", "width=20", "colour=red", "colour=blue", "outdoor=false"],
            "codes": [documents.code(since, 739_647), documents.code(width, 20.0)],
            "numbers": {"since": 739_647, "width": 20.0},
            "texts": ["red", "blue"],
            "sorts": {"width": 20.0},
        }
    ]


async def test_is_made_of_listed_products_only(shop: Any) -> None:
    listed, draft, suspended = (
        await shop.product("A"),
        await shop.product("B", status="DRAFT"),
        await shop.product("C", merchant="shady"),
    )
    await shop.run("UPDATE merchants SET state = 'SUSPENDED' WHERE slug = 'shady'")
    assert [document["id"] for document in await made(shop, listed, draft, suspended)] == [listed]


async def test_is_unavailable_when_all_stock_is_reserved(shop: Any) -> None:
    product_id = await shop.product("A", stock=2)
    await shop.run("UPDATE stock_levels SET reserved = 2")
    assert [document["available"] for document in await made(shop, product_id)] == [False]


async def test_gives_only_the_oldest_numeric_attributes_a_field(shop: Any) -> None:
    for number in range(documents.NUMBER_FIELDS_MAX + 1):
        await shop.attribute(f"n{number}", "NUMBER")
    product_id = await shop.product("A", attributes={"n0": 1, "n199": 2, "n200": 3})
    ((document),) = await made(shop, product_id)
    assert document["numbers"] == {"n0": 1, "n199": 2}
    assert len(document["codes"]) == 3


@given(FLOATS, FLOATS)
def test_code_keeps_the_order_of_numbers_of_one_attribute(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert documents.code(7, low) <= documents.code(7, high)


@given(FLOATS, FLOATS, st.integers(0, 2**20 - 2))
def test_code_keeps_attributes_apart(one: float, other: float, attribute_id: int) -> None:
    assert documents.code(attribute_id, one) < documents.code(attribute_id + 1, other)


@given(FLOATS, st.integers(0, 2**20 - 1))
def test_code_is_exact_as_a_64_bit_float(number: float, attribute_id: int) -> None:
    code = documents.code(attribute_id, number)
    assert int(float(code)) == code


def test_code_tells_numbers_with_seven_digits_apart() -> None:
    assert documents.code(1, 1.000001) < documents.code(1, 1.000002)
    assert documents.code(1, -2) < documents.code(1, -1) < documents.code(1, 0) < documents.code(1, 739_647)
    assert documents.code(1, 739_646) < documents.code(1, 739_647)


def test_day_is_the_same_after_a_round_trip() -> None:
    assert documents.day_text(documents.day_number("2026-01-31")) == "2026-01-31"


async def test_have_no_time_of_publication_when_there_is_none_to_count(shop: Any) -> None:
    product_id = await shop.product("Lamp")
    for instant in ("infinity", "-infinity"):
        await shop.run("UPDATE products SET published_at = $1::text::timestamptz WHERE id = $2", instant, product_id)
        assert [document["published_at"] for document in await made(shop, product_id)] == [None]
