"""A subscription over server-sent events ..."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.transport.toy import Toy, toy_app


def test_gives_the_graphql_sse_client_every_event(toy_server: Any, node: Callable[..., Any]) -> None:
    seen = node("event_stream.mjs", toy_server.url, "subscription { count(to: 3) }", "0")
    assert [result["data"]["count"] for result in seen["results"]] == [0, 1, 2]
    assert seen["ended"] == "completed"
    assert toy_server.toy.closed == 1


def test_closes_the_source_when_the_client_leaves(toy_server: Any, node: Callable[..., Any]) -> None:
    seen = node("event_stream.mjs", toy_server.url, "subscription { count(to: 100000, pause: 0.01) }", "2")
    assert (len(seen["results"]), seen["ended"]) == (2, "left")
    wait_for(lambda: toy_server.toy.closed == 1)


def test_answers_queries_too(toy_server: Any, node: Callable[..., Any]) -> None:
    seen = node("event_stream.mjs", toy_server.url, "{ hello }", "0")
    assert [result["data"] for result in seen["results"]] == [{"hello": "hello world"}]


def test_says_in_the_stream_why_a_document_is_refused(toy_server: Any, node: Callable[..., Any]) -> None:
    seen = node("event_stream.mjs", toy_server.url, "subscription { nothing }", "0")
    assert seen["results"][0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert seen["ended"] == "completed"


def test_refuses_what_passes_a_limit_with_a_status(toy_server: Any) -> None:
    response = stream(toy_server.url, "subscription { count(to: 1) " + "a: __typename " * 51 + "}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_ALIASES"
    assert toy_server.toy.produced == 0


def test_ends_with_a_masked_error_when_the_source_breaks(toy_server: Any) -> None:
    response = stream(toy_server.url, "subscription { breaks }")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    first, second, third, _ = response.text.split("\n\n")
    assert first.startswith('event: next\ndata: {"data":{"breaks":1}')
    error = json.loads(second.removeprefix("event: next\ndata: "))["errors"][0]
    assert (error["message"], error["extensions"]["code"]) == ("Internal error", "INTERNAL")
    assert third == "event: complete\ndata: "


def test_gives_each_event_fresh_loaders(toy_server: Any) -> None:
    response = stream(toy_server.url, "subscription { contexts { number } }")
    numbers = [json.loads(part[18:])["data"]["contexts"]["number"] for part in response.text.split("\n\n")[:3]]
    assert numbers == [1, 1, 1]
    assert len(toy_server.toy.contexts) == 1


async def test_comments_while_nothing_happens(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.event_stream.KEEP_ALIVE_S", 0.02)
    transport = httpx.ASGITransport(toy_app(toy))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        response = await client.get(
            "/graphql",
            params={"query": "subscription { count(to: 1, pause: 0.1) }"},
            headers={"accept": "text/event-stream"},
        )
    assert response.text.count(":\n\n") >= 2
    assert '{"count":0}' in response.text


def test_asks_the_source_no_faster_than_the_client_reads(toy_server: Any) -> None:
    headers = {"accept": "text/event-stream"}
    with httpx.stream("POST", toy_server.url, json={"query": "subscription { large }"}, headers=headers) as response:
        next(response.iter_raw())
        produced = settled(lambda: toy_server.toy.produced)
        assert 0 < produced < 200  # 100 kB each: what the two sockets' buffers take, and no more
    wait_for(lambda: toy_server.toy.produced == settled(lambda: toy_server.toy.produced))


def stream(url: str, query: str) -> httpx.Response:
    return httpx.post(url, json={"query": query}, headers={"accept": "text/event-stream"})


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def settled(measure: Callable[[], int]) -> int:
    """Measure again and again until two measurements 0.3 s apart are the same."""
    for _ in range(30):
        before = measure()
        time.sleep(0.3)
        if measure() == before:
            return before
    raise AssertionError("it never came to rest")
