"""GraphQL over HTTP: queries and mutations as JSON, subscriptions as server-sent events."""

from server.http.endpoint import GraphQLHTTP

__all__ = ["GraphQLHTTP"]
