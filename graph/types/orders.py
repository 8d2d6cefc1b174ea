"""Orders, as far as what is about an order names it."""

import strawberry

from graph.fields import column


@strawberry.type(description="An order, as what is about it names it.")
class Order:
    """An order."""

    number: str = column("The number that people call it by.", name="order_number", convert=str)
