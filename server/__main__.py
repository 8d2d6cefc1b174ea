"""`python -m server` is `souk`: how `souk up` starts its children."""

from server.cli import app

app(prog_name="souk")
