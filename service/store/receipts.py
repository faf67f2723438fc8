"""Messages that were taken on: once each, in one transaction with what is to be done for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, insert, select, update

from service.errors import KeyReused
from service.store.database import Database
from service.store.errands import NewErrand, Wake, ask, bury
from service.store.notification_tables import ERRANDS, RECEIPT_ERRANDS, RECEIPT_KEYS, RECEIPTS

# How long the same message means the same: for ever, until something else is done for its patient, or until it is done.
Holds = Literal["always", "until next", "until done"]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message by whom, known again by ``key``; ``is_named``: its sender chose the key, so that it fits one body."""

    caller: str
    key: str
    body_digest: str
    holds: Holds
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """``id``: for asking what became of it. ``is_replay``: the message had been taken on before."""

    id: str
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of one errand of a receipt: ``waiting``, ``done``, ``failed`` or ``dead``."""

    state: str
    kind: str
    reason: str
    result: bytes | None


class Receipts:
    """``wake``: tells the queue of an errand, within the transaction."""

    def __init__(self, database: Database, wake: Wake) -> None:
        self._database, self._wake = database, wake

    def take(self, posted: Posted, errands: Sequence[NewErrand], now: datetime, dead_because: str = "") -> Receipt:
        """Durable when this returns. KeyReused where the sender's own key came with another body before.

        ``dead_because``: it can never be done, and is only kept.
        """
        with self._database.transaction() as connection:
            receipt = uuid4().hex
            if known := self._known(connection, posted, receipt):
                return Receipt(known, is_replay=True)
            row = {"id": receipt, "caller": posted.caller, "received_at": now}
            connection.execute(insert(RECEIPTS).values(row))
            for errand in sorted(errands, key=lambda each: each.key):
                turn = ask(self._database, connection, errand, now)
                link(self._database, connection, receipt, errand.key, turn)
                if dead_because:
                    bury(connection, errand.key, dead_because)
                else:
                    self._wake(connection, "refresh", errand.key, None)
        return Receipt(receipt)

    def standing(self, caller: str, receipt: str) -> list[Standing] | None:
        """What became of each errand of a receipt; None where the caller has no such receipt."""
        mine = select(RECEIPTS.c.id).where(RECEIPTS.c.id == receipt, RECEIPTS.c.caller == caller)
        with self._database.transaction() as connection:
            if connection.execute(mine).scalar() is None:
                return None
            rows = connection.execute(_links(receipt).order_by(ERRANDS.c.key)).all()
        return [_standing(row) for row in rows]

    def _known(self, connection: Connection, posted: Posted, fresh: str) -> str | None:
        """The receipt of the same message; None where it is new, which is noted."""
        row = {
            "caller": posted.caller,
            "key": posted.key,
            "body_digest": posted.body_digest,
            "receipt": fresh,
        }
        noted = self._database.insert_once(RECEIPT_KEYS).values(row).returning(RECEIPT_KEYS.c.receipt)
        if connection.execute(noted).scalar() is not None:
            return None
        same = (RECEIPT_KEYS.c.caller == posted.caller, RECEIPT_KEYS.c.key == posted.key)
        known = connection.execute(select(RECEIPT_KEYS).where(*same).with_for_update()).one()
        if posted.is_named and known.body_digest != posted.body_digest:
            raise KeyReused("Idempotency-Key: it came with another body before; send a new key with a new message")
        if _holds(connection, known.receipt, posted.holds):
            return str(known.receipt)
        connection.execute(update(RECEIPT_KEYS).where(*same).values(receipt=fresh, body_digest=posted.body_digest))
        return None


def link(database: Database, connection: Connection, receipt: str, errand: str, turn: int) -> None:
    """Have the receipt wait for this turn of the errand, or for the later one of two."""
    row = {"receipt": receipt, "errand": errand, "turn": turn}
    connection.execute(database.insert_once(RECEIPT_ERRANDS).values(row))
    mine = (RECEIPT_ERRANDS.c.receipt == receipt, RECEIPT_ERRANDS.c.errand == errand, RECEIPT_ERRANDS.c.turn < turn)
    connection.execute(update(RECEIPT_ERRANDS).where(*mine).values(turn=turn))


def _links(receipt: str) -> Select[tuple[Any, ...]]:
    return (
        select(RECEIPT_ERRANDS.c.turn, ERRANDS)
        .join(ERRANDS, ERRANDS.c.key == RECEIPT_ERRANDS.c.errand)
        .where(RECEIPT_ERRANDS.c.receipt == receipt)
    )


def _holds(connection: Connection, receipt: str, holds: Holds) -> bool:
    rows = connection.execute(_links(receipt)).all()
    if holds == "always":
        return True
    is_last = all(row.asked == row.turn and row.state != "dead" for row in rows)
    return is_last and (holds == "until next" or any(row.done < row.turn for row in rows))


def _standing(row: Row[tuple[Any, ...]]) -> Standing:
    is_open = row.done < row.turn
    state = ("dead" if row.state == "dead" else "waiting") if is_open else row.outcome
    return Standing(state, row.kind, "" if state == "waiting" else row.reason, row.result)
