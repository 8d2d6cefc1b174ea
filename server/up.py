"""Everything from one command: engines, migrations, demo data, worker and server, kept running until told to stop."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from server import config, first_start, listening, migrate
from server.children import Program
from server.data_directory import DataDirectory
from server.engines import external
from server.engines.meilisearch import EmbeddedMeilisearch
from server.engines.postgres import EmbeddedPostgres
from server.supervisor import Supervisor

_log = structlog.get_logger()

# The server grants its requests four seconds; the engines, stopped after it, need less than one each.
_STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `souk up` was asked for."""

    host: str
    port: int
    data_dir: Path
    workers: int
    demo_products: int


async def up(options: Options) -> None:
    """Run everything until SIGINT or SIGTERM; raises Failure when something cannot start."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    directory = DataDirectory(options.data_dir)
    with directory.hold(), listening.listen(options.host, options.port) as listener:
        supervisor = Supervisor()
        try:
            await _unless(stop, _start(supervisor, directory, listener, options))
            await stop.wait()
            _log.info("stopping")
        finally:
            await supervisor.stop("worker", *_server_names(options))
            await supervisor.stop("meilisearch", "postgres")


async def _start(supervisor: Supervisor, directory: DataDirectory, listener: socket.socket, options: Options) -> None:
    """Start everything at once: while the engines come up, the other children read their code and wait for them."""
    environ = dict(os.environ)
    if options.workers > 1:
        environ["PROMETHEUS_MULTIPROC_DIR"] = str(await asyncio.to_thread(_metrics_directory, directory))
    serve = ("serve", "--descriptor", str(listener.fileno()))
    await _together(
        _prepare(supervisor, directory, options),
        supervisor.start(_souk("worker", "worker", directory=directory, environ=environ), ready=_at_once),
        *(
            supervisor.start(
                _souk(name, *serve, directory=directory, environ=environ, descriptors=(listener.fileno(),)),
                ready=lambda: asyncio.to_thread(_serves, listener.getsockname()),
                timeout_s=None,  # loading much demo data takes long
            )
            for name in _server_names(options)
        ),
    )
    _welcome(directory, listener.getsockname())


async def _prepare(supervisor: Supervisor, directory: DataDirectory, options: Options) -> None:
    """Start and fill the engines, then announce them."""
    addresses = await _engines(supervisor, directory)
    await migrate.upgrade(addresses["database_url"])
    if options.demo_products:
        settings = config.Settings.from_env(os.environ, override=addresses)
        await first_start.load_demo(settings, directory, products=options.demo_products)
        await first_start.load_demo_accounts(settings.database_url, directory)
    directory.announce(addresses)


async def _engines(supervisor: Supervisor, directory: DataDirectory) -> dict[str, str]:
    """Start the engines that the environment gives no address of; return the addresses of both."""
    addresses = {}
    starts: list[Callable[[], Coroutine[Any, Any, None]]] = []  # called when both engines are known to be there
    if os.environ.get("DATABASE_URL"):
        addresses["database_url"] = str(config.read("database_url", os.environ))
        starts.append(partial(external.check_postgres, addresses["database_url"]))
    else:
        postgres = EmbeddedPostgres(directory)
        addresses["database_url"] = postgres.url
        starts.append(partial(postgres.start, supervisor))
    if os.environ.get("MEILI_URL"):
        addresses["meili_url"] = str(config.read("meili_url", os.environ))
        addresses["meili_key"] = os.environ.get("MEILI_KEY", "")
        starts.append(partial(external.check_meilisearch, addresses["meili_url"], addresses["meili_key"]))
    else:
        meilisearch = EmbeddedMeilisearch(directory)
        addresses |= {"meili_url": meilisearch.url, "meili_key": meilisearch.key}
        starts.append(partial(meilisearch.start, supervisor))
    await _together(*(start() for start in starts))
    return addresses


def _souk(
    name: str,
    *arguments: str,
    directory: DataDirectory,
    environ: dict[str, str],
    descriptors: tuple[int, ...] = (),
) -> Program:
    """Describe a child that is `souk` itself; the data directory in its arguments marks it as ours."""
    return Program(
        name=name,
        argv=(sys.executable, "-m", "server", *arguments, "--wait", "--data-dir", str(directory.path)),
        environ=environ,
        pid_file=directory.pids / name,
        descriptors=descriptors,
        stop_timeout_s=_STOP_TIMEOUT_S,
    )


def _server_names(options: Options) -> list[str]:
    return ["server"] if options.workers == 1 else [f"server-{number}" for number in range(1, options.workers + 1)]


def _metrics_directory(directory: DataDirectory) -> Path:
    """Make the directory in which the server processes count together, empty: counts begin anew with each start."""
    path = directory.path / "metrics"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


async def _at_once() -> bool:
    return True


def _serves(address: tuple[Any, ...]) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(address[0], address[0])  # noqa: S104 - read, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{address[1]}/healthz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """Do all of `work` at once; the first failure ends the rest and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in work:
                group.create_task(part)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do `work`, but give it up when `stop` is set meanwhile."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        await working
        return
    working.cancel()
    await asyncio.wait((working,))


def _welcome(directory: DataDirectory, address: tuple[Any, ...]) -> None:
    accounts = directory.known_demo_accounts()
    if not accounts:
        directory.write_demo_accounts([])
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    sys.stdout.write(
        f"\n  Souk is ready: http://{host}:{address[1]}/graphql (in a browser, that is GraphiQL)\n"
        f"  Demo accounts{_listed(accounts)} ({directory.demo_accounts})\n"
        "  Ctrl-C stops everything.\n\n"
    )
    sys.stdout.flush()


def _listed(accounts: list[dict[str, str]]) -> str:
    lines = [
        f"\n    {each['role']:<9} " + (f"{each['email']}  {each['password']}" if "email" in each else each["apiKey"])
        for each in accounts
    ]
    return ":" + "".join(lines) + "\n   " if lines else ": none"
