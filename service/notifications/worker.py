"""What is done for each errand, and for each result on its way: safe to do twice, and to be killed in."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.errors import MmnCdsError, StoreUnavailable
from service.notifications.errands import Errands
from service.notifications.lookups import Found, Lookups, is_final
from service.notifications.outbox import Outbox
from service.notifications.verdicts import Told, told_of
from service.outgoing.calling import OutgoingFailed
from service.outgoing.rests import LONGEST_SECONDS
from service.store import deliveries
from service.store import errands as rows
from service.store.database import Database
from service.store.deliveries import Delivery
from service.store.errands import Errand, Pace, Wake
from service.store.receipts import link
from service.store.tidying import forget
from service.trust.kept import CannotOpenError

_LOG = logging.getLogger("service.notifications")
# What fails for a reason that nobody foresaw, or that time does not heal, is not tried all day.
_FEW = 5
Audit = Callable[[Connection, Errand, Found], None]
Counted = Callable[[Errand, Found], None]


def no_audit(_connection: Connection, _errand: Errand, _found: Found) -> None:
    """Nothing is kept."""


def uncounted(_errand: Errand, _found: Found) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Worker:
    """``audit``: puts the row of an evaluation into the transaction of its result. ``pace``: of trying again.

    ``counted``: is told of what was evaluated, once it is kept.
    """

    database: Database
    wake: Wake
    errands: Errands
    lookups: Lookups
    outbox: Outbox
    now: Callable[[], datetime]
    audit: Audit = no_audit
    counted: Counted = uncounted
    pace: Pace = field(default_factory=Pace)
    keep_days: int = 14

    def refresh(self, key: str) -> None:
        """Do an errand, if it waits; whatever goes wrong is kept with it, and when it is tried again."""
        with self.database.transaction() as connection:
            errand = rows.begin(connection, key)
        if errand is None:
            return
        try:
            self._keep(errand, self.lookups.found(errand))
        except MmnCdsError as problem:
            is_hopeless = is_final(problem) or isinstance(problem, CannotOpenError)
            self._put_off(errand, str(problem), most=0 if is_hopeless else self.pace.most, rest=_rest(problem))
        except Exception as problem:  # noqa: BLE001 - one errand that cannot be done must not stop the others
            self._put_off(errand, f"it failed inside ({type(problem).__name__})", most=_FEW)

    def deliver(self, key: str) -> None:
        """Send what waits to be sent of a patient, in order, until one fails."""
        while delivery := self._next(key):
            try:
                self.outbox.send(delivery)
            except MmnCdsError as problem:
                heals = isinstance(problem, OutgoingFailed) and problem.may_pass
                most = self.pace.most if heals else _FEW
                self._put_off_delivery(delivery, str(problem), most, rest=_rest(problem))
                return
            except Exception as problem:  # noqa: BLE001 - the same
                self._put_off_delivery(delivery, f"it failed inside ({type(problem).__name__})", most=_FEW)
                return
            with self.database.transaction() as connection:
                deliveries.arrived(connection, delivery)

    def tidy(self) -> None:
        """Forget what is older than it is kept."""
        before = self.now() - timedelta(days=self.keep_days)
        while True:
            with self.database.transaction() as connection:
                if not forget(connection, before):
                    return

    def _next(self, key: str) -> Delivery | None:
        with self.database.transaction() as connection:
            return deliveries.begin(connection, key, self.now())

    def _keep(self, errand: Errand, found: Found) -> None:
        """The result, its audit, what it leads to and what is told of it: all of it or nothing."""
        told, content = self._told(errand, found)
        ended = found.ended if told is None else replace(found.ended, told=told)
        with self.database.transaction() as connection:
            waiting = rows.receipts_waiting(connection, errand)
            if not rows.end(connection, errand, ended):
                return
            self.audit(connection, errand, found)
            for lead in self.errands.of(errand.caller, found.leads_to):
                turn = rows.ask(self.database, connection, lead, self.now())
                for receipt in waiting:
                    link(self.database, connection, receipt, lead.key, turn)
                self.wake(connection, "refresh", lead.key, None)
            if content is not None:
                deliveries.add(connection, errand, content, self.now())
                self.wake(connection, "deliver", errand.key, None)
        self.counted(errand, found)

    def _told(self, errand: Errand, found: Found) -> tuple[bytes | None, bytes | None]:
        """What the receiver knows after this, and what is sent for it; both sealed, None where nothing changes."""
        is_known = bool(found.evaluated or (found.gone and errand.told))
        if not (errand.server and is_known and self.outbox.wants(errand.caller)):
            return None, None
        # Of a patient who is gone nothing holds any more.
        result = found.evaluated[0].result if found.evaluated else self.lookups.nothing(errand, found.whole, found.gone)
        nothing = told_of(self.lookups.nothing(errand, found.whole))
        before = Told.unpacked(self.errands.seal.open(errand.told)) if errand.told else nothing
        now = told_of(result)
        if now.digest == before.digest:
            return None, None
        return self.errands.seal.seal(now.packed()), self.outbox.content(errand, result, before, nothing)

    def _put_off(self, errand: Errand, reason: str, most: int, rest: float = 0.0) -> None:
        due_at = self._next_try(errand.failures + 1, most, rest)
        _LOG.warning("errand failed" if due_at else "dead letter", extra={"caller": errand.caller, "reason": reason})
        with self.database.transaction() as connection:
            rows.postpone(connection, errand, reason, due_at)
            if due_at:
                self.wake(connection, "refresh", errand.key, due_at)

    def _put_off_delivery(self, delivery: Delivery, reason: str, most: int, rest: float = 0.0) -> None:
        due_at = self._next_try(delivery.failures + 1, most, rest)
        _LOG.warning(
            "delivery failed" if due_at else "dead letter", extra={"caller": delivery.caller, "reason": reason}
        )
        with self.database.transaction() as connection:
            deliveries.postpone(connection, delivery, reason, due_at)
            # What comes after a dead one goes on.
            self.wake(connection, "deliver", delivery.errand, due_at)

    def _next_try(self, failures: int, most: int, rest: float) -> datetime | None:
        return None if failures >= most else self.pace.next_try(failures, self.now(), rest)


def _rest(problem: MmnCdsError) -> float:
    """Seconds for which a server asked to be left alone."""
    seconds = problem.retry_after if isinstance(problem, OutgoingFailed) else None
    return min(seconds or 0.0, LONGEST_SECONDS)


def next_thing(worker: Worker) -> Callable[[], None] | None:
    """What a worker that looks through the rows has to do next; None where nothing is due."""
    with worker.database.transaction() as connection:
        errand = rows.next_due(connection, worker.now())
        delivery = None if errand else deliveries.next_due(connection, worker.now())
    if errand:
        return lambda: worker.refresh(errand)
    return (lambda: worker.deliver(delivery)) if delivery else None


def run_quietly(thing: Callable[[], None]) -> bool:
    """Do it; False where the store failed, and nothing else can be done for a while."""
    try:
        thing()
    except StoreUnavailable as problem:
        _LOG.warning("store failed", extra={"reason": str(problem)})
        return False
    return True
