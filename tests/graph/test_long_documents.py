"""A long document, which is accepted beside the loop, ..."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from graph.documents import LONG, Document, Documents
from graph.errors import InvalidRequest
from graph.limits import Limits
from graph.schema import schema

LONG_DOCUMENT = f"{{ __typename {' ' * LONG} }}"
REFUSED = f"{{ nothing {' ' * LONG} }}"


class Watched(Documents):
    """Remembers what it began to accept, and on which thread; `busy` holds all of it up."""

    def __init__(self) -> None:
        super().__init__(schema._schema, Limits(), introspection=True)  # noqa: SLF001 - there is no public way to it
        self.begun: list[tuple[str, str]] = []
        self.busy = threading.Event()

    def _accept(self, source: str) -> Document:
        self.begun.append((source, threading.current_thread().name))
        assert self.busy.wait(10)
        return super()._accept(source)


@pytest.fixture
def documents() -> Iterator[Watched]:
    documents = Watched()
    yield documents
    documents.busy.set()
    documents._beside.shutdown()  # noqa: SLF001 - so that no thread outlives the test


async def asked(documents: Watched, *sources: str) -> list[asyncio.Task[None]]:
    """Ask for documents at the same time, and wait until the first of them has begun."""
    tasks = [asyncio.create_task(documents.ready(source)) for source in sources]
    while not documents.begun:  # noqa: ASYNC110 - it is another thread that begins
        await asyncio.sleep(0)
    return tasks


async def test_is_there_at_once_afterwards(documents: Watched) -> None:
    documents.busy.set()
    await documents.ready(LONG_DOCUMENT)
    await documents.ready(LONG_DOCUMENT)
    assert documents.get(LONG_DOCUMENT).plan(None).kind == "query"
    assert documents.begun == [(LONG_DOCUMENT, "documents_0")]


async def test_is_accepted_once_for_all_who_send_it_meanwhile(documents: Watched) -> None:
    tasks = await asked(documents, *[LONG_DOCUMENT] * 5)
    documents.busy.set()
    await asyncio.gather(*tasks)
    assert len(documents.begun) == 1


async def test_is_refused_to_each_who_sends_it_and_not_kept(documents: Watched) -> None:
    tasks = await asked(documents, *[REFUSED] * 3)
    documents.busy.set()
    refusals = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in refusals] == [InvalidRequest] * 3
    with pytest.raises(InvalidRequest):
        await documents.ready(REFUSED)
    assert len(documents.begun) == 2


async def test_is_accepted_for_the_others_when_one_who_sent_it_leaves(documents: Watched) -> None:
    leaving, staying = await asked(documents, LONG_DOCUMENT, LONG_DOCUMENT)
    leaving.cancel()
    await asyncio.wait([leaving])
    documents.busy.set()
    await staying
    assert leaving.cancelled()
    assert documents.get(LONG_DOCUMENT).plan(None).kind == "query"
    assert len(documents.begun) == 1


async def test_is_not_begun_when_all_who_sent_it_have_left(documents: Watched) -> None:
    first, *others = await asked(documents, LONG_DOCUMENT, REFUSED, REFUSED)
    for each in others:
        each.cancel()
    await asyncio.wait(others)
    documents.busy.set()
    await first
    await documents.ready(LONG_DOCUMENT + " ")
    assert [source for source, _ in documents.begun] == [LONG_DOCUMENT, LONG_DOCUMENT + " "]


async def test_can_be_sent_again_when_all_who_sent_it_have_left(documents: Watched) -> None:
    (leaving,) = await asked(documents, REFUSED)
    leaving.cancel()
    await asyncio.wait([leaving])
    again = asyncio.create_task(documents.ready(REFUSED))
    await asyncio.sleep(0)
    documents.busy.set()
    with pytest.raises(InvalidRequest):
        await again


async def test_keeps_no_short_one_waiting(documents: Watched) -> None:
    (waiting,) = await asked(documents, LONG_DOCUMENT)
    await documents.ready("{ __typename }")
    assert not waiting.done()
    documents.busy.set()
    await waiting
