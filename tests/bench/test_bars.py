"""The bars ..."""

from dataclasses import replace

import pytest

from tests.bench import bars
from tests.bench.bars import Verdict
from tests.bench.measuring import Measurement, Memory

LISTING = Measurement(
    configuration="souk",
    document="listing",
    requests=1_000,
    requests_per_s=1_000.0,
    p50_ms=10.0,
    p99_ms=40.0,
    app_cpu_ms=1.2,
    postgres_cpu_ms=0.5,
    meilisearch_cpu_ms=0.0,
    statements=6.0,
    response_bytes=10_000.0,
)
PLAIN = replace(LISTING, configuration="reference", app_cpu_ms=9.6)
DEEP = Memory(configuration="souk", document="deep_listing", requests=500, ready_mb=100.0, peak_mb=110.0)
PLAIN_DEEP = replace(DEEP, configuration="reference", peak_mb=330.0)


def judged(*measured: Measurement | Memory, factor: float = 1.0) -> dict[str, tuple[bool, bool]]:
    """Give (raw, scaled) for what each verdict says before its figures."""
    measurements = [each for each in measured if isinstance(each, Measurement)]
    memories = [each for each in measured if isinstance(each, Memory)]
    found = bars.verdicts(measurements, memories, factor=factor)
    return {each.text.rpartition(": ")[0].partition(": raw")[0]: (each.raw, each.scaled) for each in found}


CPU = "listing: at most 1.2 ms CPU of the app process"
TIMES = "listing: at least 8 times less CPU than the reference"
STATEMENTS = "listing: at most 6 statements"
TAIL = "listing: p99 at most 4 times p50"


def test_are_met_by_figures_that_are_just_as_they_say() -> None:
    assert judged(LISTING, PLAIN) == dict.fromkeys((CPU, TIMES, STATEMENTS, TAIL), (True, True))


@pytest.mark.parametrize(
    ("worse", "bar"),
    [
        (replace(LISTING, app_cpu_ms=1.201), CPU),
        (replace(LISTING, statements=6.01), STATEMENTS),
        (replace(LISTING, p99_ms=40.1), TAIL),
    ],
)
def test_are_missed_by_figures_that_are_a_little_worse(worse: Measurement, bar: str) -> None:
    assert [name for name, kept in judged(worse).items() if kept == (False, False)] == [bar]


def test_are_missed_when_the_reference_takes_not_enough_more() -> None:
    assert judged(LISTING, replace(PLAIN, app_cpu_ms=9.59))[TIMES] == (False, False)
    deep, plain = replace(LISTING, document="deep_listing"), replace(PLAIN, document="deep_listing", app_cpu_ms=14.39)
    assert judged(deep, plain)["deep_listing: at least 12 times less CPU than the reference"] == (False, False)


def test_scale_cpu_times_alone_to_the_bars_machine() -> None:
    slower = replace(LISTING, app_cpu_ms=2.4, p99_ms=41.0)
    assert judged(slower, factor=0.5) == {CPU: (False, True), STATEMENTS: (True, True), TAIL: (False, False)}
    assert judged(LISTING, factor=2.0)[CPU] == (True, False)


def test_are_missed_for_good_only_on_both_counts() -> None:
    assert [Verdict("", raw, scaled).missed for raw, scaled in ((True, False), (False, True), (False, False))] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(("document", "most_ms"), [("product", 1.0), ("search", 1.2)])
def test_hold_the_other_documents(document: str, most_ms: float) -> None:
    bar = f"{document}: at most {most_ms:g} ms CPU of the app process"
    measured = replace(LISTING, document=document, app_cpu_ms=most_ms)
    assert judged(measured)[bar] == (True, True)
    assert judged(replace(measured, app_cpu_ms=most_ms + 0.001))[bar] == (False, False)


def test_compare_the_peak_memory_of_whole_processes() -> None:
    (met,) = bars.verdicts([], [DEEP, PLAIN_DEEP], factor=1.0)
    assert met.text == (
        "deep_listing: at least 3 times less peak memory than the reference (10 and 230 MB above what each has when"
        " ready): 3.0, met"
    )
    (missed,) = bars.verdicts([], [DEEP, replace(PLAIN_DEEP, peak_mb=329.0)], factor=1.0)
    assert (missed.text[-11:], missed.missed) == ("3.0, MISSED", True)


def test_say_nothing_of_what_was_not_measured() -> None:
    assert bars.verdicts([PLAIN], [PLAIN_DEEP], factor=1.0) == []
