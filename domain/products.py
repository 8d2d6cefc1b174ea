"""Products: what leads from one status to another, and which facts a collection's rule may speak of."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from domain import states
from domain.rules import Kind
from domain.states import StateError

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


class Status(Enum):
    """What a product is at. Only PUBLISHED ones of an active merchant are listed."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class Action(Enum):
    """What is done to a product as a whole."""

    PUBLISH = "PUBLISH"
    UNPUBLISH = "UNPUBLISH"
    ARCHIVE = "ARCHIVE"


TRANSITIONS: Final[Mapping[tuple[Status, Action], Status]] = MappingProxyType(
    {
        (Status.DRAFT, Action.PUBLISH): Status.PUBLISHED,
        (Status.ARCHIVED, Action.PUBLISH): Status.PUBLISHED,
        (Status.PUBLISHED, Action.UNPUBLISH): Status.DRAFT,
        (Status.ARCHIVED, Action.UNPUBLISH): Status.DRAFT,
        (Status.DRAFT, Action.ARCHIVE): Status.ARCHIVED,
        (Status.PUBLISHED, Action.ARCHIVE): Status.ARCHIVED,
    }
)
"""Where each action leads from each status; what is not here is refused."""


def after(status: Status, action: Action) -> Status:
    """Say where an action leads. Raises StateError if it does not lead anywhere from this status."""
    return states.after(TRANSITIONS, status, action, noun="product")


def check_sellable(variants: int) -> None:
    """Refuse to list a product of which nothing can be sold. Raises StateError."""
    if variants < 1:
        raise StateError("A listed product has at least one variant: add one first, or unpublish the product.")
