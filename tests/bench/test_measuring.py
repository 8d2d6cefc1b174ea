"""Measuring ..."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench import measuring, processes
from tests.bench.child import Child
from tests.bench.measuring import BadAnswerError, Load, Tally, percentile
from tests.bench.stack import REFERENCE, SOUK, Server, Stack
from tests.bench.workload import Workload
from tests.bench.yardstick import Yardstick

LISTING = Workload("listing", [{"category": name} for name in "abc"])


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0), (0.0, 1.0)])
def test_takes_percentiles_that_were_measured(share: float, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], share) == value


def test_divides_what_was_used_in_all_slices_by_all_requests() -> None:
    tally = Tally(
        latencies_ms=[4.0, 1.0, 3.0, 2.0],
        seconds=2.0,
        received_bytes=400,
        statements=20.0,
        app_cpu_s=0.008,
        postgres_cpu_s=0.004,
        meilisearch_cpu_s=0.0,
    )
    measured = tally.measurement("souk", "listing")
    assert (measured.requests, measured.requests_per_s, measured.p50_ms, measured.p99_ms) == (4, 2.0, 2.0, 4.0)
    assert (measured.app_cpu_ms, measured.postgres_cpu_ms, measured.meilisearch_cpu_ms) == (2.0, 1.0, 0.0)
    assert (measured.statements, measured.response_bytes) == (5.0, 100.0)


class Machine:
    """Stands in for everything that is measured: each answer takes 1 ms of the server's CPU and 2 of Postgres'."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answered = {1: 0, 2: 0}
        self.cpu_s = {1: 0.0, 2: 0.0}
        self.postgres_s = 0.0
        self.lost = 0

    async def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        if not what:
            self.asked.append(("yardstick",))
            return {"cpu_ms": 1.0}
        port, requests = what["port"], what["requests_min"]
        sent = "".join(json.loads(body)["variables"]["category"] for body in what["bodies"])
        self.asked.append((port, requests, sent))
        self.answered[port] += requests - self.lost
        self.cpu_s[port] += requests / 1000
        self.postgres_s += requests * 2 / 1000
        return {"seconds": 1.0, "latencies_ms": [5.0] * requests, "received_bytes": 10 * requests, "failure": None}

    async def statements(self, server: Server, operation: str) -> tuple[float, float]:
        assert operation == "Listing"
        return self.answered[server.port], 5.0 * self.answered[server.port]

    def engines_cpu_s(self) -> dict[str, float]:
        return {"postgres": self.postgres_s, "meilisearch": 0.0}


def _statements_of(machine: Machine) -> Callable[[Server, str], Awaitable[tuple[float, float]]]:
    def statements(server: Server, operation: str) -> Awaitable[tuple[float, float]]:
        return machine.statements(server, operation)

    return statements


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(Server, "statements", _statements_of(machine))
    monkeypatch.setattr(Stack, "engines_cpu_s", lambda _: machine.engines_cpu_s())
    monkeypatch.setattr(Child, "ask", lambda _, what: machine.ask(what))
    monkeypatch.setattr(processes, "cpu_s", machine.cpu_s.__getitem__)
    monkeypatch.setattr(measuring, "_WARM_UP_REQUESTS", 4)
    return machine


def servers() -> Mapping[Any, Server]:
    return {SOUK: Server(1, 1, Path("a")), REFERENCE: Server(2, 2, Path("b"))}


def load() -> Load:
    nothing: Any = None
    stack = Stack(nothing, nothing, "", "", "")
    return Load(process=Child(nothing), stack=stack, connections=16, seconds=2.0)


async def test_has_the_servers_take_turns_each_going_on_with_the_questions_where_it_was(machine: Machine) -> None:
    nothing: Any = None
    yardstick = Yardstick(Child(nothing))
    ours, theirs = await load().measure(servers(), LISTING, yardstick)
    assert machine.asked == [
        (1, 4, "abc"),
        (2, 4, "abc"),
        ("yardstick",),
        (1, 2, "abc"),
        (2, 2, "abc"),
        ("yardstick",),
        (1, 2, "cab"),
        (2, 2, "cab"),
    ]
    assert yardstick.samples_ms == [1.0, 1.0]
    assert (ours.configuration, ours.requests, ours.statements) == ("souk", 4, 5.0)
    assert (round(ours.app_cpu_ms, 9), round(ours.postgres_cpu_ms, 9)) == (1.0, 2.0)
    assert theirs == replace(ours, configuration="reference")


async def test_ends_when_the_server_does_not_count_what_was_answered(machine: Machine) -> None:
    machine.lost = 1
    with pytest.raises(BadAnswerError, match="listing: 2 answers, but the server counts 1"):
        await load().measure(servers(), LISTING, Yardstick(load().process))
