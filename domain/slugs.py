"""Slugs: the part of an address that names a thing."""

import re
import unicodedata

_NOT_DECOMPOSED = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "™": "",
        "®": "",
        "©": "",
    }
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")


def slugify(text: str, *, max_length: int = 80) -> str:
    """Turn a name into lower-case ASCII words joined by hyphens, cut between words; empty when nothing is left.

    Accents are dropped ("Crème brûlée" is "creme-brulee"). Scripts without a Latin form leave nothing.
    """
    lowered = text.lower()
    if not lowered.isascii():
        lowered = unicodedata.normalize("NFKD", lowered.translate(_NOT_DECOMPOSED)).encode("ascii", "ignore").decode()
    slug = _SEPARATORS.sub("-", lowered.replace("'", "")).strip("-")
    if len(slug) <= max_length:
        return slug
    head, hyphen, _ = slug[: max_length + 1].rpartition("-")
    return head if hyphen else slug[:max_length]
