"""The only room that writes: use cases as functions."""
