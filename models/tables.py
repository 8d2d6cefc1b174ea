"""All tables in one import, for the migrations, which must see them all."""

from models.attributes import Attribute
from models.base import Base
from models.categories import Category, CategoryTranslation, ProductCategory
from models.collections import Collection
from models.events import Event, EventConsumer
from models.inventory import StockLevel, Warehouse
from models.merchants import Merchant, MerchantRating
from models.products import Product, ProductPrice, ProductTranslation
from models.reviews import Review
from models.search_tuning import SearchPin, SearchStopWord, SearchSynonym
from models.variants import Variant, VariantPrice

metadata = Base.metadata

__all__ = [
    "Attribute",
    "Base",
    "Category",
    "CategoryTranslation",
    "Collection",
    "Event",
    "EventConsumer",
    "Merchant",
    "MerchantRating",
    "Product",
    "ProductCategory",
    "ProductPrice",
    "ProductTranslation",
    "Review",
    "SearchPin",
    "SearchStopWord",
    "SearchSynonym",
    "StockLevel",
    "Variant",
    "VariantPrice",
    "Warehouse",
    "metadata",
]
