"""The demo's products, as import documents: each is a function of the seed and its number alone."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.slugs import slugify
from services.demo_shelves import ATTRIBUTES, OPTIONS, SHELVES, Shelf, Words
from services.demo_words import DETAILS, MERCHANTS, MODELS, MODIFIERS, OPENINGS

EXTERNAL_ID_PREFIX = "demo-"
FIRST_PRODUCT_SLUG = "aurora-desk-lamp"
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_PUBLISHED_MINUTES = 500 * 24 * 60
_EUR_PER_USD = 0.92
_ENDINGS = ("00", "50", "90", "95")


def documents(*, products: int, seed: int) -> Iterator[dict[str, Any]]:
    """Make the first `products` documents; more of them begin with the same ones."""
    for number in range(products):
        yield _document(number, random.Random(f"{seed}/{number}"))  # noqa: S311  demo data is no secret


def _document(number: int, rng: random.Random) -> dict[str, Any]:
    shelf = SHELVES[number % len(SHELVES)]
    names = _names(number, shelf)
    sellers = [merchant.slug for merchant in MERCHANTS if shelf.root.en in merchant.roots]
    # The first product is the one that examples name, so its merchant is the known one too.
    merchant = sellers[0] if number == 0 else rng.choice(sellers)
    variants = _variants(f"{merchant[:3].upper()}-{number:05d}", shelf, rng)
    attributes = _attributes(shelf, variants, rng)
    texts = [rng.choice(OPENINGS), *rng.sample(DETAILS, 2)]
    slug = slugify(names.en)
    document = {
        "merchant": merchant,
        "externalId": f"{EXTERNAL_ID_PREFIX}{number:05d}",
        "name": names.en,
        "description": " ".join(text.en.format(noun=shelf.noun.en.lower()) for text in texts),
        "publishedAt": (_EPOCH + timedelta(minutes=rng.randrange(_PUBLISHED_MINUTES))).isoformat(),
        "category": shelf.path,
        "media": [
            {"url": f"/media/demo/{slug}{'' if view == 1 else f'-{view}'}.svg", "alt": names.en}
            for view in range(1, rng.randint(1, 3) + 1)
        ],
        "attributes": attributes,
        "variants": variants,
    }
    if number == 0:
        document["slug"] = FIRST_PRODUCT_SLUG
    if number % 3 != 2:  # noqa: PLR2004  two of three products are translated
        document["translations"] = {
            "de": {"name": names.de, "description": " ".join(text.de.format(noun=shelf.noun.de) for text in texts)},
            "fr": {"name": names.fr, "description": " ".join(text.fr.format(noun=shelf.noun.fr) for text in texts)},
        }
    return document


def _names(number: int, shelf: Shelf) -> Words:
    """Give each product of a shelf a name of its own: models first, then modifiers, then numbers."""
    place = SHELVES.index(shelf)
    turn, step = divmod(number // len(SHELVES), len(MODELS))
    edition, modifier = divmod(turn, len(MODIFIERS))
    # 7 has no divisor in common with the number of models, so a shelf goes through all of them before one comes again.
    model = MODELS[(step * 7 + place * 13) % len(MODELS)]
    words = [model, MODIFIERS[modifier], str(edition + 1) if edition else ""]
    name = " ".join(word for word in words if word)
    return Words(f"{name} {shelf.noun.en}", f"{name} {shelf.noun.de}", f"{shelf.noun.fr} {name}")


def _variants(code: str, shelf: Shelf, rng: random.Random) -> list[dict[str, Any]]:
    base = rng.randint(shelf.price_min, shelf.price_max)
    ending = rng.choice(_ENDINGS)
    reduced = rng.random() < 0.2  # noqa: PLR2004  one in five is on sale
    in_euro = rng.random() < 0.6  # noqa: PLR2004  three in five have a price in euro
    choices = _choices(shelf, rng)
    variants = []
    for place, choice in enumerate(choices):
        price = base + place * max(1, base // 20) if shelf.options and shelf.options[0] != "Colour" else base
        variants.append(
            {
                "sku": f"{code}-{place + 1}",
                "name": " / ".join(choice.values()),
                "optionValues": choice,
                "prices": [
                    _price(price, ending, "USD", reduced=reduced),
                    *([_price(int(price * _EUR_PER_USD), ending, "EUR", reduced=reduced)] if in_euro else ()),
                ],
                "weightGrams": rng.randrange(100, 9_000, 50),
                "barcode": f"40{rng.randrange(10**11):011d}",
                "stock": _stock(rng),
            }
        )
    return variants


def _choices(shelf: Shelf, rng: random.Random) -> list[dict[str, str]]:
    if not shelf.options:
        return [{}]
    option = shelf.options[0]
    values = OPTIONS[option]
    chosen = set(rng.sample(values, rng.randint(1, min(6, len(values)))))
    return [{option: value} for value in values if value in chosen]


def _price(whole: int, ending: str, currency: str, *, reduced: bool) -> dict[str, str]:
    price = {"amount": f"{whole}.{ending}", "currency": currency}
    if reduced:
        price["compareAt"] = f"{whole * 5 // 4 + 1}.{ending}"
    return price


def _stock(rng: random.Random) -> dict[str, int]:
    stock = {"main": 0 if rng.random() < 0.12 else rng.randint(1, 80)}  # noqa: PLR2004  one in eight is sold out
    if rng.random() < 0.3:  # noqa: PLR2004  three in ten lie in a second warehouse as well
        stock["outlet"] = rng.randint(0, 25)
    return stock


def _attributes(shelf: Shelf, variants: list[dict[str, Any]], rng: random.Random) -> dict[str, object]:
    attributes: dict[str, object] = {key: rng.choice(ATTRIBUTES[key][1]) for key in shelf.attributes}
    if colour := variants[0]["optionValues"].get("Colour"):
        attributes["colour"] = colour
    return attributes
