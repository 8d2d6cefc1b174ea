"""What the process is told from outside: one frozen value, read from the environment once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from domain import locales
from domain.errors import InvalidInput
from domain.webhooks import Network
from server.failures import Failure

_NOTHING: Mapping[str, str] = MappingProxyType({})
SECRET_KEY_LENGTH_MIN = 32
_SQLALCHEMY_SCHEME = re.compile(r"^(postgres|postgresql)(\+asyncpg)?://")


class ConfigError(Failure):
    """What the environment asks for cannot be done; the message names the variable and the way out."""


def _text(default: str, pattern: str, expected: str) -> Any:
    """Declare a text setting that must match `pattern`; `expected` finishes the sentence "must be ..."."""

    def parse(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(expected)
        return value

    return field(default=default, metadata={"parse": parse})


def _whole(default: int, *, least: int = 1, most: int = 2**31) -> Any:
    """Declare a whole-number setting between `least` and `most`."""

    def parse(value: str) -> int:
        # Not `isdigit`: int() would take other alphabets' digits, underscores and 5,000 digits as well.
        if re.fullmatch(r"[0-9]{1,10}", value) is None or not least <= int(value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(value)

    return field(default=default, metadata={"parse": parse})


def _on_off(value: str) -> bool:
    """Read a switch: on or off, in the usual spellings."""
    spellings = {
        "on": True,
        "true": True,
        "1": True,
        "yes": True,
        "off": False,
        "false": False,
        "0": False,
        "no": False,
    }
    if value.lower() not in spellings:
        raise ValueError("on or off")
    return spellings[value.lower()]


def _database_url(value: str) -> str:
    """Check a Postgres address and bring it to asyncpg's spelling, postgresql://."""
    if _SQLALCHEMY_SCHEME.match(value) is None:
        raise ValueError("a Postgres address such as postgresql://user:password@host:5432/souk")
    return _SQLALCHEMY_SCHEME.sub("postgresql://", value)


