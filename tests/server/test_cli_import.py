"""The commands `souk import catalogue` and `souk demo` ..."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from models.database import Database
from server.cli import app


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database, database_url: str) -> Path:
    """An empty working directory, and the tests' database as the one that commands find."""
    del database  # it sweeps
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    return tmp_path


def souk(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def record(external_id: str, amount: str = "5") -> str:
    variants = [{"sku": f"L-{external_id}", "prices": [{"amount": amount}]}]
    return json.dumps({"externalId": external_id, "name": f"Lamp {external_id}", "variants": variants}) + "\n"


def outcome(result: Result) -> str:
    """The summary without its time and rate."""
    return result.stdout.partition(" in ")[0]


def test_say_what_became_of_a_file_and_that_a_second_time_changes_nothing(here: Path) -> None:
    Path("lamps.jsonl").write_text(record("1") + record("2"))
    first = souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme")
    assert (first.exit_code, outcome(first)) == (0, "lamps.jsonl: 2 created, 0 updated, 0 unchanged, 0 refused")
    second = souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme")
    assert (second.exit_code, outcome(second)) == (0, "lamps.jsonl: 0 created, 0 updated, 2 unchanged, 0 refused")
    assert second.stdout.endswith("Nothing has changed.\n")
    assert sorted(path.name for path in here.iterdir()) == ["lamps.jsonl"]


def test_report_refused_rows_in_a_file_and_end_with_1(here: Path) -> None:
    (here / "lamps.jsonl").write_text(record("1") + record("2", "5.001") + "nonsense\n" + record("3"))
    result = souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme")
    assert (result.exit_code, outcome(result)) == (1, "lamps.jsonl: 2 created, 0 updated, 0 unchanged, 2 refused")
    with (here / "lamps.jsonl.refused.csv").open(newline="") as report:
        rows = list(csv.reader(report))
    assert rows == [
        ["file", "line", "field", "value", "reason"],
        [
            *("lamps.jsonl", "2", "variants[0].prices[0].amount", "5.001"),
            "'5.001' is finer than USD allows: 2 decimal digits",
        ],
        ["lamps.jsonl", "3", "", "nonsense", "the line is not JSON (invalid literal, expected 'null' at column 1)"],
    ]
    (here / "lamps.jsonl").write_text(record("1"))
    assert souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme").exit_code == 0
    assert not (here / "lamps.jsonl.refused.csv").exists()


def test_gather_the_refused_rows_of_all_files_in_a_report_that_is_named(here: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (here / name).write_text("nonsense\n{}\n")
    assert souk("import", "catalogue", "a.jsonl", "b.jsonl", "--report", "bad.csv", "--merchant", "acme").exit_code == 1
    with (here / "bad.csv").open(newline="") as report:
        assert [row[:2] for row in csv.reader(report)][1:] == [
            ["a.jsonl", "1"],
            ["a.jsonl", "2"],
            ["b.jsonl", "1"],
            ["b.jsonl", "2"],
        ]


def test_keep_nothing_of_a_dry_run(here: Path) -> None:
    (here / "lamps.jsonl").write_text(record("1"))
    dry = souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme", "--dry-run")
    assert (dry.exit_code, outcome(dry)) == (0, "lamps.jsonl: 1 created, 0 updated, 0 unchanged, 0 refused")
    assert dry.stdout.endswith("A dry run: nothing was kept.\n")
    assert "1 created" in outcome(souk("import", "catalogue", "lamps.jsonl", "--merchant", "acme"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "souk: none.jsonl: there is no such file\n"),
        (["broken.jsonl"], "souk: broken.jsonl, line 1: byte 1 of the line is not UTF-8; save the file as UTF-8\n"),
        (["x", "--mapping", "nobody"], "souk: nobody: there is no such mapping file; the project brings "),
        (["x", "--currency", "euro"], "souk: 'euro' is no ISO 4217 currency code"),
        (["lamps.jsonl", "--report", "no/such/folder.csv"], "souk: The report no/such/folder.csv cannot be written"),
    ],
)
def test_say_in_one_sentence_what_is_wrong(here: Path, arguments: list[str], message: str) -> None:
    (here / "broken.jsonl").write_bytes(b"\xff\n")
    (here / "lamps.jsonl").write_text("nonsense\n")
    result = souk("import", "catalogue", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(message)


def test_load_demo_data_once(here: Path) -> None:
    assert here.is_dir()
    first = souk("demo", "--products", "36")
    assert (first.exit_code, first.stdout.partition(";")[0]) == (
        0,
        "Demo data: 36 products created, 0 updated, 0 unchanged",
    )
    accounts = (here / ".souk" / "demo-accounts.json").read_text()
    again = souk("demo", "--products", "36").stdout
    assert again.startswith(
        "Demo data: 0 products created, 0 updated, 36 unchanged; 0 reviews; 0 orders. Accounts for each role: "
    )
    assert (here / ".souk" / "demo-accounts.json").read_text() == accounts
