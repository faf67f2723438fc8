"""How the tables of a store differ from those that the code uses; the tables of the queue are those of a library."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from service.store.notification_tables import METADATA


def differences(connection: Connection) -> list[object]:
    """Empty where they have the form that the code uses."""
    context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
    return list(compare_metadata(context, METADATA))


def _is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    return not str(name).startswith("procrastinate_")
