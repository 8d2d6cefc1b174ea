"""A page that cannot be counted ..."""

from graph.pages import _total_counts
from resolvers.pages import Page


def page(count: int | None) -> Page[None]:
    async def counted() -> int:
        if count is None:
            raise RuntimeError("no count")
        return count

    return Page(nodes=[], has_next_page=False, has_previous_page=False, cursor=str, count=counted)


async def test_leaves_the_others_of_its_level_theirs() -> None:
    first, failed, last = await _total_counts([page(3), page(None), page(5)], None)  # type: ignore[arg-type]  # not looked at
    assert (first, str(failed), last) == (3, "no count", 5)
