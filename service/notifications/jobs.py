"""The worker process on PostgreSQL: procrastinate takes the jobs, one at a time; several processes share them."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from service.notifications.queue import QUEUE
from service.notifications.worker import Worker, run_quietly
from service.store.notification_tables import DELIVERIES, ERRANDS

if TYPE_CHECKING:
    from procrastinate import App

_LOG = logging.getLogger("service.notifications")
# A worker that was killed has no pulse; one whose thread hangs has, and no errand takes that long.
_HEARTBEAT_SECONDS, _DEAD_AFTER_SECONDS, _HUNG_AFTER_SECONDS = 5.0, 15.0, 600
_LEFT_BEHIND = timedelta(seconds=60)
_HAS_JOB = text("SELECT 1 FROM procrastinate_jobs WHERE lock = :lock AND status IN ('todo', 'doing') LIMIT 1")


def work(worker: Worker, conninfo: str) -> None:
    """Work until a signal says stop; what is under way is finished first."""
    app = _app(worker, conninfo)
    app.run_worker(
        queues=[QUEUE],
        name="mmn-cds",
        concurrency=1,
        fetch_job_polling_interval=0.5,
        update_heartbeat_interval=_HEARTBEAT_SECONDS,
        stalled_worker_timeout=2 * _DEAD_AFTER_SECONDS,
        delete_jobs="always",
    )


def _app(worker: Worker, conninfo: str) -> "App":
    # Web processes have no use for it: it brings an event loop.
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415

    app = App(connector=PsycopgConnector(conninfo=conninfo))

    @app.task(name="refresh")
    def refresh(key: str) -> None:
        run_quietly(lambda: worker.refresh(key))

    @app.task(name="deliver")
    def deliver(key: str) -> None:
        run_quietly(lambda: worker.deliver(key))

    _add_upkeep(app, worker)
    return app


def _add_upkeep(app: "App", worker: Worker) -> None:
    @app.periodic(cron="* * * * * */5")
    @app.task(name="rescue", queue=QUEUE, queueing_lock="rescue")
    async def rescue(timestamp: int) -> None:  # noqa: ARG001  # the moment that it was due at
        jobs = app.job_manager
        for name in ("refresh", "deliver"):
            for job in await jobs.get_stalled_jobs(task_name=name, seconds_since_heartbeat=_DEAD_AFTER_SECONDS):
                # How often it may be begun, its row knows.
                await jobs.retry_job(job)
            for job in await jobs.get_stalled_jobs(task_name=name, nb_seconds=_HUNG_AFTER_SECONDS):
                await jobs.retry_job(job)

    @app.periodic(cron="* * * * *")
    @app.task(name="look", queue=QUEUE, queueing_lock="look")
    def look(timestamp: int) -> None:  # noqa: ARG001  # the same
        run_quietly(lambda: wake_left_behind(worker))

    @app.periodic(cron="17 * * * *")
    @app.task(name="tidy", queue=QUEUE, queueing_lock="tidy")
    def tidy(timestamp: int) -> None:  # noqa: ARG001  # the same
        run_quietly(worker.tidy)


def wake_left_behind(worker: Worker) -> None:
    """Have a job again for what is due and has none: the store failed just when its next try was to be noted."""
    due = worker.now() - _LEFT_BEHIND
    errands = select(ERRANDS.c.key).where(ERRANDS.c.state == "waiting", ERRANDS.c.due_at <= due)
    sent = select(DELIVERIES.c.errand).where(DELIVERIES.c.state == "waiting", DELIVERIES.c.due_at <= due).distinct()
    with worker.database.transaction() as connection:
        for task, rows in (("refresh", errands), ("deliver", sent)):
            for key in connection.execute(rows).scalars().all():
                if connection.execute(_HAS_JOB, {"lock": f"{task}:{key}"}).first() is None:
                    worker.wake(connection, "refresh" if task == "refresh" else "deliver", key, None)
