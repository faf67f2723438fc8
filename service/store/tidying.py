"""What is kept of notifications is kept for some days, and no longer."""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from service.store.notification_tables import (
    DELIVERIES,
    ERRANDS,
    RECEIPT_ERRANDS,
    RECEIPT_KEYS,
    RECEIPTS,
    REFERENCE_OWNERS,
)

_AT_ONCE = 1000


def forget(connection: Connection, before: datetime) -> int:
    """Forget receipts from before then, results that no receipt leads to, and dead letters; how many receipts.

    What waits stays however old it is. Of a patient stays what the receiver was last told, and which resources are its.
    """
    waits = select(RECEIPT_ERRANDS.c.receipt).join(ERRANDS, ERRANDS.c.key == RECEIPT_ERRANDS.c.errand)
    waits = waits.where(ERRANDS.c.state == "waiting", RECEIPT_ERRANDS.c.receipt == RECEIPTS.c.id)
    old = select(RECEIPTS.c.id).where(RECEIPTS.c.received_at < before, ~exists(waits)).limit(_AT_ONCE)
    ids = list(connection.execute(old).scalars())
    for column in (RECEIPT_KEYS.c.receipt, RECEIPT_ERRANDS.c.receipt, RECEIPTS.c.id):
        connection.execute(delete(column.table).where(column.in_(ids)))
    linked = exists().where(RECEIPT_ERRANDS.c.errand == ERRANDS.c.key)
    over = (ERRANDS.c.state != "waiting", ERRANDS.c.asked_at < before, ~linked)
    connection.execute(delete(ERRANDS).where(*over, (ERRANDS.c.state == "dead") | (ERRANDS.c.kind != "patient")))
    connection.execute(update(ERRANDS).where(*over).values(result=None))
    owned = exists().where(ERRANDS.c.key == REFERENCE_OWNERS.c.errand)
    connection.execute(delete(REFERENCE_OWNERS).where(~owned))
    connection.execute(delete(DELIVERIES).where(DELIVERIES.c.state == "dead", DELIVERIES.c.made_at < before))
    return len(ids)
