"""What everything with an id of its own has in common."""

from collections.abc import Sequence
from typing import Final

import strawberry

from domain.errors import InvalidInput
from graph import ids
from graph.fields import Argument


@strawberry.interface(description="Anything with a global id, to be asked for again by `node(id:)`.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = strawberry.field(description="The global id, opaque: do not take it apart.")


MAX_IDS: Final = 100


def _decoded(given: Sequence[str]) -> tuple[tuple[str, int], ...]:
    if len(given) > MAX_IDS:
        raise InvalidInput(f"ids: {len(given)} ids are too many; ask for at most {MAX_IDS} at once", field="ids")
    return tuple(map(ids.decode, given))


ID: Final = Argument(strawberry.ID, "The global id.", ..., convert=ids.decode)
IDS: Final = Argument(list[strawberry.ID], f"Up to {MAX_IDS} global ids.", ..., convert=_decoded)
