"""The words of the catalogue, with how many products hold each: what a mistyped word is corrected to."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_LENGTH_MIN, _LENGTH_MAX = 3, 40


def words(text: str) -> list[str]:
    """Split a text into its words, lower case."""
    return _WORD.findall(text.lower())


def count(documents: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count in how many products' documents each word of a name, merchant or category stands; digits alone are none."""
    counted: Counter[str] = Counter()
    for document in documents:
        texts: Sequence[str] = (*document["names"].values(), document["merchant_name"], *document["category_names"])
        counted.update({word for text in texts for word in words(text)})
    return Counter({word: number for word, number in counted.items() if _is_term(word)})


def documents(counted: Counter[str]) -> list[dict[str, Any]]:
    """Write counted words as documents of the index of terms."""
    return [{"id": _id(word), "term": word, "count": number} for word, number in counted.items()]


def _is_term(word: str) -> bool:
    return _LENGTH_MIN <= len(word) <= _LENGTH_MAX and not word.isdigit()


def _id(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:24]
