"""Who is asking, by what was sent: the header Authorization, the header Cart-Token, or a WebSocket's first payload."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from domain.access import VISITOR, PartnerKind, Scope, Viewer
from graph.errors import ClientError
from models.database import Database
from resolvers.loaders import partners
from server.http.connections import ConnectionInfo
from services import api_keys
from services.access_tokens import AccessTokenError, AccessTokens

CART_TOKEN_LENGTH_MAX: Final = 200
_PROOFS: Final = frozenset({b"authorization", b"cart-token"})


class UnauthenticatedError(ClientError):
    """What was sent to prove who is asking proves nothing."""

    code = "UNAUTHENTICATED"
    status = 401


class Authentication:
    """Finds out who is asking.

    Access tokens are read without a statement; an API key takes one. A bad one is refused, never passed over: who
    sends it means to be somebody. `hops` is how many proxies of ours stand before the server.
    """

    def __init__(self, database: Database, *, secret_key: str, hops: int) -> None:
        self._database = database
        self._tokens = AccessTokens(secret_key)
        self._hops = hops

    async def viewer(self, connection: ConnectionInfo) -> Viewer:
        """Find out who is asking. Raises UnauthenticatedError, with the code TOKEN_EXPIRED if only time has passed."""
        sent = _sent(connection)
        viewer = await self._bearer(sent.get("authorization", ""))
        cart_token = sent.get("cart-token", "")
        if not cart_token:
            return viewer
        if len(cart_token) > CART_TOKEN_LENGTH_MAX or not cart_token.isascii():
            raise UnauthenticatedError("Cart-Token: send the `token` that `cartCreate` has answered, as it is.")
        return replace(viewer, cart_token=cart_token)

    def client(self, connection: ConnectionInfo) -> str:
        """Name the network that asks: an address, of IPv6 the first half; empty if it is not known."""
        forwarded = connection.headers.get("x-forwarded-for", "").split(",") if self._hops else []
        address = forwarded[-self._hops].strip() if len(forwarded) >= self._hops > 0 else ""
        if not address and (client := connection.scope.get("client")):
            address = client[0]
        return _network(address)

    async def _bearer(self, header: str) -> Viewer:
        if not header:
            return VISITOR
        scheme, _, credential = header.partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            raise UnauthenticatedError(
                "Authorization: send `Bearer <access token>`, or `Bearer <API key>` as a partner."
            )
        if credential.startswith(api_keys.PREFIX):
            return await self._partner(credential)
        try:
            return self._tokens.read(credential)
        except AccessTokenError as error:
            raise UnauthenticatedError(error.message, code=error.code) from None

    async def _partner(self, key: str) -> Viewer:
        (found,) = await partners.BY_KEY_PREFIX.load(self._database, [api_keys.prefix_of(key)])
        hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        if found is None or not hmac.compare_digest(found.hash, hashed):
            raise UnauthenticatedError("The API key is unknown or was revoked: ask for a new one.")
        return Viewer(
            partner_id=found.partner_id,
            partner_kind=PartnerKind(found.kind),
            partner_merchant_id=found.merchant_id,
            scopes=frozenset(map(Scope, found.scopes)),
            key_prefix=found.prefix,
        )


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(ip_network((known, 64), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)


def _sent(connection: ConnectionInfo) -> Mapping[str, Any]:
    """Give what was sent by name in lower case. What a WebSocket's first payload says goes before its headers."""
    # Each request comes by here: the headers are looked through once, as they are.
    sent: dict[str, Any] = {}
    for name, value in connection.scope["headers"]:
        if name in _PROOFS:
            sent.setdefault(name.decode("ascii"), value.decode("latin-1"))
    for name, value in connection.params.items():
        if name.lower() in {"authorization", "cart-token"}:
            if not isinstance(value, str):
                raise UnauthenticatedError(f"{name}: it must be a text, as the header would be.")
            sent[name.lower()] = value
    return sent