def _http_url(value: str) -> str:
    """Check an HTTP address of a host and a port, and drop its trailing slash."""
    address = value.rstrip("/")
    if re.fullmatch(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", address) is None:
        raise ValueError("an HTTP address of host and port alone, such as http://127.0.0.1:7700")
    return address


def _origins(value: str) -> tuple[str, ...]:
    """Read the origins whose pages may call the API: `https://shop.example, https://app.example`, or `*` for all."""
    origins = tuple(origin.strip().rstrip("/") for origin in value.split(","))
    for origin in origins:
        if origin != "*" and re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", origin) is None:
            raise ValueError("origins such as https://shop.example, separated by commas, or *")
    return origins


def _networks(value: str) -> tuple[Network, ...]:
    """Read networks such as `10.1.0.0/16, fd00::/8`."""
    try:
        return tuple(ip_network(each.strip()) for each in value.split(","))
    except ValueError:
        raise ValueError("networks such as 10.1.0.0/16, separated by commas") from None


def _secret_key(value: str) -> str:
    """Read the key that signs tokens; a short one could be guessed."""
    if len(value) < SECRET_KEY_LENGTH_MIN:
        raise ValueError(f"a random text of at least {SECRET_KEY_LENGTH_MIN} characters")
    return value


def _locale(value: str) -> str:
    """Read a language tag, and write it as texts are stored and looked for."""
    try:
        return locales.normalise(value)
    except InvalidInput:
        raise ValueError("a language tag such as en or de-AT") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the process; `from_env` reads them.

    The engines' addresses come from DATABASE_URL, MEILI_URL and MEILI_KEY; every other setting from SOUK_<NAME>,
    so SOUK_MAX_DEPTH=20 sets `max_depth`. `proxy_hops` is how many proxies of one's own stand before the server and add
    to X-Forwarded-For; 0 for none. `webhook_networks` are those that webhooks may post to beside the public
    ones, also by plain HTTP. Sizes are in bytes, times in seconds, money in minor units of `currency`.
    """

    database_url: str = field(repr=False, metadata={"variable": "DATABASE_URL", "parse": _database_url})
    meili_url: str = field(metadata={"variable": "MEILI_URL", "parse": _http_url})
    meili_key: str = field(default="", repr=False, metadata={"variable": "MEILI_KEY", "parse": str})
    secret_key: str = field(default="", repr=False, metadata={"parse": _secret_key})
    host: str = _text("127.0.0.1", r"[^\s/]+", "a host name or an address")
    port: int = _whole(8000, least=0, most=65535)
    currency: str = _text("USD", r"[A-Z]{3}", "an ISO 4217 code such as USD")
    locale: str = field(default="en", metadata={"parse": _locale})
    environment: str = _text("development", r"development|production", "development or production")
    cors_origins: tuple[str, ...] = field(default=(), metadata={"parse": _origins})
    introspection: bool = field(default=True, metadata={"parse": _on_off})
    database_pool_size: int = _whole(10, most=1000)
    max_body_bytes: int = _whole(256 * 1024)
    max_tokens: int = _whole(4_000)
    max_depth: int = _whole(15)
    max_aliases: int = _whole(50)
    max_fields: int = _whole(1_000)
    max_page_size: int = _whole(100, most=100)
    max_cost: int = _whole(20_000)
    public_max_age_s: int = _whole(0, least=0, most=86_400)
    trusted_documents: Path | None = field(default=None, metadata={"parse": Path})
    request_timeout_s: int = _whole(15, most=3600)
    proxy_hops: int = _whole(0, least=0, most=10)
    orders_hold_minutes: int = _whole(15, most=7 * 24 * 60)
    test_payments: bool = field(default=True, metadata={"parse": _on_off})
    stripe_secret_key: str = field(default="", repr=False, metadata={"parse": str})
    stripe_webhook_secret: str = field(default="", repr=False, metadata={"parse": str})
    stripe_api_base: str = field(default="", metadata={"parse": _http_url})
    file_folder: Path = field(default=Path(".souk/files"), metadata={"parse": Path})
    webhook_networks: tuple[Network, ...] = field(default=(), metadata={"parse": _networks})
    mail_folder: Path = field(default=Path(".souk/mails"), metadata={"parse": Path})

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str],
        *,
        override: Mapping[str, str] = _NOTHING,
        fallback: Mapping[str, str] = _NOTHING,
    ) -> Self:
        """Read the settings from `environ`.

        `override` and `fallback` hold text by setting's name: the first goes before the environment (command line),
        the second stands in for what is not set (running engines). Introspection and the test provider of payments
        are off in production unless SOUK_INTROSPECTION and SOUK_TEST_PAYMENTS say otherwise. Raises ConfigError for a
        missing address or a value that is wrong.
        """
        known: dict[str, Any] = {}
        for setting in fields(cls):
            value = read(setting.name, environ, override=override, fallback=fallback)
            if value is not None:
                known[setting.name] = value
        if known.get("environment") == "production":
            known.setdefault("introspection", False)
            known.setdefault("test_payments", False)
        return cls(**known)


def read(
    name: str,
    environ: Mapping[str, str],
    *,
    override: Mapping[str, str] = _NOTHING,
    fallback: Mapping[str, str] = _NOTHING,
) -> Any:
    """Read one setting as `Settings.from_env` does; None if it is not set and has a default."""
    setting = next(setting for setting in fields(Settings) if setting.name == name)
    variable = variable_of(name)
    raw = override.get(name) or environ.get(variable, "").strip() or fallback.get(name)
    if raw:
        return _parsed(variable, raw, setting.metadata["parse"])
    if setting.default is MISSING:
        raise ConfigError(
            f"{variable} is not set and no `souk up` is running here:"
            " set it to the address of a server, or start everything with `souk up`."
        )
    return None


def variable_of(name: str) -> str:
    """Name the environment variable that sets the setting `name`."""
    metadata = next(setting.metadata for setting in fields(Settings) if setting.name == name)
    return str(metadata.get("variable", f"SOUK_{name.upper()}"))


def _parsed(variable: str, raw: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(raw)
    except ValueError as error:
        # An address may hold a password: the message names the variable, and shows the value only when it cannot.
        shown = "" if variable in {"DATABASE_URL", "MEILI_KEY", "SOUK_SECRET_KEY"} else f", not {raw[:80]!r}"
        raise ConfigError(f"{variable} must be {error}{shown}.") from None
