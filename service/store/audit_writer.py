"""The one writer of the audit in a process: a thread that keeps rows which came close together in one transaction.

Who must have its row kept before it answers waits for it (``write``); who need not, leaves it (``leave``), and it is
kept a moment later. While the store fails, rows that were left wait in memory, as many as there is room for.
"""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from service.errors import MmnCdsError, StoreUnavailable
from service.store.audit_inputs import Seal, keep_inputs
from service.store.audit_rows import AuditRow, insert_rows
from service.store.database import Database
from service.store.said import insert_said

_LOG = logging.getLogger("service.audit")
# A store that is well takes some milliseconds; a transaction of it has 2 s, and the one before may be under way.
WAIT_SECONDS = 3.0
# What was left is kept this much later at most, and in one transaction with what came meanwhile.
_GATHERING_SECONDS = 0.1
_BETWEEN_TRIES = 1.0
# 4000 rows without content, and over a minute of 50 evaluations a second.
_ROW_BYTES = 3 * 1024
MOST_BYTES_LEFT = 4000 * _ROW_BYTES
_MOST_AT_ONCE = 256
_STOPPING_SECONDS = 5.0
KEPT, LOST = "kept", "lost"


@dataclass(slots=True)
class _Entry:
    """Rows of one call, and about how many bytes they take. ``settled``: only where somebody waits for them."""

    rows: Sequence[AuditRow]
    size: int
    settled: threading.Event | None = None
    failure: str = ""
    is_given_up: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told of the writing: ``timed`` of the seconds of a transaction, ``counted`` of rows kept or lost."""

    timed: Callable[[float], None] = lambda _: None
    counted: Callable[[str, int], None] = lambda _outcome, _rows: None


@dataclass(slots=True)
class _State:
    """What the callers and the thread share, under the lock of the condition."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    entries: deque[_Entry] = field(default_factory=deque)
    size: int = 0
    waiting: int = 0
    is_stopping: bool = False


def _size_of(rows: Sequence[AuditRow]) -> int:
    # Rows of one call share their content.
    return len(rows) * _ROW_BYTES + max((len(row.content) for row in rows), default=0)


class AuditWriter:
    """It starts its thread with the first row, so a process may fork before that."""

    def __init__(
        self,
        database: Database,
        watch: Watch | None = None,
        seal: Seal | None = None,
        most_left: int = MOST_BYTES_LEFT,
    ) -> None:
        """``seal``: encrypts the content of a row, with its hash; without it none is kept."""
        self._database, self._watch, self._seal, self._most = database, watch or Watch(), seal, most_left
        self._state = _State()
        self._thread: threading.Thread | None = None
        # Since when a transaction has been under way: while one hangs, nobody else need wait to learn it.
        self._begun: float | None = None

    def write(self, rows: Sequence[AuditRow], seconds: float = WAIT_SECONDS) -> None:
        """Keep the rows, all or none: durable when this returns. StoreUnavailable when they are not, or not in time.

        Rows that are kept too late for their call are kept all the same.
        """
        begun = self._begun
        if begun is not None and time.monotonic() - begun > seconds:
            self._lost(rows)
            raise StoreUnavailable("the store does not answer")
        entry = _Entry(rows, _size_of(rows), threading.Event())
        self._put(entry)
        if entry.settled is not None and not entry.settled.wait(seconds):
            entry.is_given_up = True
            entry.failure = "the store did not keep the audit in time"
        if entry.failure:
            self._lost(rows)
            raise StoreUnavailable(entry.failure)

    def leave(self, rows: Sequence[AuditRow]) -> None:
        """Have the rows kept soon; those for which there is no room are lost, and counted."""
        size = _size_of(rows)
        if self._state.size + size > self._most:
            self._lost(rows)
        else:
            self._put(_Entry(rows, size))

    def stop(self) -> None:
        """Keep what was left, if the store lets us; then end the thread."""
        with self._state.changed:
            self._state.is_stopping = True
            self._state.changed.notify()
        if self._thread is not None:
            self._thread.join(_STOPPING_SECONDS)
        with self._state.changed:
            left = [row for entry in self._state.entries for row in entry.rows]
            self._state.entries.clear()
        self._lost(left)

    def _put(self, entry: _Entry) -> None:
        state = self._state
        with state.changed:
            self._start()
            is_first = not state.entries
            state.entries.append(entry)
            state.size += entry.size
            state.waiting += entry.settled is not None
            # Waking a thread costs as much as keeping a row: who leaves something while others lie there need not.
            if is_first or entry.settled is not None:
                state.changed.notify()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def _run(self) -> None:
        while batch := self._batch():
            failure = self._kept(batch)
            left = [entry for entry in batch if entry.settled is None]
            for entry in batch:
                if entry.settled is not None:
                    entry.failure = failure
                    entry.settled.set()
            if failure and left and not self._again(left):
                return

    def _batch(self) -> list[_Entry]:
        """Those that lie there, at least one, once there was time to gather more; none when it is time to stop."""
        state = self._state
        with state.changed:
            state.changed.wait_for(lambda: state.entries or state.is_stopping)
            state.changed.wait_for(lambda: state.waiting or state.is_stopping, _GATHERING_SECONDS)
            batch: list[_Entry] = []
            while state.entries and len(batch) < _MOST_AT_ONCE:
                batch.append(state.entries.popleft())
            state.size -= sum(entry.size for entry in batch)
            state.waiting -= sum(entry.settled is not None for entry in batch)
        return batch

    def _kept(self, batch: Sequence[_Entry]) -> str:
        """What went wrong with keeping these; empty when nothing did."""
        rows = [row for entry in batch if not entry.is_given_up for row in entry.rows]
        self._begun = started = time.monotonic()
        try:
            with self._database.transaction() as connection:
                insert_rows(connection, rows)
                insert_said(connection, rows)
                if self._seal is not None:
                    keep_inputs(self._database, connection, rows, self._seal)
        except MmnCdsError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told and the thread goes on
            return f"the audit failed ({type(error).__name__})"
        finally:
            self._begun = None
            self._watch.timed(time.monotonic() - started)
        self._watch.counted(KEPT, len(rows))
        return ""

    def _again(self, left: Sequence[_Entry]) -> bool:
        """Put back what was left and could not be kept, and wait a little; False when it is time to stop."""
        state = self._state
        with state.changed:
            state.entries.extendleft(reversed(left))
            state.size += sum(entry.size for entry in left)
            _LOG.error("audit not kept yet", extra={"count": sum(len(entry.rows) for entry in state.entries)})
            state.changed.wait_for(lambda: state.waiting or state.is_stopping, _BETWEEN_TRIES)
            return not state.is_stopping

    def _lost(self, rows: Sequence[AuditRow]) -> None:
        for row in rows:
            _LOG.error("audit row lost", extra={"correlation_id": row.asked.correlation_id})
        self._watch.counted(LOST, len(rows))
