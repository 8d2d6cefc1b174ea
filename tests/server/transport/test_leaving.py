"""A client that leaves before it is answered ..."""

import json
import socket
import time

import httpx

from graph.operations import Outcome
from tests.server.transport.conftest import ToyServer


def left_behind(server: ToyServer, query: str) -> Outcome:
    """Ask, leave at once, and give what became of the operation."""
    body = json.dumps({"query": query}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head % len(body) + body)
        while not server.toy.contexts:
            time.sleep(0.005)
    while not server.toy.outcomes:
        time.sleep(0.005)
    return server.toy.outcomes[0]


def test_ends_its_query(toy_server: ToyServer) -> None:
    outcome = left_behind(toy_server, "{ slow(seconds: 0.9) }")
    assert (outcome.codes, outcome.seconds < 0.8) == (("CANCELLED",), True)
    assert httpx.post(toy_server.url, json={"query": "{ hello }"}).json()["data"] == {"hello": "hello world"}


def test_does_not_end_its_mutation(toy_server: ToyServer) -> None:
    outcome = left_behind(toy_server, "mutation { slowTouch(seconds: 0.2) }")
    assert (outcome.codes, outcome.seconds > 0.19) == ((), True)
