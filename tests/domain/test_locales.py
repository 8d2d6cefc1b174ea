"""A locale ..."""

import pytest

from domain import locales
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("tag", "stored"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("pt-br", "pt-BR"),
        ("PT_br", "pt-BR"),
        ("es-419", "es-419"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("zh-HANS", "zh-Hans"),
        ("gsw-CH", "gsw-CH"),
    ],
)
def test_is_stored_in_one_spelling(tag: str, stored: str) -> None:
    assert locales.normalise(tag) == stored


@pytest.mark.parametrize("tag", ["", "d", "german", "de-", "de-D", "de-CHE", "de CH", "de-CH-1996", "x" * 100, "dé"])
def test_is_refused_when_it_is_none(tag: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        locales.normalise(tag)
    assert caught.value.message == f"{tag[:40]!r} is no locale; write a language tag such as de or pt-BR"


@pytest.mark.parametrize(
    ("tag", "chain"),
    [("de", ["de"]), ("pt-br", ["pt-BR", "pt"]), ("zh-hant-tw", ["zh-Hant-TW", "zh-Hant", "zh"])],
)
def test_falls_back_to_what_is_less_special(tag: str, chain: list[str]) -> None:
    assert locales.fallback_chain(tag) == chain
