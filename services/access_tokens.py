"""Access tokens: short-lived JWTs that say who somebody is, so that no request needs a look at the database for it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import jwt

from domain.access import MerchantRole, PlatformRole, Viewer
from domain.errors import Refusal

ALGORITHM: Final = "HS256"
LIFETIME: Final = timedelta(minutes=15)
"""How long a suspended or erased account is let in at most."""
AUDIENCE: Final = "souk"
_KNOWN_MAX: Final = 4_096


class AccessTokenError(Refusal):
    """An access token is none of ours."""

    code = "UNAUTHENTICATED"


class AccessTokenExpiredError(AccessTokenError):
    """An access token's time is over."""

    code = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The access token has expired: get a new one by `sessionRefresh`, or sign in again.")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token with the end of its time."""

    text: str
    expires_at: datetime


class AccessTokens:
    """Makes and reads access tokens with one secret key.

    What was found genuine is known by its text, the latest `_KNOWN_MAX`: a client sends one for a quarter of an hour,
    and to take a JWT apart costs a tenth of what the list of somebody's orders does.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: OrderedDict[str, Viewer] = OrderedDict()

    def issue(self, viewer: Viewer, *, now: datetime) -> AccessToken:
        """Make a token for somebody who is signed in."""
        expires_at = (now + LIFETIME).replace(microsecond=0)
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "sub": str(viewer.account_id),
            "sid": viewer.session_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        if viewer.customer_id is not None:
            claims["customer"] = viewer.customer_id
        if viewer.platform is not None:
            claims["platform"] = viewer.platform.value
        if viewer.merchants:
            claims["merchants"] = {str(key): role.value for key, role in viewer.merchants.items()}
        return AccessToken(jwt.encode(claims, self._key, algorithm=ALGORITHM), expires_at)

    def read(self, text: str, *, now: datetime | None = None) -> Viewer:
        """Read who a token is for. Raises AccessTokenError, AccessTokenExpiredError among them."""
        viewer = self._known.get(text)
        if viewer is None:
            viewer = self._known[text] = self._genuine(text)
            if len(self._known) > _KNOWN_MAX:
                self._known.popitem(last=False)
        check_time(viewer, now=now or datetime.now(UTC))
        return viewer

    def _genuine(self, text: str) -> Viewer:
        try:
            claims = jwt.decode(
                text,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["exp", "sub"], "verify_exp": False},
            )
            expires_at, account_id = int(claims["exp"]), int(claims["sub"])
            merchants = {int(key): MerchantRole(role) for key, role in claims.get("merchants", {}).items()}
            platform = claims.get("platform")
            return Viewer(
                account_id=account_id,
                session_id=claims.get("sid"),
                customer_id=claims.get("customer"),
                merchants=_unchangeable(merchants),
                platform=None if platform is None else PlatformRole(platform),
                expires_at=datetime.fromtimestamp(expires_at, UTC),
            )
        except (jwt.InvalidTokenError, ValueError, AttributeError, OverflowError):
            raise AccessTokenError(
                "The access token is none of this shop's: send `Authorization: Bearer <accessToken of a session>`."
            ) from None


def check_time(viewer: Viewer, *, now: datetime) -> None:
    """Raise AccessTokenExpiredError when the time of what proves who somebody is is over."""
    if viewer.expires_at is not None and now >= viewer.expires_at:
        raise AccessTokenExpiredError


def _unchangeable(roles: dict[int, MerchantRole]) -> Mapping[int, MerchantRole]:
    return MappingProxyType(roles)
