"""Servers that somebody else runs: whether they answer, said in a sentence when they do not."""

from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import asyncpg

from search.client import Meilisearch
from server.failures import Failure


class EngineUnreachableError(Failure):
    """DATABASE_URL or MEILI_URL leads nowhere; the message says why and what to do."""


async def check_postgres(url: str) -> None:
    """Raise EngineUnreachableError unless the Postgres at `url` lets us in and is version 18 or newer."""
    place = _place(url)
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except asyncpg.InvalidCatalogNameError as error:
        raise EngineUnreachableError(
            f"Postgres at {place} says: {error}; create it, or correct DATABASE_URL."
        ) from None
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise EngineUnreachableError(f"Postgres at {place} says: {error}; correct DATABASE_URL.") from None
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise EngineUnreachableError(
            f"No Postgres answers at {place} ({_reason(error)}): start it, correct DATABASE_URL,"
            " or unset it to let `souk up` start its own."
        ) from None
    try:
        major = connection.get_server_version().major
    finally:
        await connection.close()
    if major < 18:  # noqa: PLR2004 - the version the migrations are written for
        raise EngineUnreachableError(f"Postgres at {place} is version {major}: Souk needs 18 or newer.")


async def check_meilisearch(url: str, key: str) -> None:
    """Raise EngineUnreachableError unless the Meilisearch at `url` answers and takes `key`."""
    engine = Meilisearch(url, key, timeout_s=5)
    try:
        status = await engine.status("/version")
    except (OSError, ValueError) as error:
        raise EngineUnreachableError(
            f"No Meilisearch answers at {_place(url)} ({_reason(error)}): start it, correct MEILI_URL,"
            " or unset it to let `souk up` start its own."
        ) from None
    finally:
        engine.close()
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise EngineUnreachableError(
            f"Meilisearch at {_place(url)} refuses the key: set MEILI_KEY to its master key or to one with all rights."
        )
    if status != HTTPStatus.OK:
        raise EngineUnreachableError(
            f"What answers at {_place(url)} is no Meilisearch (status {status}): correct MEILI_URL."
        )


def _place(url: str) -> str:
    """Return host and port of an address: the rest may hold a password."""
    return unquote(urlsplit(url).netloc.rpartition("@")[2]) or "an address without a host"


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
