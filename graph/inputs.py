"""The input of a mutation, taken apart into what its resolver takes."""

import dataclasses
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Final

import strawberry
from strawberry.types.base import get_object_definition

from domain.errors import InvalidInput
from graph import ids
from services.access import NotFoundError

_TYPE: Final = "id of"
LIST_MAX: Final = 500
"""How many items a list of an input may have."""


def id_of(type_name: str, description: str, **default: Any) -> Any:
    """Declare a field of an input that is the global id of an object of this type; the resolver gets its key.

    Any other id is answered as one of an object that does not exist, and with the type that it is of.
    """
    return strawberry.field(description=description, metadata={_TYPE: type_name}, **default)


@strawberry.input(description="The input of a mutation that takes effect once.")
class IdempotentInput:
    """The base of the inputs of mutations that move money, stock, points or coupons."""

    idempotency_key: str = strawberry.field(
        description="A random text of your own, up to 200 characters; send the same again to repeat the request "
        "safely. Kept for 30 days."
    )


class Becomes:
    """Mixed into an input that becomes a value of the domain: `becomes` is called with its fields."""

    becomes: ClassVar[Callable[..., Any]]


def taken(given: Any, *, path: str = "") -> Any:
    """Take an input apart: objects become dictionaries, ids keys, enumerations their values.

    What was not given is left out. Raises InvalidInput and NotFoundError that name the place.
    """
    fields = _fields(type(given))  # type: ignore[arg-type]  # a class has a hash
    if fields is not None:
        values = {
            name: _member(type_name, value, path=f"{path}{name}")
            for name, type_name in fields
            if (value := getattr(given, name)) is not strawberry.UNSET
        }
        return _made(given.becomes, values, path) if isinstance(given, Becomes) else values
    if isinstance(given, list):
        if len(given) > LIST_MAX:
            raise InvalidInput(f"{path}: {len(given)} are too many; send at most {LIST_MAX} at once", field=path)
        return [taken(each, path=f"{path}.{index}.") for index, each in enumerate(given)]
    return given.value if isinstance(given, Enum) else given


@cache
def _fields(of: type) -> tuple[tuple[str, str | None], ...] | None:
    """Name the fields of an input's class, with the types of what they are ids of; None for all other classes."""
    if get_object_definition(of) is None:
        return None
    return tuple((field.name, field.metadata.get(_TYPE)) for field in dataclasses.fields(of))


def _member(type_name: str | None, value: Any, *, path: str) -> Any:
    if type_name is None or value is None:
        return taken(value, path=path if isinstance(value, list) else f"{path}.")
    if isinstance(value, list):
        return [_key(type_name, each, path=f"{path}.{index}") for index, each in enumerate(value)]
    return _key(type_name, value, path=path)


def _key(type_name: str, global_id: str, *, path: str) -> int:
    try:
        found, key = ids.decode(global_id)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=path) from None
    if found != type_name:
        raise NotFoundError(_words(type_name), field=path, found=found)
    return key


def _words(type_name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type_name).strip()


def _made(becomes: Callable[..., Any], values: dict[str, Any], path: str) -> Any:
    try:
        return becomes(**values)
    except InvalidInput as error:
        inner = error.extensions.get("field")
        place = f"{path}{inner}" if inner else path.rstrip(".")
        raise InvalidInput(error.message, field=place) from None
