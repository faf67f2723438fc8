"""What was evaluated, encrypted, where a site keeps it: once for each day on which it was."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from service.store.audit_rows import AuditRow
from service.store.database import Database
from service.store.tables import EVALUATION_INPUTS

# Encrypts content for its hash.
Seal = Callable[[bytes, str], bytes]


def keep_inputs(database: Database, connection: Connection, rows: Sequence[AuditRow], seal: Seal) -> None:
    """Keep what the rows carry, within the transaction that keeps them."""
    inputs = {(row.asked.at.date(), row.asked.input_hash): row.content for row in rows if row.content}
    kept = [
        {"day": day, "input_hash": input_hash, "sealed": seal(content, input_hash)}
        for (day, input_hash), content in inputs.items()
    ]
    if kept:
        connection.execute(database.insert_once(EVALUATION_INPUTS), kept)
