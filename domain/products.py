"""Rules about products: which facts a collection's rule may speak of."""

from domain.rules import Kind

RULE_VOCABULARY = {
    "category": Kind.SET,
    "merchant": Kind.TEXT,
    "price": Kind.NUMBER,
    "rating": Kind.NUMBER,
    "available": Kind.BOOLEAN,
    "attributes.*": Kind.TEXT,
}
"""`category` and `merchant` are slugs (a category includes its descendants), `price` is the least price in minor units
of the shop's currency, `rating` the average of 1 to 5 stars, `attributes.<key>` an attribute's value as text."""
