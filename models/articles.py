"""Articles of the knowledge base: answers to what is often asked."""

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.articles import BODY_LENGTH_MAX, TITLE_LENGTH_MAX
from models.base import Base, BigInt, Id, Instant, String
from models.tickets import TICKET_KINDS

_KINDS = ", ".join(f"'{kind}'" for kind in TICKET_KINDS)


class Article(Base):
    """An article; only published ones are found by others than platform staff. `kinds`: of tickets that it helps."""

    __tablename__ = "articles"
    __table_args__ = (
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH_MAX}", name="title"),
        CheckConstraint(f"char_length(body) BETWEEN 1 AND {BODY_LENGTH_MAX}", name="body"),
        CheckConstraint(f"kinds <@ ARRAY[{_KINDS}]", name="kinds"),
        Index("ix_articles_title_id", "title", "id"),
    )

    id: Mapped[Id]
    title: Mapped[String]
    body: Mapped[String]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    published: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    changed_at: Mapped[Instant]
    version: Mapped[BigInt] = mapped_column(server_default="1")
