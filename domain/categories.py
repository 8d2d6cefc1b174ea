"""Categories: what the tree does not allow."""

from collections.abc import Sequence

from domain.errors import InvalidInput, Refusal


class CategoryInUseError(Refusal):
    """A category holds something, and so it stays."""

    code = "CONFLICT"


def check_move(category_id: int, *, parent_path: Sequence[int]) -> None:
    """Refuse a category that would stand below itself; `parent_path` is the ids from the root to the new parent.

    Raises InvalidInput.
    """
    if category_id in parent_path:
        raise InvalidInput("parentId: a category cannot stand below itself or what is below it", field="parent_id")


def check_empty(*, children: int, products: int) -> None:
    """Refuse to remove a category that holds something. Raises CategoryInUseError."""
    if children or products:
        raise CategoryInUseError(
            f"The category holds {children} categories and {products} products, drafts included: move them first."
        )
