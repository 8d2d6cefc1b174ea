"""A hostile request is refused within a second, with a GraphQL error, while others are served ..."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Self

import httpx
import pytest

JSON = {"content-type": "application/json"}
OK = b'{"query": "{ __typename }"}'
DEEP_FRAGMENTS = "{ item { ...f0 } } " + " ".join(
    f"fragment f{level} on Item {{ ...f{level + 1} ...f{level + 1} }}" for level in range(28)
)


def query(document: str, **parameters: Any) -> bytes:
    return json.dumps({"query": document, **parameters}).encode()


# What is sent, the status and the code it is answered with when the client takes application/graphql-response+json.
HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "null": (b"null", 400, "INVALID_BODY"),
    "a number": (b"1", 400, "INVALID_BODY"),
    "a string": (b'"a"', 400, "INVALID_BODY"),
    "nothing": (b"", 400, "INVALID_JSON"),
    "a batch": (b"[" + OK + b"]", 400, "BATCHING_NOT_SUPPORTED"),
    "an empty batch": (b"[]", 400, "BATCHING_NOT_SUPPORTED"),
    "invalid UTF-8": (b'{"query": "{ __typename }\xff"}', 400, "INVALID_JSON"),
    "a lone surrogate": (b'{"query": "{ hello(name: \\"\\ud800\\") }"}', 400, "INVALID_JSON"),
    "UTF-16": (OK.decode().encode("utf-16"), 400, "INVALID_JSON"),
    "100,000 nested arrays": (b'{"variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "INVALID_JSON"),
    "a number of 5,000 digits": (b'{"query": ' + b"9" * 5000 + b"}", 400, "INVALID_JSON"),
    "a huge number in variables": (
        b'{"query": "query($n: Int) { items(first: $n) { nodes { number } } }", "variables": {"n": 1e308}}',
        400,
        "BAD_USER_INPUT",
    ),
    "a literal of 5,000 digits": (
        query("{ items(first: " + "9" * 5000 + ") { nodes { number } } }"),
        400,
        "BAD_USER_INPUT",
    ),
    "a float of 5,000 digits": (query("{ slow(seconds: " + "9" * 5000 + ".5) }"), 400, "BAD_USER_INPUT"),
    "variables of text": (query("{ hello }", variables="x"), 400, "INVALID_BODY"),
    "variables of a list": (query("{ hello }", variables=[]), 400, "INVALID_BODY"),
    "a numeric operationName": (query("{ hello }", operationName=1), 400, "INVALID_BODY"),
    "extensions of text": (query("{ hello }", extensions="x"), 400, "INVALID_BODY"),
    "no query": (b"{}", 400, "INVALID_BODY"),
    "a null query": (b'{"query": null}', 400, "INVALID_BODY"),
    "an empty query": (query(""), 400, "GRAPHQL_PARSE_FAILED"),
    "a query of blanks": (query(" \n\t"), 400, "GRAPHQL_PARSE_FAILED"),
    "a query of a comment": (query("# nothing"), 400, "GRAPHQL_PARSE_FAILED"),
    "several operations": (query("query A { hello } query B { hello }"), 400, "OPERATION_NAME_REQUIRED"),
    "an unknown operation": (query("query A { hello }", operationName="B" * 9_000), 400, "UNKNOWN_OPERATION"),
    "an empty operation name": (query("query A { hello }", operationName=""), 400, "UNKNOWN_OPERATION"),
    "fragments alone": (query("fragment f on Query { hello }"), 400, "GRAPHQL_VALIDATION_FAILED"),
    "a type definition": (query("type A { b: Int }"), 400, "GRAPHQL_VALIDATION_FAILED"),
    "600,000 tokens": (query("{" + " a" * 600_000 + "}"), 413, "BODY_TOO_LARGE"),
    "60,000 tokens": (query("{" + " a" * 60_000 + "}"), 400, "TOO_MANY_TOKENS"),
    "60,000 comments": (query("#\n" * 60_000 + "{ hello }"), 400, "TOO_MANY_TOKENS"),
    "60,000 open braces": (query("{a" * 60_000), 400, "DOCUMENT_TOO_DEEP"),
    "60,000 nested lists": (query("{ echo(numbers: " + "[" * 60_000 + ") }"), 400, "DOCUMENT_TOO_DEEP"),
    "lists nested 100 deep": (query("{ echo(numbers: " + "[" * 100 + "]" * 100 + ") }"), 400, "INPUT_TOO_DEEP"),
    "objects nested 100 deep": (
        query("{ hello(name: " + "{a: " * 100 + "1" + "}" * 100 + ") }"),
        400,
        "INPUT_TOO_DEEP",
    ),
    "variables nested 900 deep": (
        query("query($n: [Int!]!) { echo(numbers: $n) }", variables={"n": json.loads("[" * 900 + "]" * 900)}),
        400,
        "INPUT_TOO_DEEP",
    ),
    "80,000 values": (
        query("query($n: [Int!]!) { echo(numbers: $n) }", variables={"n": [1] * 80_000}),
        400,
        "TOO_MANY_INPUT_VALUES",
    ),
    "unknown variables": (
        query("{ hello }", variables={f"v{n}": 1 for n in range(9_000)}),
        400,
        "TOO_MANY_INPUT_VALUES",
    ),
    "a NUL in variables": (
        query("query($n: String!) { hello(name: $n) }", variables={"n": "a\0b"}),
        400,
        "BAD_USER_INPUT",
    ),
    "a NUL in a literal": (query('{ hello(name: "a\\u0000b") }'), 400, "BAD_USER_INPUT"),
    "a selection 100 deep": (
        query("{ item " + "{ child " * 100 + "{ number }" + "}" * 100 + "}"),
        400,
        "DOCUMENT_TOO_DEEP",
    ),
    "fragments spread twice, 28 levels": (
        query(DEEP_FRAGMENTS + " fragment f28 on Item { number }"),
        400,
        "TOO_MANY_FIELDS",
    ),
    "fragments spread twice, 28 levels, aliased": (
        query(DEEP_FRAGMENTS + " fragment f28 on Item { a: number }"),
        400,
        "TOO_MANY_ALIASES",
    ),
    "fragments that add up to depth": (
        query(
            "{ item { ...f0 } } "
            + " ".join(f"fragment f{n} on Item {{ child {{ ...f{n + 1} }} }}" for n in range(300))
            + " fragment f300 on Item { number }"
        ),
        400,
        "DOCUMENT_TOO_DEEP",
    ),
    "a fragment that spreads itself": (query("{ ...f } fragment f on Query { ...f }"), 400, "FRAGMENT_CYCLE"),
    "a cycle of 400 fragments": (
        query("{ ...f0 } " + " ".join(f"fragment f{n} on Query {{ ...f{(n + 1) % 400} }}" for n in range(400))),
        400,
        "FRAGMENT_CYCLE",
    ),
    "1,000 aliases": (query("{" + "".join(f" a{n}: hello" for n in range(1_000)) + "}"), 400, "TOO_MANY_ALIASES"),
    "1,500 equal fields": (query("{" + " hello" * 1_500 + "}"), 400, "TOO_MANY_FIELDS"),
    "600 equal fields with other arguments": (
        query("{" + "".join(f' hello(name: "{n}")' for n in range(600)) + "}"),
        400,
        "TOO_MANY_REPETITIONS",
    ),
    "equal fields in inline fragments": (
        query("{" + "".join(f" ... {{ item {{ child {{ number }} }} x{n}: hello }}" for n in range(45)) + " nothing }"),
        400,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "500 directives": (query("{ hello" + " @skip(if: false)" * 500 + "}"), 400, "GRAPHQL_VALIDATION_FAILED"),
    "900 wrong names": (query("{" + "".join(f" n{n}" for n in range(900)) + "}"), 400, "GRAPHQL_VALIDATION_FAILED"),
    "a name of 200,000 letters": (query("{ " + "n" * 200_000 + " }"), 400, "GRAPHQL_VALIDATION_FAILED"),
    "a page of 101": (query("{ items(first: 101) { nodes { number } } }"), 400, "PAGE_TOO_LARGE"),
    "a page of -1": (query("{ items(first: -1) { nodes { number } } }"), 400, "BAD_USER_INPUT"),
    "too costly a query": (
        query(
            "{"
            + "".join(
                f" p{n}: items(first: 100) {{ nodes {{ number child {{ number child {{ number }} }} }} }}"
                for n in range(40)
            )
            + "}"
        ),
        400,
        "QUERY_TOO_COSTLY",
    ),
    "a deep introspection": (
        query("{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"),
        400,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "a body of 1 MB": (b" " * 1_000_000, 413, "BODY_TOO_LARGE"),
}


class Neighbour:
    """Another client, who asks all the time and must be served all the time."""

    def __init__(self, url: str) -> None:
        self.slowest = 0.0
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._failures: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        assert self._failures == []
        assert self.slowest < 1

    def _ask(self) -> None:
        with httpx.Client() as client:
            while not self._stop.is_set():
                started = time.perf_counter()
                answer = client.post(self._url, json={"query": "{ hello }"})
                self.slowest = max(self.slowest, time.perf_counter() - started)
                if answer.status_code != 200:
                    self._failures.append(answer.text)
                time.sleep(0.005)


@pytest.fixture(scope="module")
def toy_server(serve_toy: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """One server for all of these tests: it has to outlive every one of them."""
    with serve_toy() as server:
        yield server


@pytest.fixture(autouse=True)
def neighbour(toy_server: Any) -> Iterator[Neighbour]:
    with Neighbour(toy_server.url) as neighbour:
        yield neighbour


def timed_post(url: str, content: bytes, **headers: str) -> httpx.Response:
    started = time.perf_counter()
    response = httpx.post(url, content=content, headers=JSON | headers)
    assert time.perf_counter() - started < 1
    return response


def code_of(body: bytes) -> str:
    return str(json.loads(body)["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("name", HOSTILE)
def test_as_a_body(toy_server: Any, name: str) -> None:
    body, status, code = HOSTILE[name]
    response = timed_post(toy_server.url, body, accept="application/graphql-response+json")
    assert (response.status_code, code_of(response.content)) == (status, code)
    assert len(response.content) < 50_000
    older = timed_post(toy_server.url, body)
    request_error = code in {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"}
    assert older.status_code == status or (request_error and older.status_code == 200)
    assert "data" not in older.json()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "br"}, 415),
        ({"content-type": "application/json; charset=utf-16"}, 415),
        ({"content-type": "application/json; charset=latin1"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": ";" * 9_000}, 415),
        ({"accept": "," * 9_000}, 406),
        ({"accept": "application/json;q=" + "9" * 5_000}, 200),
        ({"cookie": "x" * 40_000}, 431),
        ({f"x-{n}": "x" * 100 for n in range(400)}, 431),
    ],
)
def test_by_its_headers(toy_server: Any, headers: dict[str, str], status: int) -> None:
    body = gzip.compress(OK) if "content-encoding" in headers else OK
    response = timed_post(toy_server.url, body, **headers)
    assert response.status_code == status
    assert ("errors" in response.json()) == (status != 200)


@pytest.mark.parametrize(
    ("request_target", "status"),
    [
        ("?query=%7B__typename%7D&variables=%5B%5D", 400),
        ("?query=%7B__typename%7D&variables=%7B", 400),
        ("?query=%FF", 400),
        ("?query=" + "a" * 40_000, 431),
        ("?" + "&".join(["query=%7B__typename%7D"] * 200), 400),
        ("", 400),
    ],
)
def test_by_its_url(toy_server: Any, request_target: str, status: int) -> None:
    started = time.perf_counter()
    response = httpx.get(toy_server.url + request_target)
    assert time.perf_counter() - started < 1
    assert (response.status_code, len(response.json()["errors"])) == (status, 1)


def raw(port: int, request: bytes, *, seconds: float = 5) -> tuple[bytes, float]:
    """Send bytes as they are and read until the server closes; gives what it said and how long that took."""
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer, time.perf_counter() - started


HEAD = b"POST /graphql HTTP/1.1\r\nHost: toy\r\nContent-Type: application/json\r\n"


def test_with_a_length_beyond_the_limit_is_refused_before_its_body(toy_server: Any) -> None:
    answer, seconds = raw(toy_server.port, HEAD + b"Content-Length: 9999999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert code_of(answer.partition(b"\r\n\r\n")[2]) == "BODY_TOO_LARGE"
    assert seconds < 1


def test_with_chunks_beyond_the_limit_is_cut_off(toy_server: Any) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer, seconds = raw(toy_server.port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 5)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert code_of(answer.partition(b"\r\n\r\n")[2]) == "BODY_TOO_LARGE"
    assert seconds < 1


def test_whose_body_never_comes_is_cut_off_when_its_time_is_up(toy_server: Any) -> None:
    answer, seconds = raw(toy_server.port, HEAD + b"Content-Length: 27\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert code_of(answer.partition(b"\r\n\r\n")[2]) == "BODY_TIMEOUT"
    assert 1 <= seconds < 1.5


def test_whose_body_drips_is_cut_off_when_its_time_is_up(toy_server: Any) -> None:
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", toy_server.port), timeout=5) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        connection.settimeout(0.05)
        answer = b""
        while not answer:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                assert time.perf_counter() - started < 3
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 1 <= time.perf_counter() - started < 1.5


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"9" * 5_000])
def test_with_a_length_that_is_no_number_is_refused(toy_server: Any, length: bytes) -> None:
    answer, seconds = raw(toy_server.port, HEAD + b"Content-Length: " + length + b"\r\n\r\n{}")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
    assert seconds < 1


def test_that_leaves_before_its_body_is_forgotten(toy_server: Any) -> None:
    with socket.create_connection(("127.0.0.1", toy_server.port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 27\r\n\r\n{")
    assert timed_post(toy_server.url, OK).status_code == 200
