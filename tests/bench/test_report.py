"""The report of a run of the benchmarks ..."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.intake import Intake
from tests.bench.measuring import Measurement, Memory
from tests.bench.report import BEGIN, END, Report

LISTING = Measurement(
    configuration="souk",
    document="listing",
    requests=1_000,
    requests_per_s=1234.5,
    p50_ms=10.04,
    p99_ms=20.0,
    app_cpu_ms=1.199,
    postgres_cpu_ms=0.5,
    meilisearch_cpu_ms=0.0,
    statements=6.0,
    response_bytes=10_250.0,
)
MEMORY = Memory(configuration="souk", document="deep_listing", requests=1_000, ready_mb=99.6, peak_mb=120.0)
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
    machine={"cores": "2"},
    products=10_000,
    connections=16,
    seconds=5.0,
    measurements=[LISTING, replace(LISTING, configuration="reference", app_cpu_ms=11.99)],
    memories=[MEMORY],
    intakes=[IMPORT],
    yardsticks_ms=[5.0, 3.0, 4.0],
)


def test_is_tables_and_what_became_of_the_bars() -> None:
    assert RUN.text().splitlines()[4:] == [
        (
            "Yardstick: 4.00 ms CPU (the median of 3 measurements, the least 3.00); 2.00 ms at the bar's machine, so a"
            " CPU time there is 0.50 of the one here."
        ),
        "",
        (
            "| document | server    | requests/s | p50 ms | p99 ms | app CPU ms | at the bar's machine |"
            " times less than reference | Postgres CPU ms | Meilisearch CPU ms | statements | answer kB |"
        ),
        (
            "| -------- | --------- | ---------: | -----: | -----: | ---------: | -------------------: |"
            " ------------------------: | --------------: | -----------------: | ---------: | --------: |"
        ),
        (
            "| listing  | souk      |      1,234 |   10.0 |   20.0 |       1.20 |                 0.60 |"
            "                      10.0 |            0.50 |               0.00 |        6.0 |      10.2 |"
        ),
        (
            "| listing  | reference |      1,234 |   10.0 |   20.0 |      11.99 |                 6.00 |"
            "                       1.0 |            0.50 |               0.00 |        6.0 |      10.2 |"
        ),
        "",
        "| alone        | server | requests | MB when ready | peak MB |",
        "| ------------ | ------ | -------: | ------------: | ------: |",
        "| deep_listing | souk   |    1,000 |           100 |     120 |",
        "",
        "| run    | products |   s | products/s | app CPU s | Postgres CPU s | Meilisearch CPU s | app peak MB |",
        "| ------ | -------: | --: | ---------: | --------: | -------------: | ----------------: | ----------: |",
        "| import |   10,000 | 2.5 |      4,000 |       1.0 |            1.5 |               0.0 |          80 |",
        "",
        "Bars:",
        "",
        ("- listing: at most 1.2 ms CPU of the app process: raw 1.20, met; at the bar's machine 0.60, met."),
        "- listing: at least 8 times less CPU than the reference: 10.0, met.",
        "- listing: at most 6 statements: 6.0, met.",
        "- listing: p99 at most 4 times p50: 2.0, met.",
    ]


def test_leaves_the_ratio_empty_without_a_reference() -> None:
    alone = replace(RUN, measurements=[LISTING]).text().splitlines()
    assert alone[8].split("|")[7:9] == ["                 0.60 ", " " * 27]


def test_has_the_factor_and_the_bars_in_its_json() -> None:
    document = RUN.document()
    assert document["factor"] == 0.5
    assert document["bars"][2] == {"text": "listing: at most 6 statements: 6.0, met", "raw": True, "scaled": True}


def test_judges_nothing_when_only_the_intake_was_measured() -> None:
    intake = replace(RUN, measurements=[], memories=[], yardsticks_ms=[])
    assert intake.verdicts() == []
    assert "factor" not in intake.document()
    assert [line[:6] for line in intake.text().splitlines()[4:]] == ["| run ", "| ----", "| impo"]


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
