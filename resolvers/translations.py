"""Translated texts: the best stored locale of a chain, or the shop's own text."""

from collections.abc import Sequence

from domain import locales
from models.database import Row
from resolvers.context import Context
from resolvers.loaders.lookups import Many


async def texts(
    rows: Sequence[Row],
    context: Context,
    *,
    lookup: Many[Row],
    column: str,
    untranslated: Sequence[str],
    locale: str | None,
) -> list[str]:
    """Answer each row's text in the first locale of the fallback chain that has one; raises InvalidInput for a locale.

    A blank translation counts as none.
    """
    if locale is None:
        return list(untranslated)
    chain = locales.fallback_chain(locale)
    if chain[-1] == context.locale or context.locale in chain:
        chain = chain[: chain.index(context.locale)]
    if not chain:
        return list(untranslated)
    found = await context.load_many(lookup, [row["id"] for row in rows])
    return [
        _best({each["locale"]: each[column] for each in translated}, chain) or own
        for translated, own in zip(found, untranslated, strict=True)
    ]


def _best(by_locale: dict[str, str], chain: list[str]) -> str | None:
    return next((text for locale in chain if (text := by_locale.get(locale))), None)
