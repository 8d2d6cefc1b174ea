"""Posting to partners' addresses, and nowhere else: what a name stands for is looked at when the connection is made."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Final, Protocol, Self

import httpcore

from domain.webhooks import Address, AddressError, Network, check_address, parse_url

TIMEOUT_S: Final = 10.0
"""For one attempt, from the name's look-up to the answer's head."""
_CONNECTIONS_MAX: Final = 100
_LOOK_UPS: Final = ThreadPoolExecutor(_CONNECTIONS_MAX, thread_name_prefix="webhook-names")
"""Of their own, and many: a name server that answers late must hold up nothing else."""
_BODY_READ_MAX: Final = 4_096
_DIGITS_MAX: Final = 4
_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went: the status that was answered, or None, and why it has failed, or nothing."""

    status: int | None
    error: str = ""

    @property
    def delivered(self) -> bool:
        """Say whether the receiver has taken it."""
        return self.status in _OK if self.status is not None else False


class WebhookGateway(Protocol):
    """Posts to a webhook's address."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post, and tell how it went; raises nothing but what ends the process."""


async def resolve(host: str, port: int) -> list[Address]:
    """Look a host's addresses up; raises AddressError for a name that has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_LOOK_UPS, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        raise AddressError("the name of its host is not known") from None
    return list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


async def check(url: str, *, allowed: Sequence[Network]) -> None:
    """Check an address when it is registered; raises AddressError. It is looked at again at every connection."""
    parts = parse_url(url, allowed=allowed)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            addresses = await resolve(parts.hostname or "", parts.port or 443)
    except TimeoutError:
        raise AddressError(f"the name of its host was not found within {TIMEOUT_S:g} s") from None
    for address in addresses:
        check_address(address, allowed=allowed)


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked: between a check and a second look-up a name may change."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the host up, refuse it if any of its addresses may not be posted to, connect to the first."""
        addresses = await resolve(host, port)
        for address in addresses:
            check_address(address, allowed=self._allowed)
        return await self._network.connect_tcp(
            str(addresses[0]), port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no address leads there."""
        del timeout, socket_options
        raise AddressError(f"{path} is no host")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class WebhookClient:
    """Posts over HTTPS, or over plain HTTP in the networks that are `allowed`. Follows no redirect, uses no proxy."""

    def __init__(self, *, allowed: Sequence[Network] = (), verify: ssl.SSLContext | None = None) -> None:
        self._allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify or httpcore.default_ssl_context(),
            max_connections=_CONNECTIONS_MAX,
            max_keepalive_connections=20,
            keepalive_expiry=10.0,
            network_backend=_CheckedNetwork(allowed),
        )

    async def __aenter__(self) -> Self:
        """Open the client."""
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._pool.__aexit__(kind, error, trace)

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Post, and tell how it went."""
        try:
            parts = parse_url(url, allowed=self._allowed)
            sent = {"host": parts.netloc, "content-length": str(len(body)), **headers}
            async with asyncio.timeout(TIMEOUT_S):
                async with self._pool.stream("POST", url, headers=list(sent.items()), content=body) as answer:
                    status: int = answer.status
                    # A short body is read so that the connection can be used again; of any other the head is enough.
                    if _is_short(answer):
                        await answer.aread()
        except AddressError as error:
            return Outcome(None, error.message)
        except TimeoutError:
            return Outcome(None, f"No answer within {TIMEOUT_S:g} s.")
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            OSError,
            ssl.SSLError,
        ) as error:
            return Outcome(None, f"{type(error).__name__}: {error}"[:200])
        if status in _REDIRECTS:
            return Outcome(status, "Redirects are not followed: register the address that it leads to.")
        return Outcome(status, "" if status in _OK else f"The receiver answered {status}.")


def _is_short(answer: httpcore.Response) -> bool:
    length = next((value for name, value in answer.headers if name.lower() == b"content-length"), b"")
    return length.isdigit() and len(length) <= _DIGITS_MAX and int(length) <= _BODY_READ_MAX
