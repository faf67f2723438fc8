"""Connections to PostgreSQL that are given up after a while: a server that hangs ends nothing of its own accord."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout

from service.outgoing.deadline import Deadline

# The least that the driver takes.
CONNECT_SECONDS = 2


class _OfThread(threading.local):
    deadline: Deadline | None = None


_OF_THREAD = _OfThread()


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """All that this thread asks of PostgreSQL inside the block has to be answered by then."""
    before, _OF_THREAD.deadline = _OF_THREAD.deadline, deadline
    try:
        yield
    finally:
        _OF_THREAD.deadline = before


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed when its answer does not come in time; ConnectionTimeout says so."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for what the server answers, at most until the deadline of this thread."""
        deadline = _OF_THREAD.deadline
        if deadline is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, deadline.left)
        except psycopg.Error:
            if deadline.left:
                raise
            self.pgconn.finish()
            raise ConnectionTimeout from None


def connect(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> TimedConnection:
    """What SQLAlchemy calls for a new connection."""
    deadline = _OF_THREAD.deadline
    if deadline is not None and not deadline.left:
        raise ConnectionTimeout
    return TimedConnection.connect(*arguments, **named)


def limit(seconds: float) -> Any:
    """What SQLAlchemy calls with each new connection: the server, too, gives up what takes longer."""

    def limited(connection: TimedConnection, _record: object) -> None:
        # By a statement and not as an option of the connection, which a pooler in between may refuse.
        milliseconds = int(seconds * 1000)
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(f"SET {name} = {milliseconds}")
        connection.commit()

    return limited
