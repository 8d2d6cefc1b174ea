"""A hostile connection is refused or cut off in time, with a GraphQL error, while others are served ..."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

# Wall-clock bounds: what else runs on the machine counts against them, so the best of three tries does.
pytestmark = [pytest.mark.usefixtures("neighbour"), pytest.mark.flaky(reruns=2)]

JSON = {"content-type": "application/json"}
OK = b'{"query": "{ __typename }"}'


@pytest.fixture(scope="module")
def toy_server(serve_toy: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """One server for all of these tests: it has to outlive every one of them."""
    with serve_toy() as server:
        yield server


def timed_post(url: str, content: bytes, **headers: str) -> httpx.Response:
    started = time.perf_counter()
    response = httpx.post(url, content=content, headers=JSON | headers)
    assert time.perf_counter() - started < 1
    return response


def code_of(body: bytes) -> str:
    return str(json.loads(body)["errors"][0]["extensions"]["code"])


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


@pytest.mark.parametrize("head", [b"x: " + b"y" * 66_000, b"GET /" + b"a" * 66_000, b"x: y\r\n" * 11_000])
def test_with_a_head_without_end_is_cut_off(toy_server: Any, head: bytes) -> None:
    start = b"" if head.startswith(b"GET") else b"GET /graphql HTTP/1.1\r\n"
    answer, seconds = raw(toy_server.port, start + head)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert code_of(answer.partition(b"\r\n\r\n")[2]) == "HEADERS_TOO_LARGE"
    assert seconds < 1


@pytest.mark.parametrize("start", [b"", b"\r\n", b"POST /graphql HTTP/1.1\r\n", HEAD])
def test_whose_head_drips_is_cut_off_when_its_time_is_up(
    toy_server: Any, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr("server.http.protocol.HEAD_TIMEOUT_S", 0.5)
    answer, seconds = dripping(toy_server.port, start, b"x: y\r\n" if b"HTTP" in start else start)
    assert not answer or answer.startswith(b"HTTP/1.1 408 ")
    assert 0.45 < seconds < 1  # the server began to count a moment before we did


def test_is_cut_off_too_when_it_was_kept_alive(toy_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.protocol.HEAD_TIMEOUT_S", 0.5)
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(OK) + OK
    answer, seconds = dripping(toy_server.port, whole + HEAD, b"x: y\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer
    assert 0.45 < seconds < 1  # the server began to count a moment before we did


def test_that_is_no_http_is_refused(toy_server: Any) -> None:
    answer, _ = raw(toy_server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert code_of(answer.partition(b"\r\n\r\n")[2]) == "INVALID_HTTP"


def answers(connection: socket.socket, count: int) -> bytes:
    """Read until so many answers have begun."""
    said = b""
    while said.count(b"HTTP/1.1 ") < count:
        chunk = connection.recv(65536)
        assert chunk
        said += chunk
    return said


def test_that_sends_more_of_a_body_than_is_read_goes_on_with_its_next_request(toy_server: Any) -> None:
    nowhere = b"POST /nowhere HTTP/1.1\r\nHost: toy\r\nContent-Length: 100000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", toy_server.port), timeout=5) as connection:
        for rest in (b"x" * 99_999 + b"y", b"x" * 99_999 + b"y"):
            connection.sendall(nowhere)
            assert answers(connection, 1).startswith(b"HTTP/1.1 404 ")
            connection.sendall(rest + HEAD + b"Content-Length: %d\r\n\r\n" % len(OK) + OK)
            assert answers(connection, 1).startswith(b"HTTP/1.1 200 ")


def test_that_drips_a_body_that_is_answered_is_cut_off_when_its_time_is_up(
    toy_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.protocol.UNREAD_TIMEOUT_S", 0.5)
    nowhere = b"POST /nowhere HTTP/1.1\r\nHost: toy\r\nContent-Length: 100000\r\n\r\n"
    answer, seconds = dripping(toy_server.port, nowhere, b"x")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert 0.45 < seconds < 1


def test_that_is_kept_alive_and_used_stays_open(toy_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.protocol.HEAD_TIMEOUT_S", 0.1)
    with httpx.Client(headers=JSON) as client:
        slow = client.post(toy_server.url, content=b'{"query": "{ slow(seconds: 0.3) }"}')
        time.sleep(0.2)
        again = client.post(toy_server.url, content=OK)
    assert (slow.status_code, again.status_code) == (200, 200)


def dripping(port: int, start: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send `start`, then `drop` again and again, until the server closes; gives what it said and how long that took."""
    started = time.perf_counter()
    answer = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(start)
        connection.settimeout(0.05)
        while time.perf_counter() - started < 5:
            try:
                chunk = connection.recv(65536)
                if not chunk:
                    break
                answer += chunk
            except TimeoutError:
                connection.sendall(drop)
            except ConnectionError:
                break
    return answer, time.perf_counter() - started
