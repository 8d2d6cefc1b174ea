"""The report of refused rows ..."""

import csv
from pathlib import Path

import pytest

from server.refused_report import COLUMNS, RefusedReport
from services.feeds.opening import RefusedRow


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("-1.50", "-1.50"),
        ("lamp = good", "lamp = good"),
        ("", ""),
    ],
)
def test_holds_no_formula(tmp_path: Path, value: str, written: str) -> None:
    path = tmp_path / "report.csv"
    with RefusedReport(path) as report:
        report.add(Path("feed.csv"), RefusedRow(2, "name", value, "is bad"))
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [list(COLUMNS), ["feed.csv", "2", "name", written, "is bad"]]
