"""GraphQL over WebSocket, by the graphql-transport-ws protocol and no other."""

from server.websocket.endpoint import GraphQLWebSocket

__all__ = ["GraphQLWebSocket"]
