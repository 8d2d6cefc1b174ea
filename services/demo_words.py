"""The demo's texts: model names, merchants, and the phrases that descriptions and reviews are put together from."""

from typing import NamedTuple

from services.demo_shelves import Words


class DemoMerchant(NamedTuple):
    """A merchant, and the root categories (English names) it sells in."""

    slug: str
    name: str
    description: str
    roots: tuple[str, ...]


MERCHANTS: tuple[DemoMerchant, ...] = (
    DemoMerchant(
        "northwind-living",
        "Northwind Living",
        "Calm, well-made things for the home, chosen by two sisters in Aarhus since 2009.",
        ("Home & Living", "Kitchen & Dining"),
    ),
    DemoMerchant(
        "lumen-and-oak",
        "Lumen & Oak",
        "Lamps and furniture from a workshop of eleven people. Every piece can be repaired.",
        ("Home & Living",),
    ),
    DemoMerchant(
        "bluebird-audio",
        "Bluebird Audio",
        "Headphones and speakers tuned by musicians, with five years of warranty.",
        ("Electronics",),
    ),
    DemoMerchant(
        "keystroke",
        "Keystroke",
        "Everything for the desk: keyboards, mice, screens and what powers them.",
        ("Electronics",),
    ),
    DemoMerchant(
        "atelier-marais",
        "Atelier Marais",
        "Clothes cut in small series in Paris, from leftover cloth of larger houses.",
        ("Fashion",),
    ),
    DemoMerchant(
        "wool-and-weather",
        "Wool & Weather",
        "Knitwear and scarves from mulesing-free wool, made for wind.",
        ("Fashion", "Outdoor & Sport"),
    ),
    DemoMerchant(
        "copper-kettle",
        "The Copper Kettle",
        "Pans, pots and cups for people who cook every day.",
        ("Kitchen & Dining",),
    ),
    DemoMerchant(
        "casa-azul",
        "Casa Azul",
        "Hand-thrown tableware and woven textiles from Portugal and Mexico.",
        ("Kitchen & Dining", "Home & Living"),
    ),
    DemoMerchant(
        "ridgeline-outfitters",
        "Ridgeline Outfitters",
        "Tents, packs and sleeping bags, tested above the tree line before we sell them.",
        ("Outdoor & Sport",),
    ),
    DemoMerchant(
        "velo-works",
        "Velo Works",
        "A bicycle workshop that also ships: helmets, lights and bags.",
        ("Outdoor & Sport", "Electronics"),
    ),
    DemoMerchant(
        "little-harbour",
        "Little Harbour",
        "Toys that last for more than one child.",
        ("Kids & Toys",),
    ),
    DemoMerchant(
        "moon-and-meadow",
        "Moon & Meadow",
        "Soft things for small people, washable without worry.",
        ("Kids & Toys", "Fashion"),
    ),
)

_MODEL_NAMES = """
Aurora Bergen Cirrus Delta Ember Fjord Grove Harbor Indigo Juniper Kestrel Lark Meridian Nimbus Orchard Prairie Quarry
Ripple Solstice Tundra Umbra Vesper Willow Xenia Yarrow Zephyr Alder Basalt Cedar Dune Estuary Fern Glacier Heron Iris
Jetty Kelp Linden Marsh Nova Onyx Pebble Quill Reed Sorrel Thistle Ursa Verbena Wren Acorn Birch Canyon Dahlia Echo
Flint Garnet Haven Isle Jasper Kite Lagoon Maple Nectar Opal Pine Quartz Rowan Saffron Topaz Valley Wharf Amber Beacon
Cobalt Drift Elm Foxglove Granite Hazel Ivy Jade Kindle Lotus Mistral Nettle Oriel Poppy Rune Summit Verve
"""
MODELS = tuple(_MODEL_NAMES.split())
MODIFIERS = ("", "Mini", "Plus", "Studio", "Classic", "Light", "Grande", "Duo", "Nord", "Atelier", "Terra", "Nuit")

