"""graphql-http's audit of servers ..."""

from collections.abc import Callable
from typing import Any


def test_passes_every_one_of_its_checks(toy_server: Any, node: Callable[..., Any]) -> None:
    results = node("http_audit.mjs", toy_server.url)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61
