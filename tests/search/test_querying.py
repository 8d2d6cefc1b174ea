"""A search for products ..."""

import asyncio
from typing import Any

import pytest

from search.client import Meilisearch
from search.filters import AttributeSelection
from search.requests import HIGHLIGHT_END, HIGHLIGHT_START, AttributeOrder, Order


async def test_forgives_small_typing_errors(shop: Any) -> None:
    lamp = await shop.product("Copper lantern")
    await shop.product("Chair")
    await shop.index()
    assert [await shop.ids("lantren"), await shop.ids("coper lanterns")] == [[lamp], [lamp]]


async def test_wants_every_word(shop: Any) -> None:
    both = await shop.product("Copper lantern")
    await shop.product("Copper kettle")
    await shop.index()
    assert await shop.ids("copper lantern") == [both]


async def test_finds_by_sku_barcode_merchant_category_and_searchable_attribute(shop: Any) -> None:
    await shop.attribute("material", "TEXT", searchable=True)
    lamp = await shop.product("Lamp", merchant="zenith", category="lights", attributes={"material": "velvet"})
    await shop.product("Chair")
    await shop.index()
    for text in ("SKU1", "40000001", "zenith", "lights", "velvet"):
        assert await shop.ids(text) == [lamp], text


async def test_finds_the_texts_of_every_locale(shop: Any) -> None:
    lamp = await shop.product("Lamp", translations={"de": ("Leuchte", "Aus Messing."), "fr": ("Lampadaire", "")})
    await shop.index()
    assert [await shop.ids(text) for text in ("leuchte", "messing", "lampadaire")] == [[lamp]] * 3


async def test_passes_over_stop_words_and_knows_synonyms(shop: Any) -> None:
    sofa = await shop.product("Sofa")
    await shop.index()
    assert await shop.ids("the couch") == []
    await shop.run("INSERT INTO search_stop_words VALUES ('the')")
    await shop.run("INSERT INTO search_synonyms VALUES ('couch', '{sofa}')")
    await shop.happened("search_tuning", 0)
    await shop.index()
    assert await shop.ids("the couch") == [sofa]


async def test_sorts_by_each_order_and_breaks_ties_by_id(shop: Any) -> None:
    await shop.attribute("width", "NUMBER", sortable=True)
    a = await shop.product("Beta", prices={"USD": 300}, ratings=[3], attributes={"width": 9})
    b = await shop.product("Alpha", prices={"USD": 100}, ratings=[5], attributes={"width": 10})
    c = await shop.product("Gamma", prices={"USD": 300}, translations={"de": ("Aal", "")})
    d = await shop.product("Delta", prices={"EUR": 1})
    await shop.index()
    assert await shop.ids(order=Order.NEWEST) == [d, c, b, a]
    assert await shop.ids(order=Order.PRICE_ASC) == [b, a, c, d]
    assert await shop.ids(order=Order.PRICE_DESC) == [c, a, b, d]
    assert await shop.ids(order=Order.RATING) == [b, a, d, c]
    assert await shop.ids(order=Order.NAME) == [b, a, d, c]
    assert await shop.ids(order=Order.NAME, locales=["de"]) == [c, b, a, d]
    assert await shop.ids(order=AttributeOrder("width", descending=False)) == [a, b, d, c]
    assert await shop.ids(order=AttributeOrder("width", descending=True)) == [b, a, d, c]


