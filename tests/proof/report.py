"""The proof's table: for people on a terminal, and in docs/proof.md."""

from collections.abc import Sequence
from typing import Final

from tests.bench.child import PROJECT
from tests.proof.trials import Trial

PAGE: Final = PROJECT / "docs" / "proof.md"
BEGIN, END = "<!-- proof: begin -->", "<!-- proof: end -->"


def table(trials: Sequence[Trial], *, seconds: float) -> str:
    """Write what was done and what was found: every number of the last column must be 0."""
    lines = ["| trial | what must be none | found |", "|---|---|--:|"]
    for trial in trials:
        figures = "; ".join(f"{name}: {value}" for name, value in trial.figures.items())
        lines.append(f"| **{trial.name}** ({figures}) | | |")
        lines += [f"| | {name} | {count} |" for name, count in trial.broken.items()]
    verdict = "Everything holds" if all(trial.holds for trial in trials) else "NOT everything holds"
    return "\n".join([*lines, "", f"{verdict}. It took {seconds:.0f} s."])


def write(text: str) -> None:
    """Put the table into docs/proof.md, between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
