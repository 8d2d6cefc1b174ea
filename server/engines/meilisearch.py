"""Meilisearch 1.21: the machine's own, or the binary that `npm ci` brought; run and supervised by ourselves.

It listens on 127.0.0.1 alone, on a free port, asks for a generated key and sends no telemetry.
"""

import asyncio
import os
import shutil
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from server.children import Program
from server.data_directory import DataDirectory
from server.engines import loopback
from server.failures import Failure
from server.supervisor import Supervisor

_FROM_NPM = Path(__file__).parent / "node_modules" / "@gaubee" / "meilisearch-linux-amd64" / "meilisearch"


class NoMeilisearchError(Failure):
    """There is no Meilisearch to start; the message says where to get one."""


class EmbeddedMeilisearch:
    """The Meilisearch server of one data directory; `start` it, connect to `url` with `key`.

    Raises NoMeilisearchError if the machine has no binary.
    """

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._binary = _binary()
        self._port = loopback.free_port()
        self.key = directory.secret("meilisearch.key").read_text(encoding="ascii")
        self.url = f"http://{loopback.HOST}:{self._port}"

    async def start(self, supervisor: Supervisor) -> None:
        """Start the server; raises ChildFailedError with Meilisearch's own words when it does not start."""
        home = self._directory.path / "meilisearch"
        home.mkdir(mode=0o700, exist_ok=True)  # Meilisearch itself would let everybody read its files
        await supervisor.start(
            Program(
                name="meilisearch",
                argv=(
                    str(self._binary),
                    *("--env", "production", "--no-analytics", "--log-level", "WARN"),
                    *("--http-addr", f"{loopback.HOST}:{self._port}"),
                    *("--db-path", str(home / "data.ms"), "--dump-dir", str(home / "dumps")),
                    *("--snapshot-dir", str(home / "snapshots")),
                ),
                environ=loopback.environment(
                    MEILI_MASTER_KEY=self.key
                ),  # not an argument: those are for everybody to see
                pid_file=self._directory.pids / "meilisearch",
                log=self._directory.logs / "meilisearch.log",
            ),
            ready=self._ready,
        )

    async def _ready(self) -> bool:
        return await asyncio.to_thread(_answers, f"{self.url}/health")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - the address of our own child
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _binary() -> Path:
    """Find a binary: the one on PATH comes before npm's."""
    if own := shutil.which("meilisearch"):
        return Path(own).resolve()
    if not _FROM_NPM.exists():
        raise NoMeilisearchError(
            "There is no Meilisearch to start: run `make engines` (Linux on x86-64), or put a `meilisearch` 1.21 on"
            " PATH (other machines), or set MEILI_URL and MEILI_KEY to the address of a server."
        )
    if not os.access(_FROM_NPM, os.X_OK):
        _FROM_NPM.chmod(0o755)  # npm unpacks it without the right to execute
    return _FROM_NPM
