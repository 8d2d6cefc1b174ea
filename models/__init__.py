"""Tables, their constraints, and the one door to Postgres."""
