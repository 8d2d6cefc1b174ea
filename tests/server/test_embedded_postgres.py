"""Postgres of our own: how it is reached."""

import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from server.data_directory import DataDirectory
from server.engines.postgres import EmbeddedPostgres


def _place(directory: Path) -> str:
    return unquote(urlsplit(EmbeddedPostgres(DataDirectory(directory)).url).netloc.rpartition("@")[2])


def test_is_reached_by_a_socket_in_its_directory() -> None:
    with tempfile.TemporaryDirectory() as path:  # pytest's own are nested too deep for a socket
        assert _place(Path(path)).startswith(f"{Path(path).resolve()}/postgres:")


def test_is_reached_by_tcp_where_the_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 100)
    directory.mkdir()
    assert _place(directory).startswith("127.0.0.1:")


async def test_takes_connections_by_the_socket_and_by_tcp(database_url: str) -> None:
    by_socket = await asyncpg.connect(database_url)
    address = await by_socket.fetchval("SELECT inet_server_addr()")
    port = await by_socket.fetchval("SHOW port")
    await by_socket.close()
    assert address is None
    by_tcp = await asyncpg.connect(database_url, host="127.0.0.1", port=int(port))
    assert await by_tcp.fetchval("SELECT host(inet_server_addr())") == "127.0.0.1"
    await by_tcp.close()
