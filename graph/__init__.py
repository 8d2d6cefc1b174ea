"""What the API says: the schema, its types, and how documents are accepted and run."""
