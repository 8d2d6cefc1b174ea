"""What merchandisers tell search: synonyms, stop words and pinned results."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, Id, String


class SearchSynonym(Base):
    """A search for `term` also finds what holds one of `synonyms` (one way; the other way is a row of its own)."""

    __tablename__ = "search_synonyms"
    __table_args__ = (CheckConstraint("cardinality(synonyms) > 0", name="synonyms"),)

    term: Mapped[String] = mapped_column(primary_key=True)
    synonyms: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchStopWord(Base):
    """A word that searches pass over, lower case."""

    __tablename__ = "search_stop_words"

    word: Mapped[String] = mapped_column(primary_key=True)


class SearchPin(Base):
    """A product that stands at `position` (1 is first) of the results for exactly this query (lower case, trimmed)."""

    __tablename__ = "search_pins"
    __table_args__ = (
        UniqueConstraint("query", "product_id"),
        UniqueConstraint("query", "position"),
        CheckConstraint("position BETWEEN 1 AND 100", name="position"),
    )

    id: Mapped[Id]
    query: Mapped[String]
    product_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int]
    created_at: Mapped[CreatedAt]
