"""The report of a run of the benchmarks ..."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench import report
from tests.bench.intake import Intake
from tests.bench.measuring import Measurement
from tests.bench.report import BARS, BEGIN, END, Report

LISTING = Measurement(
    configuration="souk",
    document="listing",
    requests=1_000,
    requests_per_s=1234.5,
    p50_ms=10.04,
    p99_ms=20.0,
    app_cpu_ms=5.999,
    postgres_cpu_ms=0.5,
    meilisearch_cpu_ms=0.0,
    statements=6.0,
    response_bytes=10_250.0,
    peak_memory_mb=99.6,
)
IMPORT = Intake(
    name="import",
    products=10_000,
    seconds=2.5,
    app_cpu_s=1.0,
    app_peak_mb=80.0,
    postgres_cpu_s=1.5,
    meilisearch_cpu_s=0.0,
)
RUN = Report(
    machine={"cores": "2"}, products=10_000, connections=16, seconds=5.0, measurements=[LISTING], intakes=[IMPORT]
)


def test_is_two_tables_and_what_became_of_the_bars() -> None:
    assert RUN.text().splitlines()[4:] == [
        (
            "| document | server | requests/s | p50 ms | p99 ms | app CPU ms | Postgres CPU ms | Meilisearch CPU ms |"
            " statements | answer kB | app peak MB |"
        ),
        (
            "| -------- | ------ | ---------: | -----: | -----: | ---------: | --------------: | -----------------: |"
            " ---------: | --------: | ----------: |"
        ),
        (
            "| listing  | souk   |      1,234 |   10.0 |   20.0 |       6.00 |            0.50 |               0.00 |"
            "        6.0 |      10.2 |         100 |"
        ),
        "",
        "| run    | products |   s | products/s | app CPU s | Postgres CPU s | Meilisearch CPU s | app peak MB |",
        "| ------ | -------: | --: | ---------: | --------: | -------------: | ----------------: | ----------: |",
        "| import |   10,000 | 2.5 |      4,000 |       1.0 |            1.5 |               0.0 |          80 |",
        "",
        "Bar: listing on souk: 6.00 ms CPU of the app process (at most 6), 6.0 statements (at most 6): met.",
    ]


@pytest.mark.parametrize("worse", [{"app_cpu_ms": 6.001}, {"statements": 6.01}])
def test_says_so_when_a_bar_is_missed(worse: dict[str, Any]) -> None:
    assert BARS["listing"].verdict(LISTING).endswith(": met")
    assert BARS["listing"].verdict(replace(LISTING, **worse)).endswith(": MISSED")


def test_goes_between_the_markers_of_a_page_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n")
    report.write(RUN, page)
    assert page.read_text() == f"before\n{BEGIN}\n{RUN.text()}\n{END}\nafter\n"


@pytest.mark.parametrize("text", ["no markers", f"only {BEGIN}", f"{END} the wrong way round {BEGIN}"])
def test_refuses_a_page_without_markers_and_leaves_it_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=r"page\.md has no place for the figures"):
        report.write(RUN, page)
    assert page.read_text() == text


def test_has_a_page_to_go_to() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)
