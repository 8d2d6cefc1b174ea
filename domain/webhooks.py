"""Webhooks: when a delivery is tried again, how it is signed (Standard Webhooks), which addresses it may go to."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from domain.errors import InvalidInput

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""How long a delivery is tried, and how long a webhook may fail without a break before it is disabled."""
SECRET_OVERLAP: Final = timedelta(days=1)
"""How long the secret before the last is signed with as well."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with is none
URL_LENGTH_MAX: Final = 2_000

_DELAYS_S: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800)
_LONGEST_DELAY_S: Final = 43_200

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NOT_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a carrier's NAT
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, where clouds keep their metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
            "::/96",  # unspecified, loopback, and IPv4 in its oldest spelling
            "64:ff9b::/96",  # IPv4 behind NAT64
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo among them, which holds an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4, likewise
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


class WebhookState(StrEnum):
    """Whether events are posted."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class DeliveryState(StrEnum):
    """PENDING, then DELIVERED or, when it was tried long enough, DEAD; a DEAD one can be sent again."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class AddressError(InvalidInput):
    """A webhook's address is none that events may be posted to."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"url: {reason}", field="url")


def delay(attempts: int) -> timedelta:
    """Say how long to wait after so many failed attempts, at least one."""
    return timedelta(seconds=_DELAYS_S[attempts - 1] if attempts <= len(_DELAYS_S) else _LONGEST_DELAY_S)


def secret(key: str, *, webhook_id: int, number: int) -> bytes:
    """Give a webhook's secret: its own, and another for each number."""
    return hmac.digest(key.encode(), f"webhook:{webhook_id}:{number}".encode(), hashlib.sha256)


def written(secret_bytes: bytes) -> str:
    """Write a secret as its owner gets it: `whsec_` and Base64."""
    return SECRET_PREFIX + base64.b64encode(secret_bytes).decode()


def signature(secrets: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message with each secret, as the header `webhook-signature` has it.

    Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, Base64, behind `v1,`; several apart by a space.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return " ".join("v1," + base64.b64encode(hmac.digest(each, signed, hashlib.sha256)).decode() for each in secrets)


def parse_url(url: str, *, allowed: Sequence[Network] = ()) -> SplitResult:
    """Check an address as far as it can be without asking for its host's name; raises AddressError.

    Plain HTTP is for hosts in the networks that are `allowed` beside the public ones, and there by number alone.
    """
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressError(f"write an https address of at most {URL_LENGTH_MAX} plain characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError("it is no address such as https://partner.example/events") from None
    if not host or parts.scheme not in {"https", "http"}:
        raise AddressError("it is no address such as https://partner.example/events")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressError("leave out user, password and fragment; the signature says who posts")
    literal = _literal(host)
    if literal is not None:
        check_address(literal, allowed=allowed)
    if parts.scheme == "http" and (literal is None or not _within(literal, allowed)):
        raise AddressError("use https: events are not posted in the open")
    return parts


def check_address(address: Address, *, allowed: Sequence[Network] = ()) -> None:
    """Raise AddressError unless an address is public, or in a network that is allowed beside those."""
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    if _within(plain, allowed) or _within(address, allowed):
        return
    if _within(plain, _NOT_PUBLIC) or not plain.is_global or plain.is_multicast:
        raise AddressError("its host is at an address that is not public")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
