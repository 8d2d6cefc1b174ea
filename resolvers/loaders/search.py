"""Search: the products that merchandisers have pinned to a query."""

from sqlalchemy import Text, any_, select

from models.database import Row
from models.search_tuning import SearchPin
from resolvers.loaders.lookups import Many, keys

PINS = Many(
    select(SearchPin.query, SearchPin.position, SearchPin.product_id)
    .where(SearchPin.query == any_(keys(Text)))
    .order_by(SearchPin.position),
    key="query",
    row=Row,
    remembered=True,
)
