"""Who the demo's merchants are before the law: places and numbers of nobody's."""

from dataclasses import asdict
from typing import Final

import asyncpg
import orjson

from domain import legal_details
from domain.legal_details import LegalDetails

_SAID: Final = (
    ("northwind-living", "Northwind Living ApS", "Havnegade 901", "8000", "Aarhus C", "DK", "DK00000901"),
    ("lumen-and-oak", "Lumen & Oak GmbH", "Werkstattstraße 902", "04229", "Leipzig", "DE", "DE000000902"),
    ("bluebird-audio", "Bluebird Audio Ltd", "903 Chorus Lane", "BS1 0AA", "Bristol", "GB", "GB000000903"),
    ("keystroke", "Keystroke B.V.", "Toetsenkade 904", "3011 AA", "Rotterdam", "NL", "NL000000904B01"),
    ("atelier-marais", "Atelier Marais SARL", "905 rue des Chutes", "75003", "Paris", "FR", "FR00000000905"),
    ("wool-and-weather", "Wool & Weather AS", "Vindveien 906", "5003", "Bergen", "NO", "000 000 906 MVA"),
    ("copper-kettle", "The Copper Kettle Ltd", "907 Tinker Street", "D02 AA00", "Dublin", "IE", "IE0000907A"),
    ("casa-azul", "Casa Azul Lda", "Rua do Azulejo 908", "1100-000", "Lisboa", "PT", "PT000000908"),
    ("ridgeline-outfitters", "Ridgeline Outfitters Inc.", "909 Treeline Road", "80302", "Boulder", "US", "00-0000909"),
    ("velo-works", "Velo Works AG", "Speichenweg 910", "8004", "Zürich", "CH", "CHE-000.000.910 MWST"),
    ("little-harbour", "Little Harbour AB", "Leksaksgatan 911", "411 00", "Göteborg", "SE", "SE000000091101"),
    ("moon-and-meadow", "Moon & Meadow Oy", "Niittykatu 912", "00100", "Helsinki", "FI", "FI00000912"),
)
_WRITE: Final = """
    INSERT INTO merchant_legal_details (merchant_id, name, line1, line2, city, region, postal_code, country, tax_number,
        email, changed_at)
    SELECT merchants.id, said.name, line1, line2, city, region, postal_code, country, tax_number, email, created_at
    FROM jsonb_to_recordset($1::text::jsonb) AS said (slug text, name text, line1 text, line2 text, city text,
        region text, postal_code text, country text, tax_number text, email text)
    JOIN merchants USING (slug)
    ON CONFLICT (merchant_id) DO NOTHING
"""


def all_of() -> dict[str, LegalDetails]:
    """Give the details by the merchants' slugs."""
    return {
        slug: legal_details.checked(
            name=name,
            line1=line1,
            postal_code=postal_code,
            city=city,
            country=country,
            tax_number=tax_number,
            email=f"office@{slug}.example",
        )
        for slug, name, line1, postal_code, city, country, tax_number in _SAID
    }


async def write(connection: asyncpg.Connection) -> None:
    """Write them for the demo's merchants that have none."""
    rows = [{"slug": slug, **asdict(details)} for slug, details in all_of().items()]
    await connection.execute(_WRITE, orjson.dumps(rows).decode())
