"""Whole stories are told to the schema as its own tests ask it."""

from tests.graph.conftest import api, changes, connection, engine, indexes, shop

__all__ = ["api", "changes", "connection", "engine", "indexes", "shop"]
