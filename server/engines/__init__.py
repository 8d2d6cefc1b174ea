"""The engines Souk stands on, Postgres and Meilisearch, as child processes for machines that have none."""
