"""Results on their way: made in the transaction of the result, sent in order for each patient, gone on arrival."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, insert, select, update

from service.store.errands import MOST_BEGUN, NOT_ENDED, Errand
from service.store.notification_tables import DELIVERIES

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Delivery:
    """``id``: the same each time it is sent, so that a receiver knows it again. ``content`` is sealed."""

    id: str
    errand: str
    caller: str
    content: bytes
    failures: int


def add(connection: Connection, errand: Errand, content: bytes, now: datetime) -> None:
    """Have this sent, after what was to be sent of the same patient before."""
    row = {
        "id": uuid4().hex,
        "errand": errand.key,
        "caller": errand.caller,
        "turn": errand.turn,
        "content": content,
        "made_at": now,
        "due_at": now,
        "begun": 0,
        "failures": 0,
        "state": "waiting",
        "reason": "",
    }
    connection.execute(insert(DELIVERIES).values(row))


def begin(connection: Connection, errand: str, now: datetime) -> Delivery | None:
    """What is to be sent next of a patient, with this attempt counted; None where nothing is, or not yet."""
    waiting = select(DELIVERIES).where(DELIVERIES.c.errand == errand, DELIVERIES.c.state == "waiting")
    row = connection.execute(waiting.order_by(DELIVERIES.c.turn).limit(1).with_for_update()).one_or_none()
    if row is None:
        return None
    mine = update(DELIVERIES).where(DELIVERIES.c.id == row.id)
    if row.begun >= MOST_BEGUN:
        connection.execute(mine.values(state="dead", reason=NOT_ENDED))
        return begin(connection, errand, now)
    is_due = connection.execute(select(DELIVERIES.c.id).where(DELIVERIES.c.id == row.id, DELIVERIES.c.due_at <= now))
    if is_due.scalar() is None:
        return None
    connection.execute(mine.values(begun=row.begun + 1))
    return Delivery(row.id, row.errand, row.caller, row.content, row.failures)


def arrived(connection: Connection, delivery: Delivery) -> None:
    """It need not be kept any longer."""
    connection.execute(delete(DELIVERIES).where(DELIVERIES.c.id == delivery.id))


def postpone(connection: Connection, delivery: Delivery, reason: str, due_at: datetime | None) -> None:
    """Keep that an attempt failed, and when to try again; None: never, it is dead."""
    failed = {"failures": delivery.failures + 1, "begun": 0, "reason": reason[:_LONGEST_REASON]}
    state = {"state": "dead"} if due_at is None else {"due_at": due_at}
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == delivery.id).values(**failed, **state))


def next_due(connection: Connection, now: datetime) -> str | None:
    """The errand of which something has waited longest to be sent."""
    earlier = DELIVERIES.alias()
    waits_before = exists().where(
        earlier.c.errand == DELIVERIES.c.errand, earlier.c.state == "waiting", earlier.c.turn < DELIVERIES.c.turn
    )
    due = select(DELIVERIES.c.errand).where(DELIVERIES.c.state == "waiting", DELIVERIES.c.due_at <= now, ~waits_before)
    return connection.execute(due.order_by(DELIVERIES.c.due_at).limit(1)).scalar()
