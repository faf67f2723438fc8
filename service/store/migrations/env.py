"""What Alembic runs: the migrations, on the connection that ``Database.migrate`` opened."""

from alembic import context

from service.store.notification_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