async def test_counts_every_facet_exactly(shop: Any) -> None:
    await shop.attribute("colour", "TEXT")
    await shop.attribute("width", "NUMBER")
    await shop.attribute("since", "DATE")
    await shop.category("lamps", "garden")
    await shop.product(
        "A", category="lamps", prices={"USD": 500}, ratings=[4, 5], attributes={"colour": "Red", "width": 10.5}
    )
    await shop.product("B", category="garden", prices={"USD": 900}, ratings=[2], attributes={"colour": "red"}, stock=0)
    await shop.product("C", merchant="zenith", attributes={"colour": "Blue", "since": "2026-01-31"})
    await shop.index()
    counts = await shop.find().find(facets=True)
    found = {facet.name: facet for facet in counts.facets}
    assert counts.total == (await shop.find().find(total=True)).total == 3
    assert found["category"].values == [("garden", 2), ("lamps", 1)]
    assert found["merchant"].values == [("acme", 2), ("zenith", 1)]
    assert found["price"].range == (500, 900)
    assert found["rating"].values == [("4", 1), ("3", 1), ("2", 2), ("1", 2)]
    assert found["availability"].values == [("true", 2), ("false", 1)]
    assert [(value.lower(), count) for value, count in found["attributes.colour"].values] == [("red", 2), ("blue", 1)]
    assert (found["attributes.width"].values, found["attributes.width"].range) == ([("10.5", 1)], (10.5, 10.5))
    assert found["attributes.since"].range == (739_647, 739_647)


