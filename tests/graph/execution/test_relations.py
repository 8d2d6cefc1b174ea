"""A declared relation ..."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.execution.declarations import read
from graph.fields import related
from graph.limits import Limits
from graph.operations import Operations, execute
from resolvers.changes import Changes
from tests.graph.execution import zoo
from tests.graph.execution.comparing import compared


class Friends:
    """A lookup of friends by name, which fails for a list with "nobody" in it; remembers what it was asked for."""

    seen_by = None
    remembered = has_light = False

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def load(self, _: Any, names: Sequence[str]) -> list[dict[str, Any] | None]:
        self.asked.append(sorted(names))
        if "nobody" in names:
            raise LookupError("nobody is there")
        return [None if name == "stranger" else {"name": name, "friend": None} for name in names]


FRIENDS: Any = Friends()


@strawberry.type
class Person:
    """Someone with a friend."""

    name: str
    friend: "Person | None" = related(FRIENDS, by="friend", description="")
    best_friend: "Person" = related(FRIENDS, by="friend", description="")

    @strawberry.field
    def place(self, info: strawberry.Info) -> str:
        """Say where it stands in the answer."""
        return str(info.path.as_list())  # type: ignore[attr-defined]  # Strawberry hands graphql-core's path through


@strawberry.type
class Query:
    """The root."""

    people: list[Person | None]


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(default_resolver=read))
OPERATIONS = Operations(SCHEMA, limits=Limits(), introspection=True)


def people(*friends: str | None) -> dict[str, Any]:
    found = [{"name": f"p{number}", "friend": friend} for number, friend in enumerate(friends)]
    return {"people": [*found, None, {"name": "keyless"}]}


async def answer(query: str, *friends: str | None) -> tuple[Any, list[Any]]:
    operation = OPERATIONS.prepare(query, None, {}, transport="http")
    result = await compared(SCHEMA, operation, zoo.context, root=lambda: people(*friends))
    failed = [(error.path[1], error.message) for error in result.errors or ()]
    return [each and (each.get("friend") or each.get("bestFriend")) for each in result.data["people"]], failed


@pytest.mark.parametrize("friends", [(None,), ("nobody",), ("ada", None, "ada", "stranger"), ("nobody", None, "ada")])
async def test_fails_where_it_was_looked_for_in_vain_and_nowhere_else(friends: tuple[str | None, ...]) -> None:
    found, failed = await answer("{ people { name friend { name } } }", *friends)
    lost = "nobody" in friends
    known = [{"name": name} if name == "ada" and not lost else None for name in friends]
    assert found == [*known, None, None]
    missing = [(index, "nobody is there") for index, name in enumerate(friends) if name is not None and lost]
    assert failed == [*missing, (len(friends) + 1, "'friend'")]


async def test_of_which_there_must_be_one_takes_its_owner_along() -> None:
    found, failed = await answer("{ people { bestFriend { name } } }", "ada", None, "stranger")
    assert found == [{"name": "ada"}, None, None, None, None]
    assert sorted(place for place, _ in failed) == [1, 2, 4]


async def test_asks_once_for_all_keys_of_all_fields_of_a_level() -> None:
    operation = OPERATIONS.prepare("{ people { a: friend { name } b: friend { name } } }", None, {}, transport="http")
    FRIENDS.asked.clear()
    await operation.plan.prepared.execute(
        variables=operation.variables,
        context=zoo.context(),
        root_value=people("ada", "bob", "ada"),
        make_executor=lambda: pytest.fail("nothing here needs graphql-core"),
    )
    assert FRIENDS.asked == [["ada", "bob"]]


async def test_that_many_share_is_resolved_once_where_the_first_of_them_stands() -> None:
    operation = OPERATIONS.prepare("{ people { friend { place } } }", None, {}, transport="http")
    root = {"people": people("ada", "ada", "bob", "bob")["people"][:4]}
    answer = await execute(SCHEMA, operation, zoo.context(), root)
    assert answer.data == {
        "people": [{"friend": {"place": f"['people', {first}, 'friend', 'place']"}} for first in (0, 0, 2, 2)]
    }


async def test_that_is_at_hand_is_answered_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Friends, "remembered", True)
    nowhere: Any = None
    changes = Changes(nowhere)
    changes.remembered.prove(asyncio.get_running_loop().time())
    operation = OPERATIONS.prepare("{ people { name friend { name } } }", None, {}, transport="http")

    async def ask(*friends: str | None) -> Any:
        root = {"people": [{"name": "p", "friend": friend} for friend in friends]}
        return await compared(SCHEMA, operation, lambda: replace(zoo.context(), changes=changes), root=lambda: root)

    await ask("ada", "bob", "stranger", "ada")
    FRIENDS.asked.clear()
    for friends in (("ada", "ada", "bob"), ("ada", None, "stranger", "ada"), ("bob",)):
        found = [(friend and friend != "stranger" and {"name": friend}) or None for friend in friends]
        assert (await ask(*friends)).data == {"people": [{"name": "p", "friend": friend} for friend in found]}
    assert FRIENDS.asked == []
