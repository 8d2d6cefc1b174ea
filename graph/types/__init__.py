"""The types that clients see, one file a noun."""