async def test_counts_by_as_few_questions_as_can_be(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    request = Meilisearch.request

    async def counted(self: Meilisearch, method: str, path: str, body: Any = None, **more: Any) -> Any:
        if path == "/multi-search":
            asked.append(len(body["queries"]))
        return await request(self, method, path, body, **more)

    await shop.attribute("width", "NUMBER")
    await shop.product("Lamp", attributes={"width": 3})
    await shop.index()
    monkeypatch.setattr(Meilisearch, "request", counted)
    for questions in (
        [2, 1],
        [2],
    ):  # what is numeric of lamps is known the second time; the total is counted by the way
        asked.clear()
        found = await shop.find("lamp").find(page=True, total=True, facets=True)
        assert (len(found.page.ids), found.total) == (1, 1)
        assert {facet.name: facet.range for facet in found.facets}["attributes.width"] == (3, 3)
        assert asked == questions
    await shop.attribute("height", "NUMBER")
    await shop.product("Lamp", attributes={"height": 4})
    await shop.index()
    found = await shop.facets("lamp")
    assert (found["attributes.width"].range, found["attributes.height"].range) == ((3, 3), (4, 4))


async def test_does_not_narrow_a_facet_by_its_own_selection(shop: Any) -> None:
    colour = await shop.attribute("colour", "TEXT")
    red = await shop.product("A", attributes={"colour": "red"}, prices={"USD": 100}, ratings=[5])
    await shop.product("B", attributes={"colour": "blue"}, prices={"USD": 900}, ratings=[1])
    await shop.product("C", attributes={"colour": "blue"}, merchant="zenith", prices={"USD": 500}, stock=0)
    await shop.index()
    chosen = {"attributes": (AttributeSelection(id=colour, key="colour", values=("RED",)),)}
    assert await shop.ids(**chosen) == [red]
    found = await shop.facets(**chosen)
    assert found["attributes.colour"].values == [("blue", 2), ("red", 1)]
    assert [found["attributes.colour"].has_selected(value) for value in ("blue", "red")] == [False, True]
    assert found["merchant"].values == [("acme", 1)]
    found = await shop.facets(merchants=("acme",), price_min=50, price_max=600, rating_min=20_000, available=True)
    assert found["merchant"].values == [("acme", 1)]
    assert found["price"].range == (100, 100)
    assert found["rating"].values == [("4", 1), ("3", 1), ("2", 1), ("1", 1)]
    assert found["availability"].values == [("true", 1)]
    assert (await shop.facets(merchants=("zenith",)))["merchant"].values == [("acme", 2), ("zenith", 1)]
    assert (await shop.facets(price_max=100))["price"].range == (100, 900)


async def test_lists_a_selected_value_that_nothing_has(shop: Any) -> None:
    colour = await shop.attribute("colour", "TEXT")
    await shop.product("A", attributes={"colour": "red"}, category="lamps", ratings=[3])
    await shop.category("chairs")
    await shop.merchant("zenith")
    await shop.index()
    found = await shop.facets(
        "a",
        category="chairs",
        merchants=("zenith",),
        rating_min=45_000,
        available=False,
        attributes=(AttributeSelection(id=colour, key="colour", values=("Blue",)),),
    )
    assert {name: facet.values for name, facet in found.items()} == {
        "category": [("chairs", 0)],
        "merchant": [("zenith", 0)],
        "rating": [("4.5", 0)],
        "availability": [("false", 0)],
        "attributes.colour": [("Blue", 0)],
    }


async def test_counts_a_selected_value_that_is_not_among_the_most_frequent(shop: Any) -> None:
    colour = await shop.attribute("colour", "TEXT")
    for number in range(21):
        for _ in range(2):
            await shop.product("A", attributes={"colour": f"c{number:02}"})
    await shop.product("A", attributes={"colour": "rare"})
    await shop.index()
    found = await shop.facets(attributes=(AttributeSelection(id=colour, key="colour", values=("rare",)),))
    assert found["attributes.colour"].values == [*((f"c{number:02}", 2) for number in range(20)), ("rare", 1)]


async def test_narrows_a_number_by_bounds_that_count_as_inside(shop: Any) -> None:
    width = await shop.attribute("width", "NUMBER")
    height = await shop.attribute("height", "NUMBER")
    ids = [await shop.product("A", attributes={"width": number, "height": 10 - number}) for number in range(5)]
    await shop.index()

    async def between(attribute_id: int, key: str, minimum: float | None, maximum: float | None) -> list[int]:
        selection = AttributeSelection(id=attribute_id, key=key, minimum=minimum, maximum=maximum)
        return sorted(await shop.ids(attributes=(selection,)))

    assert await between(width, "width", 1, 3) == ids[1:4]
    assert await between(width, "width", None, 1) == ids[:2]
    assert await between(width, "width", 3.5, None) == ids[4:]
    assert await between(height, "height", 6, 7) == ids[3:]
    found = await shop.facets(attributes=(AttributeSelection(id=width, key="width", minimum=4, maximum=None),))
    assert found["attributes.width"].range == (0, 4)


async def test_takes_quotes_and_backslashes_in_values(shop: Any) -> None:
    size = await shop.attribute("size", "TEXT")
    value = '17" \\ "AND" = [x]'
    product_id = await shop.product("A", attributes={"size": value})
    await shop.product("B", attributes={"size": "17"})
    await shop.index()
    assert await shop.ids(attributes=(AttributeSelection(id=size, key="size", values=(value,)),)) == [product_id]


async def test_pages_through_all_hits_without_gap_or_repetition(shop: Any) -> None:
    ids = [await shop.product(f"Chair {number}") for number in range(7)]
    await shop.index()
    finds = [shop.find("chair", order=Order.NEWEST, offset=offset, limit=3).find(page=True) for offset in (0, 3, 6)]
    pages = [found.page for found in await asyncio.gather(*finds)]
    assert [product_id for page in pages for product_id in page.ids] == ids[::-1]
    assert [page.has_next for page in pages] == [True, True, False]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({1: "x"}, ["x", "c3", "c2", "c1", "c0"]),
        ({3: "x"}, ["c3", "c2", "x", "c1", "c0"]),
        ({2: "c0", 4: "x"}, ["c3", "c0", "c2", "x", "c1"]),
        ({1: "gone", 2: "x"}, ["c3", "x", "c2", "c1", "c0"]),
        ({50: "x", 60: "c3"}, ["c2", "c1", "c0", "x", "c3"]),
    ],
)
async def test_puts_pinned_products_in_their_places(shop: Any, places: dict[int, str], expected: list[str]) -> None:
    ids = {f"c{number}": await shop.product("Chair") for number in range(4)}
    ids["x"] = await shop.product("Sofa")
    ids["gone"] = await shop.product("Chair", status="ARCHIVED")
    await shop.index()
    pins = tuple((place, ids[name]) for place, name in places.items())
    names = {product_id: name for name, product_id in ids.items()}
    for size in (1, 2, 3, 10):
        paged: list[int] = []
        for offset in range(0, 10, size):
            paged += await shop.ids("chair", pins=pins, offset=offset, limit=size)
        assert [names[product_id] for product_id in paged] == expected, size
    counts = await shop.find("chair", pins=pins).find(facets=True)
    assert counts.total == 5
    assert {facet.name: facet.values for facet in counts.facets}["merchant"] == [("acme", 5)]


