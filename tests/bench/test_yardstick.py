"""The yardstick ..."""

from graphql import execute_sync, validate

from tests.bench import yardstick


def test_is_a_listing_of_24_products_each_with_price_category_and_merchant() -> None:
    assert validate(yardstick.SCHEMA, yardstick.DOCUMENT) == []
    data, errors = execute_sync(yardstick.SCHEMA, yardstick.DOCUMENT, yardstick.data())
    assert errors is None
    assert data is not None
    assert len(data["products"]["nodes"]) == 24
    assert data["products"]["nodes"][3] == {
        "id": "product:3",
        "name": "product 3",
        "slug": "product-3",
        "priceRange": {"min": {"amount": "3.90", "currency": "USD"}},
        "category": {"id": "category:3", "name": "category 3", "slug": "category-3"},
        "merchant": {"id": "merchant:3", "name": "merchant 3", "slug": "merchant-3"},
    }


def test_takes_figures_to_the_bars_machine_by_its_median() -> None:
    assert yardstick.factor([3.0, 100.0, 4.0]) == 0.5


async def test_is_measured_in_a_process_of_its_own() -> None:
    async with yardstick.running() as measure:
        await measure.measure()
        await measure.measure()
    assert len(measure.samples_ms) == 2
    assert min(measure.samples_ms) > 0
    assert measure.process.process.returncode == 0
