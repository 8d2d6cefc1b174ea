"""The report: the figures of one run as a table for people, as JSON, and in docs/benchmarks.md."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench import processes
from tests.bench.intake import Intake
from tests.bench.measuring import Measurement
from tests.bench.stack import PROJECT

PAGE = PROJECT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a document may cost at most: CPU milliseconds of the app process, and SQL statements."""

    app_cpu_ms: float
    statements: float

    def verdict(self, measured: Measurement) -> str:
        """Say whether a measurement is within the bar."""
        kept = measured.app_cpu_ms <= self.app_cpu_ms and measured.statements <= self.statements
        return (
            f"{measured.document} on {measured.configuration}: {measured.app_cpu_ms:.2f} ms CPU of the app process (at "
            f"most {self.app_cpu_ms:g}), {measured.statements:.1f} statements (at most {self.statements:g}): "
            f"{'met' if kept else 'MISSED'}"
        )


BARS = {"listing": Bar(app_cpu_ms=6, statements=6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run."""

    machine: dict[str, str]
    products: int
    connections: int
    seconds: float
    measurements: Sequence[Measurement]
    intakes: Sequence[Intake]

    def document(self) -> dict[str, Any]:
        """Make what --json prints."""
        return asdict(self) | {"bars": self.verdicts()}

    def verdicts(self) -> list[str]:
        """Say for each measurement that has a bar whether it is within it."""
        return [BARS[each.document].verdict(each) for each in self.measurements if each.document in BARS]

    def text(self) -> str:
        """Write the tables, in Markdown that is aligned for a terminal."""
        machine = "; ".join(f"{name} {value}" for name, value in self.machine.items())
        parts = [
            f"Machine: {machine}.",
            f"{self.products:,} demo products, {self.connections} connections, {self.seconds:g} s a document.",
        ]
        if self.measurements:
            parts.append(_table(_DOCUMENT_COLUMNS, [_document_row(each) for each in self.measurements]))
        if self.intakes:
            parts.append(_table(_INTAKE_COLUMNS, [_intake_row(each) for each in self.intakes]))
        return "\n\n".join([*parts, *(f"Bar: {verdict}." for verdict in self.verdicts())])


_DOCUMENT_COLUMNS = (
    *("document", "server", "requests/s", "p50 ms", "p99 ms", "app CPU ms", "Postgres CPU ms", "Meilisearch CPU ms"),
    *("statements", "answer kB", "app peak MB"),
)
_INTAKE_COLUMNS = (
    *("run", "products", "s", "products/s", "app CPU s", "Postgres CPU s", "Meilisearch CPU s", "app peak MB"),
)

_WORDS = frozenset({"document", "server", "run"})
"""The columns that hold words, not numbers."""


def _document_row(measured: Measurement) -> list[str]:
    return [
        measured.document,
        measured.configuration,
        f"{measured.requests_per_s:,.0f}",
        f"{measured.p50_ms:.1f}",
        f"{measured.p99_ms:.1f}",
        f"{measured.app_cpu_ms:.2f}",
        f"{measured.postgres_cpu_ms:.2f}",
        f"{measured.meilisearch_cpu_ms:.2f}",
        f"{measured.statements:.1f}",
        f"{measured.response_bytes / 1000:.1f}",
        f"{measured.peak_memory_mb:.0f}",
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