async def test_leaves_out_a_pinned_product_that_the_filter_excludes(shop: Any) -> None:
    chair = await shop.product("Chair")
    sofa = await shop.product("Sofa", merchant="zenith")
    await shop.index()
    assert await shop.ids("chair", pins=((1, sofa),), merchants=("acme",)) == [chair]
    assert (await shop.find("chair", pins=((1, sofa),), merchants=("acme",)).find(total=True)).total == 1


async def test_marks_what_matched_in_the_best_locale(shop: Any) -> None:
    lamp = await shop.product(
        "Copper lamp", description="A lamp. " + "word " * 100, translations={"de": ("Kupferlampe", "Eine Lampe.")}
    )
    await shop.index()

    def mark(word: str) -> str:
        return f"{HIGHLIGHT_START}{word}{HIGHLIGHT_END}"

    marked = (await shop.find("lamp").marked([lamp]))[lamp]
    assert marked["name"] == f"Copper {mark('lamp')}"
    assert marked["description"].startswith(f"A {mark('lamp')}. word")
    assert len(marked["description"].split()) < 40
    assert (await shop.find("lampe", locales=["de"]).marked([lamp]))[lamp]["description"] == f"Eine {mark('Lampe')}."


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("smasnug glaaxy", "samsung galaxy"),
        ("samsung lamp", "samsung"),
        ("samsung galaxy from mars", "samsung galaxy"),
        ("qqqqqq", None),
    ],
)
async def test_suggests_a_wording_that_finds_something(shop: Any, typed: str, suggested: str | None) -> None:
    await shop.product("Samsung Galaxy phone")
    await shop.product("Samsung television")
    await shop.product("Copper lamp")
    await shop.index()
    search = shop.find(typed)
    assert (await search.find(total=True)).total == 0
    assert await shop.search.suggestion(search.query) == suggested
    if suggested:
        assert (await shop.find(suggested).find(total=True)).total > 0


async def test_finds_values_of_one_facet(shop: Any) -> None:
    colour = await shop.attribute("colour", "TEXT")
    await shop.attribute("colours", "TEXT")
    for value in ("Black", "Light blue", "blue", "Blue", "Red"):
        await shop.product("A", attributes={"colour": value, "colours": "Bluish"})
    await shop.category("lamps")
    await shop.product("A", category="lamps", merchant="zenith")
    await shop.index()
    query = shop.find().query
    values = await shop.search.facet_values(query, name="attributes.colour", text="bl")
    assert [(value.lower(), count) for value, count in values] == [("blue", 2), ("black", 1), ("light blue", 1)]
    assert await shop.search.facet_values(query, name="merchant", text="zen") == [("zenith", 1)]
    assert await shop.search.facet_values(query, name="category", text="lam") == [("lamps", 1)]
    assert await shop.search.facet_values(query, name="merchant", text="nobody") == []
    narrowed = shop.find(attributes=(AttributeSelection(id=colour, key="colour", values=("Red",)),)).query
    assert await shop.search.facet_values(narrowed, name="attributes.colour", text="black") == [("Black", 1)]


async def test_over_everything_ranks_products_categories_and_merchants_together(shop: Any) -> None:
    lamps = await shop.category("lamps")
    lamp = await shop.product("Lamps of copper", category="lamps", merchant="zenith")
    await shop.index()
    assert list(await shop.search.everything("lamps", limit=5)) == [("categories", lamps), ("products", lamp)]
    assert list(await shop.search.everything("zenith", limit=1)) == [("merchants", await shop.merchant("zenith"))]
