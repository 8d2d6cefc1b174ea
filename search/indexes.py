"""The indexes and their settings, as code; what merchandisers tune comes from rows."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
import orjson

Settings = dict[str, Any]

DOCUMENT_VERSION = 2
"""Count up when `documents` makes other documents of the same rows: workers then rebuild the index."""

FACET_VALUES_MAX = 500
TOTAL_HITS_MAX = 1_000_000

_EXACT = {"facetSearch": False, "filter": {"equality": True, "comparison": True}}
_LISTED = {"facetSearch": True, "filter": {"equality": True, "comparison": False}}

_PRODUCTS: Settings = {
    "searchableAttributes": [
        "names",
        "merchant_name",
        "skus",
        "barcodes",
        "category_names",
        "texts",
        "descriptions",
    ],
    "filterableAttributes": [
        {"attributePatterns": ["categories", "merchant", "values"], "features": _LISTED},
        {
            "attributePatterns": ["id", "prices.*", "rating", "rating_floor", "available", "codes", "numbers.*"],
            "features": _EXACT,
        },
    ],
    "sortableAttributes": ["prices", "published_at", "rating", "names", "sorts", "id"],
    # A chosen order comes before relevance; without one the rule has no effect. The last ones only break ties.
    "rankingRules": [
        "sort",
        "words",
        "typo",
        "proximity",
        "attribute",
        "exactness",
        "rating_count:desc",
        "published_at:desc",
    ],
    "faceting": {"maxValuesPerFacet": FACET_VALUES_MAX, "sortFacetValuesBy": {"*": "count"}},
    "pagination": {"maxTotalHits": TOTAL_HITS_MAX},
    "typoTolerance": {"disableOnNumbers": True, "disableOnAttributes": ["skus", "barcodes"]},
    "searchCutoffMs": 1_000,
}
_NAMED: Settings = {"searchableAttributes": ["names", "name", "slug", "description"]}
_TERMS: Settings = {
    "searchableAttributes": ["term"],
    "rankingRules": ["typo", "exactness", "count:desc"],
    "typoTolerance": {"minWordSizeForTypos": {"oneTypo": 3, "twoTypos": 5}, "disableOnNumbers": True},
    "prefixSearch": "disabled",
}


_TICKETS: Settings = {
    "searchableAttributes": ["number", "subject", "tags", "customer_name", "messages", "notes"],
    "filterableAttributes": [
        {"attributePatterns": ["customer_id", "merchant_ids", "state"], "features": _EXACT},
    ],
    "rankingRules": ["words", "typo", "proximity", "attribute", "exactness", "changed_at:desc"],
    "typoTolerance": {"disableOnAttributes": ["number"]},
    "searchCutoffMs": 1_000,
}
_ARTICLES: Settings = {
    "searchableAttributes": ["title", "body"],
    "filterableAttributes": [{"attributePatterns": ["kinds"], "features": _EXACT}],
    "searchCutoffMs": 1_000,
}


class Indexes(NamedTuple):
    """The indexes' uids. `products` and `terms` are rebuilt beside themselves, as `next()`, and swapped."""

    products: str
    terms: str
    categories: str
    merchants: str
    tickets: str
    articles: str

    @classmethod
    def named(cls, prefix: str = "") -> "Indexes":
        """Name the indexes of a shop; the prefix keeps several apart on one engine."""
        return cls(*(f"{prefix}{noun}" for noun in cls._fields))

    def next(self) -> "Indexes":
        """Name the indexes that a rebuild fills."""
        return Indexes(*(f"{uid}_next" for uid in self))


class Tuning(NamedTuple):
    """What merchandisers set: other words for a word, and words to pass over."""

    synonyms: Mapping[str, Sequence[str]]
    stop_words: Sequence[str]

    def settings(self) -> Settings:
        """Write it as settings of the index of products."""
        return {"synonyms": dict(self.synonyms), "stopWords": list(self.stop_words)}


async def tuning(connection: asyncpg.Connection) -> Tuning:
    """Read what merchandisers set."""
    synonyms = await connection.fetch("SELECT term, synonyms FROM search_synonyms ORDER BY term")
    stop_words = await connection.fetch("SELECT word FROM search_stop_words ORDER BY word")
    return Tuning({row["term"]: row["synonyms"] for row in synonyms}, [row["word"] for row in stop_words])


def settings(indexes: Indexes, tuned: Tuning) -> dict[str, Settings]:
    """Give each index its settings."""
    return {
        indexes.products: _PRODUCTS | tuned.settings(),
        indexes.terms: _TERMS,
        indexes.categories: _NAMED,
        indexes.merchants: _NAMED,
        indexes.tickets: _TICKETS,
        indexes.articles: _ARTICLES,
    }


def documents_path(uid: str) -> str:
    """Write the path under which documents are sent to an index."""
    return f"/indexes/{uid}/documents?primaryKey=id"


def fingerprint(locale: str) -> str:
    """Name the state of this code and the base locale: an index built under another fingerprint is built anew."""
    state = orjson.dumps(
        [DOCUMENT_VERSION, _PRODUCTS, _NAMED, _TERMS, _TICKETS, _ARTICLES, locale], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(state).hexdigest()[:16]
