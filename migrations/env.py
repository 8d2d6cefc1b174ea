"""What Alembic runs around a migration: the caller has opened the connection and its transaction."""

from alembic import context
from sqlalchemy.dialects.postgresql.base import ischema_names

from models.events import TransactionId
from models.tables import metadata

# SQLAlchemy has no xid8 of its own: tell its reflection, which compares the tables with models/, about ours.
ischema_names["xid8"] = TransactionId

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_server_default=True,
)
context.run_migrations()
