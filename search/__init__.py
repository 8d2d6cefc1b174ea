"""Meilisearch: its client, the indexes, what they hold, and how they are asked."""
