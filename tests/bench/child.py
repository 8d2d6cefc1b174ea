"""A child process that is asked by lines of JSON on its standard input and answers each with a line of JSON."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).parents[2]
_LONGEST_ANSWER: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Child:
    """The parent's end."""

    process: asyncio.subprocess.Process

    async def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        """Send a line, wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer


@asynccontextmanager
async def running(module: str) -> AsyncIterator[Child]:
    """Run a module as a child; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        limit=_LONGEST_ANSWER,
    )
    try:
        yield Child(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()  # which ends it
        await process.wait()


def answer_all(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Be the child's end: answer one line after the other until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
