"""Records of products as they are imported, and what became of them."""

from typing import Any

from domain import catalogue_records
from domain.catalogue_record_fields import RecordError
from models.database import Database
from services import catalogue_import
from services.catalogue_import import CheckedRow, ImportCounts, refused_row
from services.feeds.opening import RefusedRow

TABLES = (
    *("merchants", "categories", "attributes", "products", "product_translations", "variants", "variant_prices"),
    *("product_prices", "warehouses", "stock_levels", "product_categories", "events"),
)


def product(external_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "merchant": "Acme",
        "externalId": external_id,
        "name": f"Lamp {external_id}",
        "category": ["Home", "Lamps"],
        "attributes": {"colour": "red"},
        "variants": [variant(f"SKU-{external_id}")],
        **changes,
    }


def variant(sku: str, **changes: Any) -> dict[str, Any]:
    return {"sku": sku, "prices": [{"amount": "19.90"}], "stock": 3, **changes}


async def run(
    database: Database, *documents: dict[str, Any], dry_run: bool = False, **options: Any
) -> tuple[ImportCounts, list[RefusedRow]]:
    """Import documents as the lines of a file."""
    rows = []
    for line, document in enumerate(documents, 1):
        try:
            rows.append(CheckedRow(line, 100, catalogue_records.read(document, currency="USD")))
        except RecordError as error:
            rows.append(CheckedRow(line, 100, refused_row(line, error)))
    refused: list[RefusedRow] = []
    async with catalogue_import.begin(database, dry_run=dry_run) as importing:
        counts = await importing.run(rows, refused=refused.append, **options)
    return counts, refused


async def select(database: Database, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(sql, *arguments)]


async def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {table: await select(database, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608
