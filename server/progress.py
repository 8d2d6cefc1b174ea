"""How a long command shows where it is: a bar with a rate on a terminal, plain lines everywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

LINE_EVERY_S = 5.0


class _RateColumn(ProgressColumn):
    """Things a second since the start."""

    def render(self, task: Task) -> Text:
        """Write the rate."""
        return Text(f"{_rate(task.completed, task.elapsed or 0):,}/s")


@contextmanager
def products(title: str, *, total: int | None = None, of: str = "products") -> Iterator[Callable[[int], None]]:
    """Show how many products, or other things, are done; the body calls what it is given with their number so far."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(title, of).show
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _RateColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


class _Lines:
    """A line every few seconds."""

    def __init__(self, title: str, of: str) -> None:
        self._title, self._of = title, of
        self._started_at = self._shown_at = time.monotonic()

    def show(self, done: int) -> None:
        now = time.monotonic()
        if now - self._shown_at >= LINE_EVERY_S:
            self._shown_at = now
            typer.echo(f"{self._title}: {done:,} {self._of}, {_rate(done, now - self._started_at):,}/s", err=True)


def _rate(done: float, elapsed_s: float) -> int:
    return int(done / elapsed_s) if elapsed_s > 0 else 0
