"""Locales and the chain in which a text is looked for."""

import re

from domain.errors import InvalidInput

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|\d{3}))?", re.ASCII)


def normalise(tag: str) -> str:
    """Write a BCP 47 tag the way it is stored: "PT-br" becomes "pt-BR"; raises InvalidInput."""
    match = _TAG.fullmatch(tag.replace("_", "-"))
    if match is None:
        raise InvalidInput(f"{tag[:40]!r} is no locale; write a language tag such as de or pt-BR")
    language, script, region = match.groups()
    parts = [language.lower(), script.title() if script else None, region.upper() if region else None]
    return "-".join(part for part in parts if part)


def fallback_chain(tag: str) -> list[str]:
    """List the stored locales to try for a tag, the best first: "pt-BR" gives ["pt-BR", "pt"].

    After the last of them stands the text in the shop's own locale. Raises InvalidInput.
    """
    parts = normalise(tag).split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
