"""What merchandisers have told search: synonyms, stop words, pins; as many of each as one can look at."""

from sqlalchemy import select

from models.database import Statement
from models.search_tuning import SearchPin, SearchStopWord, SearchSynonym

ROWS_MAX = 1_000

SYNONYMS = Statement(select(SearchSynonym.term, SearchSynonym.synonyms).order_by(SearchSynonym.term).limit(ROWS_MAX))
STOP_WORDS = Statement(select(SearchStopWord.word).order_by(SearchStopWord.word).limit(ROWS_MAX))
PINS = Statement(
    select(SearchPin.query, SearchPin.position, SearchPin.product_id)
    .order_by(SearchPin.query, SearchPin.position)
    .limit(ROWS_MAX)
)
