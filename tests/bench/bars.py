"""The bars: what the storefront's documents may take at most, and what became of them in a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.measuring import Measurement, Memory
from tests.bench.stack import REFERENCE, SOUK


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a bar: as measured (`raw`), and with CPU times as they are at the bar's machine (`scaled`).

    What is no CPU time is not scaled: both are the same then.
    """

    text: str
    raw: bool
    scaled: bool

    @property
    def missed(self) -> bool:
        """Whether it is missed on both counts."""
        return not (self.raw or self.scaled)


@dataclass(frozen=True, slots=True)
class CpuBar:
    """What a document may cost at most, in CPU milliseconds of the app process."""

    document: str
    app_cpu_ms: float

    def verdict(self, measured: Measurement, factor: float) -> Verdict:
        """Compare, raw and times the yardstick's `factor`."""
        scaled_ms = measured.app_cpu_ms * factor
        raw, scaled = measured.app_cpu_ms <= self.app_cpu_ms, scaled_ms <= self.app_cpu_ms
        return Verdict(
            f"{self.document}: at most {self.app_cpu_ms:g} ms CPU of the app process: raw {measured.app_cpu_ms:.2f},"
            f" {_word(kept=raw)}; at the bar's machine {scaled_ms:.2f}, {_word(kept=scaled)}",
            raw,
            scaled,
        )


CPU: Final = (CpuBar("listing", 1.2), CpuBar("product", 1.0), CpuBar("search", 1.2))
TIMES_LESS_CPU: Final[Mapping[str, float]] = {"listing": 8, "deep_listing": 12}
"""How many times less CPU of the app process than with the reference in the same run."""
TIMES_LESS_MEMORY: Final[Mapping[str, float]] = {"deep_listing": 3}
"""How many times less peak memory than the reference."""
STATEMENTS: Final[Mapping[str, float]] = {"listing": 6}
"""How many SQL statements a request at most."""
P99_IN_P50: Final = 4.0
"""How many times p50 p99 may be, for every document."""


def verdicts(measurements: Sequence[Measurement], memories: Sequence[Memory], *, factor: float) -> list[Verdict]:
    """Judge all bars whose figures were measured; `factor` takes a CPU time to the bar's machine."""
    ours = {each.document: each for each in measurements if each.configuration == SOUK.name}
    theirs = {each.document: each for each in measurements if each.configuration == REFERENCE.name}
    found = [bar.verdict(ours[bar.document], factor) for bar in CPU if bar.document in ours]
    for document, times in TIMES_LESS_CPU.items():
        if document in ours and document in theirs:
            less = theirs[document].app_cpu_ms / ours[document].app_cpu_ms
            found.append(_least(f"{document}: at least {times:g} times less CPU than the reference", less, times))
    found += _of_memory(memories)
    for document, most in STATEMENTS.items():
        if document in ours:
            found.append(_most(f"{document}: at most {most:g} statements", ours[document].statements, most))
    for document, measured in ours.items():
        times = measured.p99_ms / measured.p50_ms
        found.append(_most(f"{document}: p99 at most {P99_IN_P50:g} times p50", times, P99_IN_P50))
    return found


def _of_memory(memories: Sequence[Memory]) -> Iterator[Verdict]:
    measured = {(each.configuration, each.document): each for each in memories}
    for document, times in TIMES_LESS_MEMORY.items():
        ours, theirs = measured.get((SOUK.name, document)), measured.get((REFERENCE.name, document))
        if ours and theirs:
            name = f"{document}: at least {times:g} times less peak memory than the reference"
            grown = f"{ours.peak_mb - ours.ready_mb:.0f} and {theirs.peak_mb - theirs.ready_mb:.0f} MB above what"
            yield _least(f"{name} ({grown} each has when ready)", theirs.peak_mb / ours.peak_mb, times)


def _least(name: str, value: float, bar: float) -> Verdict:
    return Verdict(f"{name}: {value:.1f}, {_word(kept=value >= bar)}", value >= bar, value >= bar)


def _most(name: str, value: float, bar: float) -> Verdict:
    return Verdict(f"{name}: {value:.1f}, {_word(kept=value <= bar)}", value <= bar, value <= bar)


def _word(*, kept: bool) -> str:
    return "met" if kept else "MISSED"
