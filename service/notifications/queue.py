"""Who is told that there is something to do: procrastinate on PostgreSQL, a thread of this process on SQLite."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from service.store.errands import Task

if TYPE_CHECKING:
    from procrastinate import App

QUEUE = "notifications"
# Two that notify of one patient at once wait for each other here, and find the same job.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
_SOONER = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
    " WHERE lock = :lock AND status = 'todo' AND task_name = :task RETURNING id"
)
_WAITS = text("SELECT id FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo' AND task_name = :task LIMIT 1")


class RowQueue:
    """The rows themselves are the queue: whoever looks through them is woken."""

    def __init__(self) -> None:
        self.news = threading.Event()

    def wake(self, _connection: Connection, _task: Task, _key: str, _at: datetime | None) -> None:
        """Have the thread look; it waits at the door of the store until this transaction is through."""
        self.news.set()


class JobQueue:
    """Jobs of procrastinate, deferred on the connection of the transaction: kept with its rows, or not at all."""

    def __init__(self) -> None:
        self._app: App | None = None

    def wake(self, connection: Connection, task: Task, key: str, at: datetime | None) -> None:
        """Defer a job for the errand, at once or at a moment; one that waits already will do for both."""
        named = {"lock": f"{task}:{key}", "task": task}
        connection.execute(_ONE_AT_A_TIME, {"lock": named["lock"]})
        waiting = connection.execute(_SOONER if at is None else _WAITS, named)
        if waiting.first() is None:
            raw = connection.connection.driver_connection
            job = self._jobs().configure_task(task, queue=QUEUE, lock=named["lock"], schedule_at=at, connection=raw)
            job.defer(key=key)

    def _jobs(self) -> "App":
        # Never opened: each job goes through the connection that it belongs to.
        if self._app is None:
            from procrastinate import App, SyncPsycopgConnector  # noqa: PLC0415

            self._app = App(connector=SyncPsycopgConnector())
        return self._app


Queue = RowQueue | JobQueue


def queue_of(dialect: str) -> Queue:
    """The queue that goes with a database."""
    return JobQueue() if dialect == "postgresql" else RowQueue()
