"""Events: what has happened, as partners follow it."""

from functools import partial
from typing import Any, Final

import strawberry

from domain.events import EventType as Types
from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import Argument, batch, column, computed
from graph.scalars import Instant
from graph.types.node import Node
from graph.types.vocabulary import enumeration
from resolvers import events
from resolvers.loaders.events import EventRow

EventType: Any = enumeration(
    "EventType",
    "What an event tells. docs/events.md says what each is about and who may follow it.",
    {each: f"{each.sentence} {each.audience.value}" for each in Types},
)


def type_names(types: list[Any] | None) -> list[str] | None:
    """Give the names of types of which a client sent the values."""
    return None if types is None else [str(each.value) for each in types]


TYPES: Final = Argument(list[EventType] | None, "Only events of these types; all without it.", convert=type_names)


def _subject_id(event: EventRow) -> str:
    return ids.encode(events.type_name(event["subject_type"]), event["subject_id"])


@strawberry.type(
    description="Something that happened. The subject is told as it is now, so of several events about one subject "
    "each shows the same, latest state; `subjectVersion` says which change each tells of."
)
class Event(Node):
    """Something that happened."""

    id: strawberry.ID = column(
        "Its own id, the same wherever it is told.", name="id", convert=partial(ids.encode, "Event")
    )
    cursor: str = column("Its place in the log, for `after`: opaque.", name="position", convert=events.cursor)
    type: EventType = column("What it tells.")
    occurred_at: Instant = column("When the change was made, which may be a moment before it could be seen.")
    subject_id: strawberry.ID = computed(
        _subject_id, description="The global id of what it is about, also if that is gone or not for the viewer."
    )
    subject_version: int = column("The version of the subject that the change made; counts up.")
    subject: Node | None = batch(
        events.subjects,
        description="What it is about, as the viewer may see it now; null if it may not, if it is gone, or if it is "
        "nothing that has a type of its own.",
    )

    is_type_of = OfClass(EventRow)
