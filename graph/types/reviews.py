"""Reviews."""

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed
from graph.scalars import Instant
from graph.types.node import Node
from resolvers.loaders.reviews import ReviewRow


@strawberry.type(description="Who wrote a review.")
class ReviewAuthor:
    """Who wrote a review."""

    display_name: str = column("The name shown with the review.")


@strawberry.type(description="What a merchant says to a review.")
class ReviewReply:
    """What a merchant says to a review."""

    body: str = column("The text, plain.", name="reply", convert=str)
    replied_at: Instant = column("When it was written or changed last.")


@strawberry.type(description="A customer's word on a product.")
class Review(Node):
    """A customer's word on a product."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Review"))
    rating: int = column("Stars, 1 to 5.")
    title: str = column("The heading; may be empty.")
    body: str = column("The text, plain; may be empty.")
    author: ReviewAuthor = column(
        "Who wrote it.", name="author_name", convert=lambda name: ReviewAuthor(display_name=name)
    )
    verified: bool = column("Whether it is by a customer to whom the product was sent.")
    reply: ReviewReply | None = computed(
        lambda row: row if row["reply"] is not None else None,
        description="What the merchant says to it; null if nothing.",
    )
    created_at: Instant = column("When it was written.")

    is_type_of = OfClass(ReviewRow)
