"""Both engines in a directory that is deleted afterwards, for tests and checks: `python -m server.engines.throwaway`.

Prints one line of JSON, {"database_url", "meili_url", "meili_key"}, and ends with its standard input, so with the
process that started it. What it holds need not survive a crash, so Postgres does not wait for the disk.
"""

import asyncio
import json
import signal
import sys
import tempfile
from pathlib import Path

from server.data_directory import DataDirectory
from server.engines.meilisearch import EmbeddedMeilisearch
from server.engines.postgres import EmbeddedPostgres
from server.logging import configure
from server.supervisor import Supervisor


async def _run(path: Path) -> None:
    directory, supervisor = DataDirectory(path), Supervisor()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    with directory.hold():
        postgres, meilisearch = EmbeddedPostgres(directory, durable=False), EmbeddedMeilisearch(directory)
        try:
            await asyncio.gather(postgres.start(supervisor), meilisearch.start(supervisor))
            addresses = {"database_url": postgres.url, "meili_url": meilisearch.url, "meili_key": meilisearch.key}
            sys.stdout.write(json.dumps(addresses) + "\n")
            sys.stdout.flush()
            await ended.wait()
        finally:
            await supervisor.stop()


if __name__ == "__main__":
    configure(level="WARNING")
    with tempfile.TemporaryDirectory(prefix="souk-") as temporary:
        asyncio.run(_run(Path(temporary)))
