"""Correcting what was typed when nothing was found."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from search import requests, terms
from search.facets import Ask
from search.filters import ProductQuery
from search.indexes import Indexes

AskEngine = Callable[[Sequence[dict[str, Any]]], Awaitable[list[dict[str, Any]]]]

_WORDS_MAX = 10


async def correct(asking: AskEngine, query: ProductQuery, target: Indexes) -> str | None:
    """Correct a text that nothing was found for: mistyped words by known ones, then fewer words, until hits come.

    None if no wording helps.
    """
    words = terms.words(query.text)[:_WORDS_MAX]
    if not words:
        return None
    lookups = [{"indexUid": target.terms, "q": word, "limit": 5, "attributesToRetrieve": ["term"]} for word in words]
    answers = await asking(lookups)
    corrected = [_correction(word, answer["hits"]) for word, answer in zip(words, answers, strict=True)]
    known = [term for term in corrected if term is not None]
    whole = [term or word for term, word in zip(corrected, words, strict=True)]
    shorter = [[*known[:index], *known[index + 1 :]] for index in range(len(known))]
    tiers = [[whole], [known], shorter, [[word] for word in known]]
    texts = list(dict.fromkeys(" ".join(each) for tier in tiers for each in tier if each))
    counting = [requests.narrowed(replace(query, text=text, pins=()), Ask(), pinned=False) for text in texts]
    totals = await asking([{"indexUid": target.products, "hitsPerPage": 0, **each} for each in counting])
    found = {text: total["totalHits"] for text, total in zip(texts, totals, strict=True)}
    for tier in tiers:
        best = max((" ".join(each) for each in tier if each), key=lambda text: found[text], default="")
        if best and found[best]:
            return best
    return None


def _correction(word: str, hits: Sequence[Mapping[str, Any]]) -> str | None:
    """Choose the known word that a word stands for: itself, or the nearest; None if there is none."""
    known = [str(hit["term"]) for hit in hits]
    return word if word in known else next(iter(known), None)
