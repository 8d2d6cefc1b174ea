"""What the demo shop sells: its category tree, and for each leaf of it what a product is called, has and costs."""

from typing import NamedTuple

from services.catalogue_import_vocabulary import AttributeHint


class Words(NamedTuple):
    """One text in the demo's three locales."""

    en: str
    de: str
    fr: str


class Shelf(NamedTuple):
    """A leaf category. `noun` names one product; prices are whole USD from `price_min` to `price_max`.

    `options` and `attributes` are keys of OPTIONS and ATTRIBUTES.
    """

    root: Words
    section: Words
    name: Words
    noun: Words
    price_min: int
    price_max: int
    options: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def path(self) -> list[str]:
        """The category's path of English names, as an import record states it."""
        return [self.root.en, self.section.en, self.name.en]


OPTIONS: dict[str, tuple[str, ...]] = {
    "Colour": ("Black", "White", "Sage", "Terracotta", "Navy", "Sand", "Mustard", "Slate"),
    "Size": ("XS", "S", "M", "L", "XL", "XXL"),
    "Shoe size": ("38", "39", "40", "41", "42", "43", "44"),
    "Capacity": ("5,000 mAh", "10,000 mAh", "20,000 mAh"),
    "Diameter": ("20 cm", "24 cm", "28 cm"),
    "Set": ("Single", "Set of 2", "Set of 4", "Set of 6"),
    "Layout": ("US", "UK", "German", "French"),
}

_COLOURS = OPTIONS["Colour"]
_WOODS = ("Oak", "Walnut", "Beech", "Ash", "Bamboo")
_FABRICS = ("Cotton", "Linen", "Wool", "Recycled polyester", "Organic cotton")
_METALS = ("Steel", "Aluminium", "Brass", "Cast iron")

ATTRIBUTES: dict[str, tuple[AttributeHint, tuple[object, ...]]] = {
    # Text: nearly every feed that somebody imports beside the demo has a colour, and colours of its own.
    "colour": (AttributeHint("Colour", "TEXT", filterable=True, searchable=True), _COLOURS),
    "wood": (AttributeHint("Wood", "ENUMERATION", allowed_values=_WOODS, filterable=True, searchable=True), _WOODS),
    "fabric": (
        AttributeHint("Fabric", "ENUMERATION", allowed_values=_FABRICS, filterable=True, searchable=True),
        _FABRICS,
    ),
    "metal": (AttributeHint("Metal", "ENUMERATION", allowed_values=_METALS, filterable=True, searchable=True), _METALS),
    "width": (
        AttributeHint("Width", "NUMBER", "cm", filterable=True, sortable=True),
        (12, 18.5, 24, 32, 45, 60, 80, 120),
    ),
    "height": (
        AttributeHint("Height", "NUMBER", "cm", filterable=True, sortable=True),
        (8, 15, 27.5, 42, 75, 110, 160),
    ),
    "power": (
        AttributeHint("Power", "NUMBER", "W", filterable=True, sortable=True),
        (4.5, 7, 9, 12, 20, 45, 900, 1200),
    ),
    "volume": (
        AttributeHint("Volume", "NUMBER", "l", filterable=True, sortable=True),
        (0.3, 0.5, 0.9, 1.2, 1.8, 25, 40, 65),
    ),
    "screen": (AttributeHint("Screen size", "NUMBER", "in", filterable=True, sortable=True), (24, 27, 31.5, 34)),
    "battery": (AttributeHint("Battery life", "NUMBER", "h", filterable=True, sortable=True), (8, 12, 20, 30, 48)),
    "pieces": (AttributeHint("Pieces", "NUMBER", filterable=True, sortable=True), (12, 24, 50, 100, 500, 1000)),
    "persons": (AttributeHint("Persons", "NUMBER", filterable=True), (1, 2, 3, 4, 6)),
    "dimmable": (AttributeHint("Dimmable", "BOOLEAN", filterable=True), (True, False)),
    "wireless": (AttributeHint("Wireless", "BOOLEAN", filterable=True), (True, True, False)),
    "waterproof": (AttributeHint("Waterproof", "BOOLEAN", filterable=True), (True, False)),
    "dishwasher_safe": (AttributeHint("Dishwasher safe", "BOOLEAN", filterable=True), (True, True, False)),
    "handmade": (AttributeHint("Handmade", "BOOLEAN", filterable=True), (True, False, False)),
    "season": (
        AttributeHint(
            "Season",
            "ENUMERATION",
            allowed_values=("Spring", "Summer", "Autumn", "Winter", "All year"),
            filterable=True,
        ),
        ("Spring", "Summer", "Autumn", "Winter", "All year"),
    ),
    "age": (
        AttributeHint("Age", "ENUMERATION", allowed_values=("0+", "12 months+", "3+", "6+"), filterable=True),
        ("0+", "12 months+", "3+", "6+"),
    ),
    "care": (
        AttributeHint("Care", "TEXT", filterable=False, searchable=True),
        ("Machine wash at 30 °C", "Hand wash only", "Wipe with a damp cloth", "Dry clean"),
    ),
    "designed_in": (
        AttributeHint("Designed in", "TEXT", filterable=True, searchable=True),
        ("Copenhagen", "Lisbon", "Berlin", "Lyon", "Ghent", "Turin"),
    ),
    "launched": (
        AttributeHint("Launched", "DATE", filterable=False, sortable=True),
        ("2023-03-01", "2023-09-15", "2024-02-20", "2024-10-01", "2025-04-10", "2025-09-05"),
    ),
}
"""Each attribute with its definition and the values that products take from."""

