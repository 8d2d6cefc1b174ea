"""What the addresses of carts and orders have in common."""

import strawberry

from graph.fields import column


@strawberry.type(description="Where something is sent.")
class Sent:
    """Where something is sent; the base of the types that clients see."""

    name: str = column("Who is delivered to.")
    line1: str = column("Street and number.")
    line2: str | None = column("What else the carrier needs; null if nothing.")
    city: str = column("The city.")
    region: str | None = column("The state or province; null if there is none.")
    postal_code: str = column("The postal code.")
    country: str = column("ISO 3166-1 alpha-2: DE, US.")
    phone: str | None = column("For the carrier; null if not given.")
