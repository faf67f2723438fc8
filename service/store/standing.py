"""What waits and what is dead, for those who run the service: seen, tried again, given up, done again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update

from service.errors import NotFound
from service.store.errands import Wake, ask_again, aware
from service.store.notification_tables import DELIVERIES, ERRANDS, RECEIPT_ERRANDS, RECEIPTS

What = Literal["errand", "delivery"]
_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Letter:
    """An errand or a delivery that waits or is dead. ``content``: its pointer or what is to be sent, sealed."""

    id: str
    what: What
    caller: str
    kind: str
    state: str
    failures: int
    reason: str
    since: datetime
    due_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Depth:
    """How many wait and are dead, and since when the oldest waits; None where nothing does."""

    waiting: int
    dead: int
    oldest: datetime | None


def letters(connection: Connection, *, is_dead_only: bool = False) -> list[Letter]:
    """What is not done, oldest first, at most a thousand of each."""
    states = ("dead",) if is_dead_only else ("waiting", "dead")
    errands = select(ERRANDS).where(ERRANDS.c.state.in_(states)).order_by(ERRANDS.c.asked_at).limit(_MOST_LISTED)
    sent = select(DELIVERIES).where(DELIVERIES.c.state.in_(states)).order_by(DELIVERIES.c.made_at).limit(_MOST_LISTED)
    found = [_errand(row) for row in connection.execute(errands)] + [_delivery(row) for row in connection.execute(sent)]
    return sorted(found, key=lambda letter: letter.since)


def letter(connection: Connection, begins: str) -> Letter:
    """The one whose id begins so; NotFound where there is none, or several."""
    errands = connection.execute(select(ERRANDS).where(ERRANDS.c.key.startswith(begins, autoescape=True)).limit(2))
    sent = connection.execute(select(DELIVERIES).where(DELIVERIES.c.id.startswith(begins, autoescape=True)).limit(2))
    found = [*map(_errand, errands), *map(_delivery, sent)]
    if len(found) != 1:
        raise NotFound(f"{'Several ids begin' if found else 'No id begins'} with {begins!r}; see mmn-cds intake list")
    return found[0]


def retry(connection: Connection, wake: Wake, one: Letter, now: datetime) -> None:
    """Have it tried at once, as if it had never failed."""
    anew: dict[str, Any] = {"state": "waiting", "due_at": now, "begun": 0, "failures": 0}
    if one.what == "errand":
        connection.execute(
            update(ERRANDS).where(ERRANDS.c.key == one.id, ERRANDS.c.asked > ERRANDS.c.done).values(**anew)
        )
        wake(connection, "refresh", one.id, None)
        return
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == one.id).values(**anew))
    wake(connection, "deliver", one.kind, None)


def drop(connection: Connection, one: Letter, reason: str) -> None:
    """Give it up for good, with what was kept of it; whoever asks what became of it hears the reason."""
    if one.what == "delivery":
        connection.execute(DELIVERIES.delete().where(DELIVERIES.c.id == one.id))
        return
    over = {"state": "idle", "outcome": "failed", "reason": reason, "done": ERRANDS.c.asked}
    content = {"pointer": b""} if one.kind in ("body", "lines") else {}
    connection.execute(update(ERRANDS).where(ERRANDS.c.key == one.id).values(**over, **content))


def replay(connection: Connection, wake: Wake, since: datetime, until: datetime, now: datetime) -> int:
    """Do again what the messages received in between asked for; how many patients and resources that were."""
    asked = (
        select(RECEIPT_ERRANDS.c.errand)
        .join(RECEIPTS, RECEIPTS.c.id == RECEIPT_ERRANDS.c.receipt)
        .join(ERRANDS, ERRANDS.c.key == RECEIPT_ERRANDS.c.errand)
        .where(RECEIPTS.c.received_at >= since, RECEIPTS.c.received_at < until, ERRANDS.c.state != "dead")
        .where(ERRANDS.c.kind.not_in(("body", "lines")))
    )
    keys = sorted(set(connection.execute(asked).scalars()))
    for key in keys:
        ask_again(connection, key, now)
        wake(connection, "refresh", key, None)
    return len(keys)


def depths(connection: Connection) -> dict[What, Depth]:
    """Of the queue, and of the outbox."""
    return {"errand": _depth(connection, ERRANDS.c), "delivery": _depth(connection, DELIVERIES.c)}


def _depth(connection: Connection, columns: Any) -> Depth:
    since = columns.asked_at if "asked_at" in columns else columns.made_at
    counted = select(columns.state, func.count(), func.min(since)).where(columns.state.in_(("waiting", "dead")))
    found = {state: (count, oldest) for state, count, oldest in connection.execute(counted.group_by(columns.state))}
    waiting, oldest = found.get("waiting", (0, None))
    return Depth(waiting, found.get("dead", (0, None))[0], aware(oldest) if oldest else None)


def _errand(row: Row[Any]) -> Letter:
    moments = aware(row.asked_at), aware(row.due_at)
    return Letter(row.key, "errand", row.caller, row.kind, row.state, row.failures, row.reason, *moments, row.pointer)


def _delivery(row: Row[Any]) -> Letter:
    moments = aware(row.made_at), aware(row.due_at)
    return Letter(
        row.id, "delivery", row.caller, row.errand, row.state, row.failures, row.reason, *moments, row.content
    )
