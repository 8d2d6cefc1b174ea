"""What one operation carries to its resolvers: where to read, in which currency, and the loaders made for it alone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from aiodataloader import DataLoader

from domain.access import VISITOR, Viewer
from domain.errors import Refusal
from domain.webhooks import Network
from models.database import Database, Row, StatementCount, counting
from resolvers.changes import Changes
from resolvers.loaders import partners
from resolvers.loaders.lookups import Lookup
from resolvers.together import Together
from search.querying import SearchEngine
from services import access_tokens
from services.gateways.payments import Gateways

P = TypeVar("P")
V = TypeVar("V")
K = TypeVar("K")
R = TypeVar("R", bound=Row)
A = ParamSpec("A")

Answered = list[V] | Coroutine[Any, Any, Sequence[V]]
Batch = Callable[Concatenate[Sequence[P], "Context", A], Answered[V]]
"""A resolver of one field for all its parents at once: parents in, values out, in the parents' order.

The values are a list if they are there already; else they are awaited.
"""

Work = Callable[[Sequence[K], "Context"], Awaitable[Sequence[V]]]
"""Works out values by key: keys in, values out, in the keys' order."""


_TELLING: Final = [each.name for each in fields(Viewer) if each.name not in {"merchants", "expires_at"}]
"""What rights are told from, beside the merchants one works for."""


class KeyRevokedError(Refusal):
    """The API key by which somebody follows something is good no more."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("The API key was revoked: ask for a new one, and go on with the last cursor.")


async def _there(answered: Answered[V]) -> Sequence[V]:
    return answered if isinstance(answered, list) else await answered


async def _seen(lookup: Lookup[R, V], database: Database, viewer: Viewer, keys: list[Any]) -> list[V]:
    """Read what a viewer sees. A context that keeps this is not kept by it in turn, and left to the collector."""
    return lookup.visible(await lookup.load(database, keys), viewer)


def _share(loading: asyncio.Future[V]) -> asyncio.Future[V]:
    """Give one of many waiters a future of its own.

    What is loaded once is awaited by many fields, and graphql-core cancels the siblings of a field that fails, or never
    awaits them: without a shield one sibling's end would be everyone's.
    """
    mine = asyncio.shield(loading)
    for future in (loading, mine):
        future.add_done_callback(_mark_seen)
    return mine


def _mark_seen(future: asyncio.Future[Any]) -> None:
    """Keep asyncio from reporting a failure that nobody waits for any more."""
    if not future.cancelled():
        future.exception()


class WebhookDocuments(Protocol):
    """What knows the schema that webhooks' documents are for."""

    async def check(self, document: str, operation_name: str | None, types: Sequence[str] | None) -> list[str] | None:
        """Check a subscription document; gives the types of events that it asks for, None for all.

        Raises InvalidInput.
        """


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """What webhooks are held to: the documents, and the networks that addresses may be in beside the public ones."""

    documents: WebhookDocuments
    networks: Sequence[Network] = ()


