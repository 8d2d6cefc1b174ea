"""What customers say of a product or a merchant, in figures."""

import strawberry

from graph.fields import column


@strawberry.type(description="Stars from 1 to 5, averaged over all published reviews.")
class Rating:
    """The average of the stars and how many gave them."""

    average: float | None = column("The average, 1 to 5, to two decimals; null without reviews.")
    count: int = column("How many reviews.")
