"""What a command finds around it: the settings, and the engines of a `souk up` that runs in the data directory."""

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated

import structlog
import typer

from server import config
from server.config import Settings
from server.data_directory import DataDirectory
from server.engines import external

_log = structlog.get_logger()

DataDir = Annotated[
    Path, typer.Option(help="Where `souk up` keeps its engines; they are used when DATABASE_URL is not set.")
]
Wait = Annotated[bool, typer.Option("--wait", hidden=True, help="Wait until `souk up` announces its engines.")]
DEFAULT_DATA_DIR = Path(".souk")


def settings(data_dir: Path, *, wait: bool = False, **options: str) -> Settings:
    """Read the settings: options first, then the environment, then the engines running in `data_dir`.

    With `wait`, only once a `souk up` has announced that its engines are there and migrated; a child of it does that.
    The key that signs tokens is kept in `data_dir` unless it is set. Raises ConfigError when there is no address in any
    of them.
    """
    directory = DataDirectory(data_dir)
    while wait and not directory.running_engines():
        time.sleep(0.02)
    folders = {"mail_folder": str(directory.path / "mails"), "file_folder": str(directory.path / "files")}
    fallback = folders | directory.running_engines()
    if not os.environ.get(config.variable_of("secret_key")):
        fallback["secret_key"] = directory.secret_key()
    return Settings.from_env(os.environ, override=options, fallback=fallback)


def database_url(data_dir: Path) -> str:
    """Read the database's address alone, for commands that need no Meilisearch."""
    return str(config.read("database_url", os.environ, fallback=DataDirectory(data_dir).running_engines()))


def check(settings: Settings) -> None:
    """Raise EngineUnreachableError unless Postgres answers; warn when Meilisearch does not.

    Without Meilisearch there is no search, but everything else goes on.
    """
    asyncio.run(external.check_postgres(settings.database_url))
    try:
        asyncio.run(external.check_meilisearch(settings.meili_url, settings.meili_key))
    except external.EngineUnreachableError as error:
        _log.warning("no_search", reason=str(error))
