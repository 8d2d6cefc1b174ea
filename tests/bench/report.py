"""The report: the figures of one run as a table for people, as JSON, and in docs/benchmarks.md."""

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench import bars, processes, yardstick
from tests.bench.bars import Verdict
from tests.bench.child import PROJECT
from tests.bench.intake import Intake
from tests.bench.measuring import Measurement, Memory
from tests.bench.stack import REFERENCE

PAGE = PROJECT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run; `yardsticks_ms` are the measurements of the yardstick, spread over it."""

    machine: dict[str, str]
    products: int
    connections: int
    seconds: float
    measurements: Sequence[Measurement]
    memories: Sequence[Memory]
    intakes: Sequence[Intake]
    yardsticks_ms: Sequence[float]

    def document(self) -> dict[str, Any]:
        """Make what --json prints."""
        factor = {"factor": self._factor} if self.yardsticks_ms else {}
        return asdict(self) | factor | {"bars": [asdict(each) for each in self.verdicts()]}

    def verdicts(self) -> list[Verdict]:
        """Say for each bar whose figures were measured what became of it."""
        return bars.verdicts(self.measurements, self.memories, factor=self._factor) if self.yardsticks_ms else []

    @property
    def _factor(self) -> float:
        return yardstick.factor(self.yardsticks_ms)

    def text(self) -> str:
        """Write the tables, in Markdown that is aligned for a terminal."""
        machine = "; ".join(f"{name} {value}" for name, value in self.machine.items())
        parts = [
            f"Machine: {machine}.",
            f"{self.products:,} demo products, {self.connections} connections, {self.seconds:g} s a document.",
        ]
        if self.measurements:
            theirs = {each.document: each for each in self.measurements if each.configuration == REFERENCE.name}
            rows = [_document_row(each, theirs.get(each.document), self._factor) for each in self.measurements]
            parts += [self._yardstick(), _table(_DOCUMENT_COLUMNS, rows)]
        if self.memories:
            parts.append(_table(_MEMORY_COLUMNS, [_memory_row(each) for each in self.memories]))
        if self.intakes:
            parts.append(_table(_INTAKE_COLUMNS, [_intake_row(each) for each in self.intakes]))
        if found := self.verdicts():
            parts.append("Bars:\n\n" + "\n".join(f"- {verdict.text}." for verdict in found))
        return "\n\n".join(parts)

    def _yardstick(self) -> str:
        samples_ms = self.yardsticks_ms
        return (
            f"Yardstick: {statistics.median(samples_ms):.2f} ms CPU (the median of {len(samples_ms)} measurements, the "
            f"least {min(samples_ms):.2f}); {yardstick.AT_THE_BAR_MS:.2f} ms at the bar's machine, so a CPU time there "
            f"is {self._factor:.2f} of the one here."
        )


_DOCUMENT_COLUMNS = (
    *("document", "server", "requests/s", "p50 ms", "p99 ms", "app CPU ms", "at the bar's machine"),
    *("times less than reference", "Postgres CPU ms", "Meilisearch CPU ms", "statements", "answer kB"),
)
_MEMORY_COLUMNS = ("alone", "server", "requests", "MB when ready", "peak MB")
_INTAKE_COLUMNS = (
    *("run", "products", "s", "products/s", "app CPU s", "Postgres CPU s", "Meilisearch CPU s", "app peak MB"),
)

_WORDS = frozenset({"document", "alone", "server", "run"})
"""The columns that hold words, not numbers."""


def _document_row(measured: Measurement, reference: Measurement | None, factor: float) -> list[str]:
    return [
        measured.document,
        measured.configuration,
        f"{measured.requests_per_s:,.0f}",
        f"{measured.p50_ms:.1f}",
        f"{measured.p99_ms:.1f}",
        f"{measured.app_cpu_ms:.2f}",
        f"{measured.app_cpu_ms * factor:.2f}",
        f"{reference.app_cpu_ms / measured.app_cpu_ms:.1f}" if reference else "",
        f"{measured.postgres_cpu_ms:.2f}",
        f"{measured.meilisearch_cpu_ms:.2f}",
        f"{measured.statements:.1f}",
        f"{measured.response_bytes / 1000:.1f}",
    ]


def _memory_row(memory: Memory) -> list[str]:
    return [
        memory.document,
        memory.configuration,
        f"{memory.requests:,}",
        f"{memory.ready_mb:.0f}",
        f"{memory.peak_mb:.0f}",
    ]


def _intake_row(intake: Intake) -> list[str]:
    return [
        intake.name,
        f"{intake.products:,}",
        f"{intake.seconds:.1f}",
        f"{intake.rate:,.0f}",
        f"{intake.app_cpu_s:.1f}",
        f"{intake.postgres_cpu_s:.1f}",
        f"{intake.meilisearch_cpu_s:.1f}",
        f"{intake.app_peak_mb:.0f}",
    ]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    words = [column in _WORDS for column in columns]
    rule = ["-" * width if word else "-" * (width - 1) + ":" for width, word in zip(widths, words, strict=True)]
    lines = []
    for row in (columns, rule, *rows):
        cells = zip(row, widths, words, strict=True)
        lines.append(" | ".join(cell.ljust(width) if word else cell.rjust(width) for cell, width, word in cells))
    return "\n".join(f"| {line} |" for line in lines)


def machine(*, postgres: str, meilisearch: str) -> dict[str, str]:
    """Describe what the figures are measured on, and how busy it is with other things now."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - the developer's own git
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "processor": processes.processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_gb:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "load average before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "Postgres": postgres,
        "Meilisearch": meilisearch,
        "commit": commit or "unknown",
    }


def write(report: Report, page: Path = PAGE) -> None:
    """Put the report between the markers of a page; raises ValueError if they are not there."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} has no place for the figures: it needs the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{report.text()}\n{END}{after}", encoding="utf-8")
