"""A process of followers, for `tests.trials.event_followers`, which starts and kills it: it imports little."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.factories.followers import GONE, Follower

EACH = 5
"""Followers in a process."""


class Noting(Follower):
    """A follower that notes each event in a file: what it has noted it has dealt with."""

    def __init__(self, credential: str, path: Path, start: str) -> None:
        noted = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        super().__init__(credential, json.loads(noted[-1])["cursor"] if noted else start)
        self._file = path.open("a", encoding="ascii", buffering=1)

    def take(self, event: dict[str, object]) -> None:
        """Note an event; a line is written whole or not at all by a process that is killed."""
        self._file.write(json.dumps(event) + "\n")
        super().take(event)


async def follow(folder: Path, first: int, credential: str, start: str, urls: Sequence[str]) -> None:
    """Be a process of followers, for ever: who loses its server goes to the next one."""

    async def one(number: int) -> None:
        follower = Noting(credential, folder / f"{number}.jsonl", start)
        for attempt in range(number, sys.maxsize):
            with suppress(*GONE):
                await follower.follow(urls[attempt % len(urls)], types=["PRODUCT_CHANGED"])
            await asyncio.sleep(0.2)

    await asyncio.gather(*(one(number) for number in range(first, first + EACH)))


if __name__ == "__main__":
    asyncio.run(follow(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:]))
