"""graphql-http's audit of servers ..."""

from collections.abc import Callable
from typing import Any


def test_passes_every_one_of_its_checks_on_a_small_schema(toy_server: Any, node: Callable[..., Any]) -> None:
    check(node("http_audit.mjs", toy_server.url))


def test_passes_every_one_of_its_checks_on_the_product(product_url: str, node: Callable[..., Any]) -> None:
    check(node("http_audit.mjs", product_url))


def check(results: list[dict[str, str]]) -> None:
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61
