"""The reference: the same server process, in which graphql-core answers every operation.

`python -m tests.bench.reference serve ...` stands in for `python -m server serve ...`. Every field is resolved object
by object, by Strawberry's resolvers as Strawberry makes them, over dataloaders (`Context.load` and `Context.batch`);
the breadth-first executor refuses to run. All else is the server's own: transport, limits, the cache of documents,
loaders, SQL, the garbage collector's settings. With `--short` before the command, fields keep the short resolvers of
`graph.binding`.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

SHORT = "--short"
_BINDING = "graph.binding"


def has_short_resolvers() -> bool:
    """Say whether there are short resolvers that could be kept."""
    return find_spec(_BINDING) is not None


def install(*, short: bool = False) -> None:
    """Make this process the reference; to be called before anything of the graph is imported."""
    if "graph.schema" in sys.modules:
        raise RuntimeError("the schema is made already: the reference must be installed before it is imported")
    if has_short_resolvers() and not short:
        # One schema, made without them, and not a second one beside it: memory is measured too.
        vars(import_module(_BINDING))["bind"] = lambda _schema: None
    operations, running = import_module("graph.operations"), import_module("graph.execution.running")
    _replace(operations, "execute", operations.execute_by_core)
    _replace(running.Prepared, "execute", _refuse)


def _replace(owner: Any, name: str, value: Any) -> None:
    getattr(owner, name)  # what is not there any more would be replaced without any effect
    setattr(owner, name, value)


async def _refuse(*_: Any, **__: Any) -> None:
    raise RuntimeError("the reference must answer by graphql-core, and was asked to answer breadth-first")


def main(arguments: Sequence[str]) -> None:
    """Run one of Souk's commands as the reference."""
    short = arguments[:1] == [SHORT]
    install(short=short)
    import_module("server.cli").app(list(arguments[short:]), prog_name="souk")


if __name__ == "__main__":
    main(sys.argv[1:])
