"""The settings ..."""

from typing import Any

import pytest

from server import config
from server.config import ConfigError, Settings

ADDRESSES = {"DATABASE_URL": "postgresql://souk:secret@db:5432/souk", "MEILI_URL": "http://meili:7700"}

ADDRESS_EXPECTED = "an HTTP address of host and port alone, such as http://127.0.0.1:7700"


def test_are_the_defaults_where_the_environment_says_nothing() -> None:
    settings = Settings.from_env(ADDRESSES)
    assert settings == Settings(database_url=ADDRESSES["DATABASE_URL"], meili_url=ADDRESSES["MEILI_URL"])
    assert (settings.host, settings.port, settings.currency, settings.locale) == ("127.0.0.1", 8000, "USD", "en")


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("DATABASE_URL", "postgres://a@b/c", "database_url", "postgresql://a@b/c"),
        ("DATABASE_URL", "postgresql+asyncpg://a@b/c", "database_url", "postgresql://a@b/c"),
        ("MEILI_URL", "https://search.example/", "meili_url", "https://search.example"),
        ("MEILI_URL", "http://[::1]:7700", "meili_url", "http://[::1]:7700"),
        ("MEILI_KEY", "k", "meili_key", "k"),
        ("SOUK_PORT", " 8001 ", "port", 8001),
        ("SOUK_PORT", "0", "port", 0),
        ("SOUK_CURRENCY", "EUR", "currency", "EUR"),
        ("SOUK_LOCALE", "de-at", "locale", "de-AT"),
        ("SOUK_INTROSPECTION", "off", "introspection", False),
        ("SOUK_INTROSPECTION", "Yes", "introspection", True),
        ("SOUK_MAX_DEPTH", "20", "max_depth", 20),
        ("SOUK_REQUEST_TIMEOUT_S", "3600", "request_timeout_s", 3600),
        ("SOUK_CORS_ORIGINS", "https://a.example/, http://b.example:3000", "cors_origins", None),
    ],
)
def test_read_a_variable(variable: str, text: str, name: str, value: object) -> None:
    expected = ("https://a.example", "http://b.example:3000") if name == "cors_origins" else value
    assert getattr(Settings.from_env({**ADDRESSES, variable: text}), name) == expected
    assert config.variable_of(name) == variable


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("SOUK_PORT", "65536", "SOUK_PORT must be a whole number from 0 to 65535, not '65536'."),
        ("SOUK_PORT", "-1", "SOUK_PORT must be a whole number from 0 to 65535, not '-1'."),
        ("SOUK_PORT", "٨٠", "SOUK_PORT must be a whole number from 0 to 65535, not '٨٠'."),
        ("SOUK_MAX_PAGE_SIZE", "101", "SOUK_MAX_PAGE_SIZE must be a whole number from 1 to 100, not '101'."),
        ("SOUK_CURRENCY", "euro", "SOUK_CURRENCY must be an ISO 4217 code such as USD, not 'euro'."),
        ("SOUK_LOCALE", "English", "SOUK_LOCALE must be a language tag such as en or de-AT, not 'English'."),
        ("SOUK_ENVIRONMENT", "test", "SOUK_ENVIRONMENT must be development or production, not 'test'."),
        ("SOUK_INTROSPECTION", "maybe", "SOUK_INTROSPECTION must be on or off, not 'maybe'."),
        ("SOUK_HOST", "a b", "SOUK_HOST must be a host name or an address, not 'a b'."),
        *[
            (
                "MEILI_URL",
                text,
                f"MEILI_URL must be {ADDRESS_EXPECTED}, not '{text}'.",
            )
            for text in ("meili", "http://", "http://meili/search", "http://a:b@meili", "http://meili?x", "ftp://meili")
        ],
        (
            "DATABASE_URL",
            "mysql://souk:secret@db/souk",
            "DATABASE_URL must be a Postgres address such as postgresql://user:password@host:5432/souk.",
        ),
    ],
)
def test_refuse_a_value_by_the_name_of_its_variable(variable: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_env({**ADDRESSES, variable: text})
    assert str(refused.value) == message


@pytest.mark.parametrize("missing", ["DATABASE_URL", "MEILI_URL"])
def test_say_which_address_is_missing(missing: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Settings.from_env({name: text for name, text in ADDRESSES.items() if name != missing})
    assert str(refused.value) == (
        f"{missing} is not set and no `souk up` is running here:"
        " set it to the address of a server, or start everything with `souk up`."
    )


def test_come_from_the_command_line_then_the_environment_then_the_running_engines() -> None:
    def port(**given: Any) -> int:
        return Settings.from_env(**{"environ": ADDRESSES, **given}).port

    environ = {**ADDRESSES, "SOUK_PORT": "2"}
    assert port(environ=environ, override={"port": "1"}, fallback={"port": "3"}) == 1
    assert port(environ=environ, fallback={"port": "3"}) == 2
    assert port(fallback={"port": "3"}) == 3
    assert Settings.from_env({}, fallback={"database_url": "postgres://a/b", "meili_url": "http://m"}) == Settings(
        database_url="postgresql://a/b", meili_url="http://m"
    )


@pytest.mark.parametrize(
    ("environ", "introspection"),
    [
        ({"SOUK_ENVIRONMENT": "production"}, False),
        ({"SOUK_ENVIRONMENT": "production", "SOUK_INTROSPECTION": "on"}, True),
        ({"SOUK_ENVIRONMENT": "development"}, True),
    ],
)
def test_let_strangers_look_into_the_schema_in_development_only(
    environ: dict[str, str], *, introspection: bool
) -> None:
    assert Settings.from_env({**ADDRESSES, **environ}).introspection is introspection


def test_keep_passwords_out_of_their_text() -> None:
    text = repr(Settings.from_env({**ADDRESSES, "MEILI_KEY": "k3y"}))
    assert "secret" not in text
    assert "k3y" not in text
