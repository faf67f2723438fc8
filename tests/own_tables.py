"""How the tables of a store differ from those that the code uses; the tables of the queue are those of a library."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.store.database import Database
from service.store.notification_tables import METADATA


def differences(store: Database) -> list[object]:
    """Empty where they have the form that the code uses; to look through a database may take longer than a call may."""
    patient = Database(store.engine.url.render_as_string(hide_password=False), seconds=60)
    with patient.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        found = list(compare_metadata(context, METADATA))
    patient.engine.dispose()
    return found


def _is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    return not str(name).startswith("procrastinate_")
