"""Readers that turn a shop's feed, in whatever format, into documents of the import record's shape."""
