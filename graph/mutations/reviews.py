"""Reviews: what customers, merchants and the platform can do about them."""

import strawberry

from domain.access import Permission
from graph.fields import related
from graph.inputs import id_of
from graph.mutation_fields import Payload, mutation
from graph.types.reviews import Review
from resolvers import reviews
from resolvers.loaders import reviews as loaders


@strawberry.input(description="A customer's word on a product.")
class ReviewWriteInput:
    """A customer's word on a product."""

    product_id: strawberry.ID = id_of("Product", "Which product.")
    rating: int = strawberry.field(description="Stars, 1 to 5.")
    title: str = strawberry.field(default="", description="The heading, up to 200 characters.")
    body: str = strawberry.field(default="", description="The text, up to 5,000 characters.")


@strawberry.input(description="A merchant's reply.")
class ReviewReplyInput:
    """A merchant's reply."""

    review_id: strawberry.ID = id_of("Review", "To which review.")
    body: str = strawberry.field(description="The text, up to 5,000 characters; empty takes the reply back.")


@strawberry.input(description="Whether a review is hidden.")
class ReviewHideInput:
    """Whether a review is hidden."""

    review_id: strawberry.ID = id_of("Review", "Which review.")
    hidden: bool = strawberry.field(default=True, description="false shows it again.")


@strawberry.type(description="The review after the change.")
class ReviewPayload(Payload):
    """The review after the change."""

    review: Review | None = related(
        loaders.WRITTEN, by="review_id", description="The review; null if it was refused, and if it is hidden."
    )


@strawberry.type(description="Reviews.")
class ReviewMutations:
    """Reviews."""

    review_write: ReviewPayload = mutation(
        reviews.write,
        permission=Permission.OWN_CUSTOMER,
        input=ReviewWriteInput,
        description="Review a product that one was sent, or change one's review of it. Errors: NOT_FOUND, "
        "BAD_USER_INPUT, CONFLICT for who was not sent it.",
    )
    review_reply: ReviewPayload = mutation(
        reviews.reply,
        permission=Permission.MERCHANT_MANAGE,
        input=ReviewReplyInput,
        description="Reply to a review of a product of one's merchant's. Errors: NOT_FOUND, BAD_USER_INPUT.",
    )
    review_hide: ReviewPayload = mutation(
        reviews.hide,
        permission=Permission.TICKETS_HANDLE,
        input=ReviewHideInput,
        description="Hide a review, or show it again; ratings count what is shown. Errors: NOT_FOUND.",
    )