@dataclass(slots=True)
class Context:
    """One operation's surroundings. Made anew for each operation and for each event of a subscription."""

    database: Database
    search: SearchEngine
    changes: Changes
    currency: str
    """The shop's base currency, ISO 4217."""
    locale: str
    """The locale of the untranslated texts."""
    statements: StatementCount
    """How many statements this operation has run."""
    secret_key: str = field(repr=False)
    """Signs the tokens that prove who somebody is."""
    viewer: Viewer = VISITOR
    """Who asks."""
    client: str = ""
    """The network address that asks, as far as it is known."""
    webhooks: WebhookTerms | None = None
    """What webhooks are held to; None where none are added."""
    gateways: Gateways = field(default_factory=Gateways)
    """The payment providers that are offered."""
    orders_hold_for: timedelta = timedelta(minutes=15)
    """How long an order holds what it needs until it is paid."""
    _loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)
    _groups: dict[Lookup[Any, Any], Together[Any, Any]] = field(default_factory=dict)
    _works: dict[Any, Together[Any, Any]] = field(default_factory=dict)
    _parents: list[Any] = field(default_factory=list)
    _remembers: bool = True
    """Whether rows may be taken that are remembered, and may be a moment old."""

    def fresh(self) -> "Context":
        """Give the same surroundings with new loaders: those of an earlier event would answer with stale rows.

        Raises AccessTokenExpiredError when the viewer has to prove anew who it is.
        """
        access_tokens.check_time(self.viewer, now=datetime.now(UTC))
        return replace(self, statements=counting(), _loaders={}, _groups={}, _works={}, _parents=[], _remembers=True)

    async def prove(self) -> None:
        """Raise KeyRevokedError if the API key by which the viewer asks was revoked; an access token has its time."""
        prefix = self.viewer.key_prefix
        if prefix is not None and (await partners.BY_KEY_PREFIX.load(self.database, [prefix]))[0] is None:
            raise KeyRevokedError

    def alike(self) -> Hashable:
        """Give what is equal of two who see the same: all that rights are told from."""
        viewer = self.viewer
        return (*(getattr(viewer, name) for name in _TELLING), *viewer.merchants.items())

    def within(self, database: Database, viewer: Viewer) -> "Context":
        """Give the same surroundings inside a transaction: loaders that read what it has locked and written."""
        return replace(self, database=database, viewer=viewer, _loaders={}, _groups={}, _works={}, _parents=[])

    def forget(self) -> None:
        """Forget what was read: after a change, the loaders read committed rows anew, whatever is remembered."""
        self._remembers = False
        self._loaders.clear()
        self._groups.clear()
        self._works.clear()
        self._parents.clear()

    def become(self, viewer: Viewer) -> None:
        """Go on as somebody else: who has just signed in."""
        self.viewer = viewer
        self.forget()

    def load(self, lookup: Lookup[R, V], key: Any) -> Awaitable[V]:
        """Look one key up, together with all others that are asked for before the loop turns."""
        return _share(self._loader(lookup).load(key))

    def at_hand(self, lookup: Lookup[R, V], keys: Sequence[Any]) -> list[V] | None:
        """Give what a lookup finds if it is remembered, for all keys: then there is nothing to wait for."""
        return self.changes.remembered.known(lookup, keys) if lookup.remembered and self._remembers else None

    def answer(self, asked: Hashable) -> Any | None:
        """Give what `answered` would, if it is remembered: then there is nothing to wait for."""
        return self.changes.remembered.answer(asked) if self._remembers else None

    async def answered(self, asked: Hashable, work: Callable[[], Awaitable[V]]) -> V:
        """Give an answer that is the same for whoever asks the same: as it is remembered, or worked out now."""
        return await (self.changes.remembered.answered(asked, work) if self._remembers else work())

    def load_many(self, lookup: Lookup[R, V], keys: Sequence[Any]) -> asyncio.Future[Sequence[V]]:
        """Look many keys up at once, together with all others that are asked for before the loop turns.

        One future for all the keys, not one a key: a level of a thousand objects waits once.
        """
        known = self.at_hand(lookup, keys)
        if known is not None:
            there: asyncio.Future[Sequence[V]] = asyncio.get_running_loop().create_future()
            there.set_result(known)
            return there
        return self._together(lookup).values(keys)

    def prime(self, lookup: Lookup[R, V], found: Mapping[Any, V]) -> None:
        """Take what a lookup would find from another statement that has read it along."""
        if found:
            self._together(lookup).prime(found)

    def work_out(self, work: Work[K, V], keys: Sequence[K]) -> Awaitable[Sequence[V]]:
        """Work out a value for each key, once for all fields that ask, together with all that do before the loop turns.

        For what many fields show parts of, such as the price of a cart: by key, however the object was reached.
        """
        group = self._works.get(work)
        if group is None:
            group = self._works[work] = Together(work)
        return group.values(keys, self)

    def batch(self, resolver: Batch[P, A, V], parent: P, *args: A.args, **kwargs: A.kwargs) -> Awaitable[V]:
        """Resolve one parent's field together with its siblings': the adapter from per-object to batch resolvers."""
        if parent is None:
            return self._of_root(resolver, *args, **kwargs)
        key = (resolver, args, tuple(kwargs.items()))
        loader = self._loaders.get(key)
        if loader is None:

            async def resolve(parents: list[P]) -> list[V]:
                self._parents.extend(parents)  # an id says which parent it is only as long as the parent lives
                return list(await _there(resolver(parents, self, *args, **kwargs)))

            # Rows hold documents and cannot be hashed; a parent is the same parent when it is the same object.
            loader = self._loaders[key] = DataLoader(resolve, get_cache_key=id)
        return _share(loader.load(parent))

    async def _of_root(self, resolver: Batch[Any, A, V], *args: A.args, **kwargs: A.kwargs) -> V:
        # The root has no siblings to wait for.
        (value,) = await _there(resolver([None], self, *args, **kwargs))
        return value

    def _together(self, lookup: Lookup[R, V]) -> Together[Any, V]:
        loader = self._groups.get(lookup)
        if loader is None:
            loader = self._groups[lookup] = Together(self._reader(lookup))
        return loader

    def _loader(self, lookup: Lookup[R, V]) -> DataLoader[Any, V]:
        loader = self._loaders.get(lookup)
        if loader is None:
            loader = self._loaders[lookup] = DataLoader(self._reader(lookup))
        return loader

    def _reader(self, lookup: Lookup[R, V]) -> Callable[[list[Any]], Coroutine[Any, Any, list[V]]]:
        """Read what a lookup finds, without what the viewer may not see."""
        if lookup.remembered and self._remembers:
            return partial(self.changes.remembered.load, self.database, lookup)
        if lookup.seen_by is None:
            return partial(lookup.load, self.database)
        return partial(_seen, lookup, self.database, self.viewer)
