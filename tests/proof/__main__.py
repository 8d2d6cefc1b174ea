"""`python -m tests.proof`: nothing is oversold, charged twice, lost or left behind.

Prints a table; the exit code is 1 unless every figure that must be zero is.
"""

import asyncio
import time
from typing import Annotated

import typer

from server.logging import configure
from tests.proof import care, report, shop, stack, trials
from tests.proof.trials import Scene, Trial

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def main(
    *,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="A part of the numbers, such as 0.05.")] = 1.0,
    write: Annotated[bool, typer.Option("--write", help="Put the table into docs/proof.md.")] = False,
) -> None:
    """Prove the checkout under load and kill -9, on engines and servers of its own."""
    configure(level="CRITICAL")
    began = time.monotonic()
    found = asyncio.run(run(scale=scale))
    table = report.table(found, seconds=time.monotonic() - began)
    typer.echo(table)
    if write:
        report.write(table)
    if not all(trial.holds for trial in found):
        raise typer.Exit(1)


async def run(*, scale: float) -> list[Trial]:
    """Run all trials, one after the other, with so large a part of their numbers."""

    def part(number: int) -> int:
        return max(8, round(number * scale))

    async with stack.running(servers=2) as ours:
        url = ours.stack.database_url
        opened = await shop.open_shop(url, articles=60, customers=50, units=1_000_000)
        scene = Scene(ours, opened, url)
        return [
            await trials.rush(scene, checkouts=part(10_000), at_once=64, units=part(100)),
            await trials.threefold(scene, checkouts=part(1_000), at_once=8),
            await trials.crashes(scene, checkouts=part(2_000), at_once=24, every_s=(1.0, 3.0)),
            await care.trial(scene, orders=part(500), at_once=16),
        ]


if __name__ == "__main__":
    app()