_HOME = Words("Home & Living", "Wohnen", "Maison")
_ELECTRONICS = Words("Electronics", "Elektronik", "Électronique")
_FASHION = Words("Fashion", "Mode", "Mode")
_KITCHEN = Words("Kitchen & Dining", "Küche & Esszimmer", "Cuisine & table")
_OUTDOOR = Words("Outdoor & Sport", "Outdoor & Sport", "Plein air & sport")
_KIDS = Words("Kids & Toys", "Kinder & Spielzeug", "Enfants & jouets")

_LIGHTING = Words("Lighting", "Beleuchtung", "Luminaires")
_FURNITURE = Words("Furniture", "Möbel", "Meubles")
_TEXTILES = Words("Textiles", "Heimtextilien", "Textiles de maison")
_AUDIO = Words("Audio", "Audio", "Audio")
_COMPUTING = Words("Computing", "Computer", "Informatique")
_POWER = Words("Power & Charging", "Strom & Laden", "Énergie & recharge")
_CLOTHING = Words("Clothing", "Kleidung", "Vêtements")
_SHOES = Words("Shoes", "Schuhe", "Chaussures")
_ACCESSORIES = Words("Accessories", "Accessoires", "Accessoires")
_COOKWARE = Words("Cookware", "Kochgeschirr", "Batterie de cuisine")
_TABLEWARE = Words("Tableware", "Geschirr", "Vaisselle")
_COFFEE = Words("Coffee & Tea", "Kaffee & Tee", "Café & thé")
_CAMPING = Words("Camping", "Camping", "Camping")
_CYCLING = Words("Cycling", "Radfahren", "Cyclisme")
_FITNESS = Words("Fitness", "Fitness", "Fitness")
_WOODEN = Words("Wooden Toys", "Holzspielzeug", "Jouets en bois")
_PLUSH = Words("Plush", "Plüsch", "Peluche")
_NURSERY = Words("Nursery", "Babyzimmer", "Chambre de bébé")


def _shelf(
    root: Words, section: Words, names: str, nouns: str, prices: tuple[int, int], options: str, attributes: str
) -> Shelf:
    return Shelf(
        root,
        section,
        Words(*names.split(" | ")),
        Words(*nouns.split(" | ")),
        *prices,
        tuple(options.split(", ")) if options else (),
        tuple(attributes.split()),
    )


