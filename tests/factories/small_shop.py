"""A shop so small that every answer about it can be written down."""

from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg

from tests.factories import catalogue


class SmallShop(NamedTuple):
    """The ids of what there is: home > lamps > desk-lamps, office; Ada sells lamps, Bob a chair, Carl is suspended."""

    ada: int
    bob: int
    carl: int
    home: int
    lamps: int
    desk_lamps: int
    office: int
    lamp: int
    chair: int
    draft: int
    archived: int
    carls: int
    small: int
    large: int
    seat: int
    praise: int


async def fill(connection: asyncpg.Connection) -> SmallShop:
    """Insert the whole shop."""
    ada = await catalogue.merchant(connection, slug="ada", name="Ada's Lamps", description="Light.")
    bob = await catalogue.merchant(connection, slug="bob", name="Bob")
    carl = await catalogue.merchant(connection, slug="carl", name="Carl", state="SUSPENDED")
    home = await catalogue.category(connection, slug="home", name="Home")
    lamps = await catalogue.category(connection, home, slug="lamps", name="Lamps")
    desk_lamps = await catalogue.category(connection, lamps, slug="desk-lamps", name="Desk lamps")
    office = await catalogue.category(connection, slug="office", name="Office", position=1)
    await catalogue.insert(
        connection, "attributes", key="height", label="Height", kind="NUMBER", unit="cm", filterable=True
    )
    lamp = await catalogue.product(
        connection,
        ada,
        category_id=desk_lamps,
        slug="lamp",
        name="Lamp",
        description="It shines.",
        options=[{"name": "Size", "values": ["S", "L"]}],
        media=[{"url": "/1.svg", "alt": "Front"}, {"url": "/2.svg", "alt": ""}],
        attributes={"height": 40.5, "colour": ["Red", "Blue"], "dimmable": True},
        published_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    large = await catalogue.variant(
        connection,
        lamp,
        sku="L-L",
        name="L",
        position=1,
        option_values=[{"name": "Size", "value": "L"}],
        prices={"USD": 4500},
    )
    small = await catalogue.variant(
        connection, lamp, sku="L-S", name="S", position=0, option_values=[{"name": "Size", "value": "S"}]
    )
    await catalogue.price(connection, small, "USD", 2990, compare_at=3990)
    await catalogue.price(connection, small, "JPY", 4400)
    for on_hand, reserved in ((5, 2), (4, 4)):
        await catalogue.stock(connection, small, await catalogue.warehouse(connection, ada), on_hand, reserved)
    for day, (stars, author) in enumerate([(5, "Bea"), (4, "Cem"), (4, "Dora"), (4, "Emil")], 1):
        praise = await catalogue.review(
            connection,
            lamp,
            stars,
            author_name=author,
            title=f"{stars} stars",
            body="Bright.",
            created_at=datetime(2026, 3, day, tzinfo=UTC),
        )
    await catalogue.review(connection, lamp, 1, state="HIDDEN", author_name="Troll")
    chair = await catalogue.product(
        connection, bob, category_id=office, slug="chair", name="Chair", published_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    seat = await catalogue.variant(connection, chair, sku="C", prices={"EUR": 12000})
    draft = await catalogue.product(connection, ada, category_id=lamps, slug="draft", status="DRAFT")
    archived = await catalogue.product(connection, ada, category_id=lamps, slug="archived", status="ARCHIVED")
    carls = await catalogue.product(connection, carl, category_id=lamps, slug="carls")
    return SmallShop(
        ada, bob, carl, home, lamps, desk_lamps, office, lamp, chair, draft, archived, carls, small, large, seat, praise
    )


async def grow(connection: asyncpg.Connection, shop: SmallShop, products: int) -> None:
    """Make the desk lamps so many, each with a merchant, a category and all else of its own, and add roots."""
    for number in range(1, products):
        category = await catalogue.category(connection, shop.desk_lamps)
        await catalogue.category(connection, await catalogue.category(connection))
        merchant = await catalogue.merchant(connection)
        product = await catalogue.product(
            connection,
            merchant,
            category_id=category,
            name=f"Lamp {number}",
            media=[{"url": f"/{number}.svg", "alt": ""}],
            attributes={"height": number},
        )
        for size in range(3):
            variant = await catalogue.variant(connection, product, prices={"USD": 100 + size}, position=size)
            await catalogue.stock(connection, variant, await catalogue.warehouse(connection, merchant), size)
        await catalogue.review(connection, product, 1 + number % 5)
