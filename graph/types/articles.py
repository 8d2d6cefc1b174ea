"""Articles of the knowledge base, with what is done to them."""

from typing import Any

import strawberry

from graph import ids
from graph.execution.declarations import OfClass
from graph.fields import column, computed, related
from graph.inputs import id_of
from graph.mutation_fields import Payload
from graph.scalars import Instant
from graph.types.node import Node
from graph.types.tickets import TicketKind
from graph.versions import expected_version, version
from resolvers.loaders import articles as loaders
from resolvers.loaders.articles import ArticleRow


@strawberry.type(description="An article of the knowledge base. Drafts are seen by platform staff.")
class Article(Node):
    """An article of the knowledge base."""

    id: strawberry.ID = column("The global id.", name="id", convert=ids.encoder("Article"))
    title: str = column("The heading.")
    body: str = column("The text, plain or Markdown.")
    kinds: list[TicketKind] = column("With tickets of which kinds it may help; empty for any.")
    published: bool = column("Whether everybody may read it.")
    changed_at: Instant = column("When it was written or changed last.")
    version: int = version()

    is_type_of = OfClass(ArticleRow)


@strawberry.input(description="An article.")
class ArticleSaveInput:
    """An article."""

    article_id: strawberry.ID | None = id_of("Article", "The article to change; without it, a new one.", default=None)
    expected_version: int | None = expected_version(nothing_yet=True)
    title: str = strawberry.field(description="The heading, 1 to 200 characters.")
    body: str = strawberry.field(description="The text, 1 to 50,000 characters.")
    kinds: list[TicketKind] = strawberry.field(description="With tickets of which kinds it may help; empty for any.")
    published: bool = strawberry.field(description="Whether everybody may read it.")


@strawberry.type(description="The article after the change.")
class ArticlePayload(Payload):
    """The article after the change."""

    article: Article | None = related(
        loaders.BY_ID, by="article_id", description="The article; null if it was refused."
    )


@strawberry.input(description="An article to remove.")
class ArticleRemoveInput:
    """An article to remove."""

    article_id: strawberry.ID = id_of("Article", "Which one.")


def _removed(result: Any) -> str | None:
    return result["removed_id"] and ids.encode("Article", result["removed_id"])


@strawberry.type(description="What was removed.")
class ArticleRemovePayload(Payload):
    """What was removed."""

    removed_id: strawberry.ID | None = computed(
        _removed, description="The id that the article had; null if it was refused."
    )