SHELVES: tuple[Shelf, ...] = (
    _shelf(_HOME, _LIGHTING, "Desk Lamps | Schreibtischlampen | Lampes de bureau",
           "Desk Lamp | Schreibtischlampe | Lampe de bureau", (29, 149), "Colour",
           "metal height power dimmable designed_in launched"),
    _shelf(_HOME, _LIGHTING, "Floor Lamps | Stehlampen | Lampadaires",
           "Floor Lamp | Stehlampe | Lampadaire", (59, 349), "Colour", "metal height power dimmable designed_in"),
    _shelf(_HOME, _LIGHTING, "Pendant Lights | Pendelleuchten | Suspensions",
           "Pendant Light | Pendelleuchte | Suspension", (49, 299), "Colour", "metal width power dimmable handmade"),
    _shelf(_HOME, _FURNITURE, "Armchairs | Sessel | Fauteuils",
           "Armchair | Sessel | Fauteuil", (189, 990), "Colour", "wood fabric width height designed_in"),
    _shelf(_HOME, _FURNITURE, "Coffee Tables | Couchtische | Tables basses",
           "Coffee Table | Couchtisch | Table basse", (119, 690), "", "wood width height handmade designed_in"),
    _shelf(_HOME, _FURNITURE, "Bookcases | Bücherregale | Bibliothèques",
           "Bookcase | Bücherregal | Bibliothèque", (99, 790), "", "wood width height designed_in"),
    _shelf(_HOME, _TEXTILES, "Throws | Wohndecken | Plaids",
           "Throw | Wohndecke | Plaid", (29, 159), "Colour", "fabric width handmade care"),
    _shelf(_HOME, _TEXTILES, "Cushions | Kissen | Coussins",
           "Cushion | Kissen | Coussin", (15, 79), "Colour", "fabric width care"),
    _shelf(_ELECTRONICS, _AUDIO, "Headphones | Kopfhörer | Casques audio",
           "Headphones | Kopfhörer | Casque audio", (39, 399), "Colour", "battery wireless launched"),
    _shelf(_ELECTRONICS, _AUDIO, "Speakers | Lautsprecher | Enceintes",
           "Speaker | Lautsprecher | Enceinte", (49, 499), "Colour", "power battery wireless waterproof launched"),
    _shelf(_ELECTRONICS, _COMPUTING, "Keyboards | Tastaturen | Claviers",
           "Keyboard | Tastatur | Clavier", (35, 219), "Layout", "width wireless launched"),
    _shelf(_ELECTRONICS, _COMPUTING, "Mice | Mäuse | Souris",
           "Mouse | Maus | Souris", (19, 119), "Colour", "battery wireless launched"),
    _shelf(_ELECTRONICS, _COMPUTING, "Monitors | Monitore | Écrans",
           "Monitor | Monitor | Écran", (149, 899), "", "screen power launched"),
    _shelf(_ELECTRONICS, _POWER, "Power Banks | Powerbanks | Batteries externes",
           "Power Bank | Powerbank | Batterie externe", (19, 99), "Capacity", "waterproof launched"),
    _shelf(_FASHION, _CLOTHING, "Dresses | Kleider | Robes",
           "Dress | Kleid | Robe", (39, 229), "Size", "fabric season care"),
    _shelf(_FASHION, _CLOTHING, "Knitwear | Strick | Maille",
           "Sweater | Pullover | Pull", (45, 199), "Size", "fabric season care handmade"),
    _shelf(_FASHION, _CLOTHING, "Shirts | Hemden | Chemises",
           "Shirt | Hemd | Chemise", (29, 119), "Size", "fabric season care"),
    _shelf(_FASHION, _SHOES, "Sneakers | Sneaker | Baskets",
           "Sneakers | Sneaker | Baskets", (59, 179), "Shoe size", "season waterproof care"),
    _shelf(_FASHION, _ACCESSORIES, "Bags | Taschen | Sacs",
           "Tote Bag | Tragetasche | Cabas", (25, 189), "Colour", "fabric volume waterproof"),
    _shelf(_FASHION, _ACCESSORIES, "Scarves | Schals | Écharpes",
           "Scarf | Schal | Écharpe", (19, 129), "Colour", "fabric season care handmade"),
    _shelf(_KITCHEN, _COOKWARE, "Frying Pans | Pfannen | Poêles",
           "Frying Pan | Pfanne | Poêle", (29, 179), "Diameter", "metal dishwasher_safe designed_in"),
    _shelf(_KITCHEN, _TABLEWARE, "Plates | Teller | Assiettes",
           "Plate | Teller | Assiette", (9, 89), "Set", "width dishwasher_safe handmade"),
    _shelf(_KITCHEN, _TABLEWARE, "Mugs | Becher | Mugs",
           "Mug | Becher | Mug", (8, 59), "Set", "volume dishwasher_safe handmade"),
    _shelf(_KITCHEN, _COFFEE, "Coffee Makers | Kaffeemaschinen | Cafetières",
           "Coffee Maker | Kaffeemaschine | Cafetière", (39, 449), "Colour", "volume power launched"),
    _shelf(_KITCHEN, _COFFEE, "Teapots | Teekannen | Théières",
           "Teapot | Teekanne | Théière", (24, 119), "Colour", "volume metal dishwasher_safe handmade"),
    _shelf(_OUTDOOR, _CAMPING, "Tents | Zelte | Tentes",
           "Tent | Zelt | Tente", (89, 690), "Colour", "persons waterproof season"),
    _shelf(_OUTDOOR, _CAMPING, "Sleeping Bags | Schlafsäcke | Sacs de couchage",
           "Sleeping Bag | Schlafsack | Sac de couchage", (49, 329), "Colour", "fabric season waterproof care"),
    _shelf(_OUTDOOR, _CAMPING, "Backpacks | Rucksäcke | Sacs à dos",
           "Backpack | Rucksack | Sac à dos", (45, 269), "Colour", "volume waterproof fabric"),
    _shelf(_OUTDOOR, _CYCLING, "Helmets | Helme | Casques de vélo",
           "Bike Helmet | Fahrradhelm | Casque de vélo", (39, 199), "Size", "season launched"),
    _shelf(_OUTDOOR, _CYCLING, "Bike Lights | Fahrradlichter | Éclairages vélo",
           "Bike Light | Fahrradlicht | Éclairage vélo", (15, 99), "", "battery power waterproof"),
    _shelf(_OUTDOOR, _FITNESS, "Yoga Mats | Yogamatten | Tapis de yoga",
           "Yoga Mat | Yogamatte | Tapis de yoga", (19, 119), "Colour", "width care"),
    _shelf(_KIDS, _WOODEN, "Building Blocks | Bauklötze | Cubes",
           "Building Blocks | Bauklötze | Cubes", (19, 89), "", "wood pieces age handmade"),
    _shelf(_KIDS, _WOODEN, "Puzzles | Puzzles | Puzzles",
           "Puzzle | Puzzle | Puzzle", (9, 49), "", "wood pieces age"),
    _shelf(_KIDS, _PLUSH, "Soft Toys | Kuscheltiere | Doudous",
           "Soft Toy | Kuscheltier | Doudou", (12, 59), "Colour", "fabric height age care"),
    _shelf(_KIDS, _NURSERY, "Baby Blankets | Babydecken | Couvertures bébé",
           "Baby Blanket | Babydecke | Couverture bébé", (19, 99), "Colour", "fabric width care"),
    _shelf(_KIDS, _NURSERY, "Night Lights | Nachtlichter | Veilleuses",
           "Night Light | Nachtlicht | Veilleuse", (15, 79), "Colour", "height power dimmable age"),
)  # fmt: skip