OPENINGS = (
    Words("A {noun} that does its work quietly and looks good doing it.",
          "{noun}: zurückhaltend im Auftritt, zuverlässig im Alltag.",
          "{noun} : discret, fiable et beau au quotidien."),
    Words("Designed for everyday use and made to be kept for years.",
          "Für jeden Tag entworfen und dafür gemacht, Jahre zu halten.",
          "Pensé pour tous les jours et fait pour durer des années."),
    Words("Our most asked-for {noun}, now in its third edition.",
          "Unser meistgefragtes Modell, jetzt in der dritten Auflage.",
          "Notre modèle le plus demandé, dans sa troisième édition."),
    Words("Simple lines, honest materials and no part that cannot be replaced.",
          "Klare Linien, ehrliche Materialien und kein Teil, das sich nicht ersetzen lässt.",
          "Des lignes simples, des matériaux honnêtes, aucune pièce irremplaçable."),
    Words("Small enough for a flat in the city, sturdy enough for a house in the country.",
          "Klein genug für die Stadtwohnung, robust genug für das Haus auf dem Land.",
          "Assez petit pour un appartement, assez solide pour une maison de campagne."),
)  # fmt: skip
DETAILS = (
    Words("The finish is applied by hand, so no two are quite alike.",
          "Die Oberfläche wird von Hand behandelt, kein Stück gleicht ganz dem anderen.",
          "La finition est faite à la main : aucune pièce n'est tout à fait identique."),
    Words("Arrives in a box without plastic, ready to use.",
          "Kommt gebrauchsfertig in einer Verpackung ohne Plastik.",
          "Livré prêt à l'emploi, dans un emballage sans plastique."),
    Words("Tested in our own workshop for ten thousand cycles.",
          "In unserer Werkstatt zehntausendmal getestet.",
          "Testé dix mille fois dans notre atelier."),
    Words("Spare parts are available for at least ten years.",
          "Ersatzteile gibt es mindestens zehn Jahre lang.",
          "Pièces détachées disponibles pendant au moins dix ans."),
    Words("Made in a family-run factory that we visit every spring.",
          "Aus einem Familienbetrieb, den wir jedes Frühjahr besuchen.",
          "Fabriqué dans une entreprise familiale que nous visitons chaque printemps."),
    Words("Goes well with the other pieces of the series.",
          "Passt zu den anderen Stücken der Serie.",
          "S'accorde avec les autres pièces de la série."),
)  # fmt: skip

_REVIEWER_NAMES = """
Ana Bram Chiara Diego Elif Farid Greta Hugo Ines Jonas Kaja Leo Mira Nils Olga Pavel Quentin Rosa Sami Tove Uma Viktor
Wanda Yusuf Zoe
"""
REVIEWERS = tuple(_REVIEWER_NAMES.split())
REVIEWER_INITIALS = "ABCDEFGHKLMNPRSTVW"
REVIEW_TITLES = {
    1: ("Returned it", "Broke within a week", "Not as described"),
    2: ("Expected more", "Disappointing for the price", "Had to be exchanged"),
    3: ("It is fine", "Good, with a catch", "Does what it should"),
    4: ("Very good", "Happy with it", "Almost perfect"),
    5: ("Exactly what I wanted", "Would buy it again", "A joy every day", "Better than the pictures"),
}
REVIEW_VERDICTS = {
    1: ("It stopped being usable after a few days.", "What arrived had little to do with the photos."),
    2: ("The idea is good, the execution is not.", "I have owned cheaper ones that were better made."),
    3: ("Nothing wrong with it, nothing special either.", "It took some getting used to."),
    4: ("I use it almost daily and have only one small wish left.", "Solid work and a fair price."),
    5: (
        "The quality surprised me from the moment I opened the box.",
        "I have already ordered a second one as a present.",
    ),
}
REVIEW_DETAILS = (
    "Delivery took three days.",
    "Delivery took a little longer than promised.",
    "The colour is slightly darker than on my screen.",
    "It is smaller than I had imagined, so do measure first.",
    "The packaging was simple and without plastic.",
    "Customer service answered within an hour.",
    "My partner, who usually dislikes new things, approves.",
    "After two months it still looks new.",
    "The instructions could be clearer.",
    "It feels heavier and better made than its price suggests.",
)

SYNONYMS = {
    "sofa": ["armchair"],
    "lamp": ["light"],
    "light": ["lamp"],
    "jumper": ["sweater"],
    "pullover": ["sweater"],
    "earphones": ["headphones"],
    "rucksack": ["backpack"],
    "trainers": ["sneakers"],
    "cup": ["mug"],
    "display": ["monitor"],
}
STOP_WORDS = ("a", "an", "and", "for", "in", "of", "the", "with")
COLLECTIONS = (
    ("bright-evenings", "Bright evenings", "Dimmable light for every corner.",
     {"all": [{"field": "category", "is": "one_of", "value": ["lighting", "night-lights"]},
              {"field": "attributes.dimmable", "is": "equals", "value": "true"}]}),
    ("gifts-under-50", "Gifts under 50", "Well rated, in stock and kind to the purse.",
     {"all": [{"field": "price", "is": "at_most", "value": 5000}, {"field": "rating", "is": "at_least", "value": 4},
              {"field": "available", "is": "equals", "value": True}]}),
    ("out-in-the-rain", "Out in the rain", "Everything that stays dry.",
     {"all": [{"field": "category", "is": "one_of", "value": ["outdoor-sport", "fashion"]},
              {"field": "attributes.waterproof", "is": "equals", "value": "true"}]}),
    ("northwind-favourites", "Northwind favourites", "What customers of Northwind Living come back for.",
     {"all": [{"field": "merchant", "is": "equals", "value": "northwind-living"},
              {"field": "rating", "is": "at_least", "value": 4}]}),
)  # fmt: skip
"""Slug, name, description and rule (`domain.rules`) of each collection."""
